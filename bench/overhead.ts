/** A stretch of time; any unit. */
export interface Stretch {
  readonly from: bigint;
  readonly to: bigint;
}

/** What of `whole` no part covers. Parts may overlap, as calls that run side by side do. */
export function uncovered(whole: Stretch, parts: readonly Stretch[]): bigint {
  let left = whole.to - whole.from;
  let reached = whole.from;
  for (const { from, to } of [...parts].sort((a, b) => (a.from < b.from ? -1 : 1))) {
    const start = from > reached ? from : reached;
    const end = to < whole.to ? to : whole.to;
    if (end <= start) continue;
    left -= end - start;
    reached = end;
  }
  return left;
}

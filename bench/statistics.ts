/** What repeated measuring makes of its samples. Medians and quartiles: one slow sample on a busy machine moves neither. */

/** Where half of all samples lie. */
export interface Spread {
  readonly q1: number;
  readonly q3: number;
}

export interface Summary {
  readonly median: number;
  readonly samples: number;
  readonly spread: Spread;
}

/** One turn of an interleaved measurement: the subject and the baseline, one right after the other, in one unit. */
export interface Pair {
  readonly subject: number;
  readonly baseline: number;
}

/**
 * The value below which a part of the samples lies, interpolated between neighbours.
 * @param part 0 to 1
 * @throws RangeError without samples, or if one is no number
 */
export function quantile(samples: readonly number[], part: number): number {
  if (samples.length === 0) throw new RangeError("no samples");
  if (!samples.every(Number.isFinite)) throw new RangeError("a sample is no number");
  const sorted = [...samples].sort((a, b) => a - b);
  const place = part * (sorted.length - 1);
  const low = Math.floor(place);
  const below = sorted[low] ?? 0;
  const above = sorted[Math.ceil(place)] ?? 0;
  return below + (above - below) * (place - low);
}

/** The median time of each side of some pairs in milliseconds, told in seconds. */
export function seconds(pairs: readonly Pair[]): Readonly<Record<keyof Pair, string>> {
  const of = (side: keyof Pair): string => `${(median(pairs.map((pair) => pair[side])) / 1000).toFixed(1)} s`;
  return { subject: of("subject"), baseline: of("baseline") };
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

export function summarize(samples: readonly number[]): Summary {
  return {
    median: median(samples),
    samples: samples.length,
    spread: { q1: quantile(samples, 0.25), q3: quantile(samples, 0.75) },
  };
}

/** Subject over baseline, turn by turn: what slows a turn slows both halves of it and cancels out. */
export function ratios(pairs: readonly Pair[]): Summary {
  return summarize(pairs.map(({ subject, baseline }) => subject / baseline));
}

/** Subject less baseline, turn by turn. */
export function differences(pairs: readonly Pair[]): Summary {
  return summarize(pairs.map(({ subject, baseline }) => subject - baseline));
}

/** In milliseconds. */
export interface Latencies {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export function latencies(values: readonly number[]): Latencies {
  const sorted = [...values].sort((a, b) => a - b);
  // Nearest rank.
  const at = (part: number): number => Math.round(sorted[Math.ceil(part * sorted.length) - 1] ?? 0);
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/** The resident set of the account's process over time, in bytes. */
export interface Memory {
  readonly samples: readonly number[];
  /** Medians of the third and of the last quarter of the time: what comes before is warm-up. */
  readonly before: number;
  readonly after: number;
  /** `after` over `before`, less one. */
  readonly growth: number;
}

export function memoryOf(samples: readonly number[]): Memory {
  const quarter = (from: number, to: number): number =>
    median(samples.slice(Math.floor(samples.length * from), Math.ceil(samples.length * to)));
  const before = quarter(0.5, 0.75);
  const after = quarter(0.75, 1);
  return { samples, before, after, growth: before === 0 ? 0 : after / before - 1 };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

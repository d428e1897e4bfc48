import type { Spread, Summary } from "./statistics.ts";

/** What a value has to be: at least, or at most. */
export type Goal = { readonly min: number } | { readonly max: number };

/** What a benchmark is given to work with. */
export interface Surroundings {
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** A folder of its own, outside the project; it is removed afterwards. */
  readonly folder: string;
  /** The ids that are asked for: what costs time for others need not be done. */
  readonly wanted: ReadonlySet<string>;
  /** Says how far it is. */
  readonly progress: (text: string) => void;
}

/** One figure. */
export interface Measured {
  readonly id: string;
  readonly value: number;
  /** What the value is held against, with its own figure from the same run. */
  readonly baseline: string;
  /** How many values the figure was made from. */
  readonly samples: number;
  /** Where half of them lie. Absent where a value is exact. */
  readonly spread?: Spread;
}

/** Measures at least the wanted ids of its own. */
export type Benchmark = (surroundings: Surroundings) => Promise<readonly Measured[]>;

export function measured(id: string, { median, samples, spread }: Summary, baseline: string): Measured {
  return { id, value: median, baseline, samples, spread };
}

/** A count or a size: measured once, since it is the same every time. */
export function exact(id: string, value: number, baseline: string): Measured {
  return { id, value, baseline, samples: 1 };
}

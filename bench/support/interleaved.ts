import { Bench } from "tinybench";
import type { Pair } from "../statistics.ts";

/** Something to be timed. `async` is stated, or the library would call it once to find out. */
export interface Timed {
  readonly async: boolean;
  readonly run: () => unknown;
}

export interface InterleavedOptions {
  /** Turns that come first and don't count, until the compiler has settled. */
  readonly warmUp: number;
  /** Turns that count. */
  readonly rounds: number;
  /** Calls of each in a turn. */
  readonly calls: number;
  readonly signal?: AbortSignal;
  readonly onRound?: (round: number) => void;
}

/** Takes turns: a few calls of the subject, a few of the baseline, the other first in the next turn. Medians, in ms. */
export async function interleaved(
  subject: Timed,
  baseline: Timed,
  { warmUp, rounds, calls, signal, onRound }: InterleavedOptions,
): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round < warmUp + rounds; round++) {
    signal?.throwIfAborted();
    onRound?.(round);
    const bench = new Bench({ iterations: calls, time: 0, warmup: false, throws: true });
    const sides = [["subject", subject] as const, ["baseline", baseline] as const];
    for (const [name, { run, async }] of round % 2 === 0 ? sides : sides.toReversed())
      bench.add(name, run, { async });
    await bench.run();
    if (round >= warmUp)
      pairs.push({ subject: medianOf(bench, "subject"), baseline: medianOf(bench, "baseline") });
  }
  return pairs;
}

function medianOf(bench: Bench, name: string): number {
  const result = bench.getTask(name)?.result;
  if (result?.state !== "completed")
    throw new Error(`the ${name} was not measured (${result?.state ?? "no result"})`);
  return result.latency.p50;
}

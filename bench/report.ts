import { arch, cpus, platform, release, totalmem } from "node:os";
import process from "node:process";
import type { Goal, Measured } from "./benchmark.ts";
import type { Entry } from "./catalogue.ts";

/** What figures belong to. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** When the run began, in UTC. */
  readonly date: string;
}

export interface Result extends Measured {
  readonly unit: string;
  /** Absent where a figure is reported and nothing more. */
  readonly goal?: Goal;
}

export interface Report {
  readonly machine: Machine;
  readonly results: readonly Result[];
}

export function thisMachine(): Machine {
  const found = cpus();
  return {
    cpu: found[0]?.model.trim() ?? "unknown",
    cores: found.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    date: new Date().toISOString(),
  };
}

/** A figure with what the table says of its id. Four digits: more would be noise. */
export function resultOf({ id, unit, goal }: Entry, figure: Measured): Result {
  const { value, baseline, samples, spread } = figure;
  return {
    id,
    value: rounded(value),
    unit,
    baseline,
    ...(goal && { goal }),
    samples,
    ...(spread && { spread: { q1: rounded(spread.q1), q3: rounded(spread.q3) } }),
  };
}

export type Verdict = "met" | "missed" | "reported";

export function verdictOf({ value, goal }: Pick<Result, "value" | "goal">): Verdict {
  if (goal === undefined) return "reported";
  return ("min" in goal ? value >= goal.min : value <= goal.max) ? "met" : "missed";
}

export function goalText(goal: Goal | undefined): string {
  if (goal === undefined) return "";
  return "min" in goal ? `at least ${goal.min}` : `at most ${goal.max}`;
}

/** Lines of one result: the figure, the goal and whether it is met, and below it what it was held against. */
export function linesOf(result: Result): readonly [figure: string, detail: string] {
  const { id, value, unit, goal, baseline, samples, spread } = result;
  const verdict = verdictOf(result);
  const figure = `${id.padEnd(34)}${`${value} ${unit}`.padStart(14)}  ${goalText(goal).padEnd(14)}${verdict}`;
  const half = spread ? `, half of them from ${spread.q1} to ${spread.q3}` : "";
  return [figure, `${baseline}; ${samples} ${samples === 1 ? "sample" : "samples"}${half}`];
}

export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

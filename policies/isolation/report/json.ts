import type { Verdict } from "./verdict.ts";

/** Names the shape; another number means that a reader of the last one would be misled. Additions keep it. */
export const FORMAT = "bulkhead-isolation/1";

/** The verdict for programs: {@link Verdict} as it is, after the name of its format; keys in this order. */
export function asJson(verdict: Verdict): string {
  const { proven, environment, figures, tenants, counterexamples, gaps, matrix, exceptions } = verdict;
  const shown = {
    format: FORMAT,
    environment,
    proven,
    figures,
    counterexamples,
    gaps,
    exceptions,
    matrix,
    tenants,
  };
  return `${JSON.stringify(shown, undefined, 2)}\n`;
}

import fc from "fast-check";
import { anyCase } from "../../tests/policies/isolation/differential/cases.ts";
import { simulate, toSimulation } from "../../tests/policies/isolation/differential/iam-simulate.ts";
import { ourDecision } from "../../tests/policies/isolation/differential/judge.ts";
import { measured, type Measured, type Surroundings } from "../benchmark.ts";
import { median, ratios } from "../statistics.ts";
import { interleaved } from "../support/interleaved.ts";

export const EVALUATOR_VS_SIMULATE = "evaluator-vs-iam-simulate";

const CASES = 500;
/** The cases of every run: figures of two runs are then about the same. */
const SEED = 1;
/** Ours decides each case so often while theirs decides it once: a turn of either is long enough to be timed. */
const PASSES = 20;
const WARM_UP = 2;
const ROUNDS = 9;

/**
 * Decisions per second of `policies/isolation` over those of `@cloud-copilot/iam-simulate`, on the cases by which the
 * two are compared for correctness. Ours has met the documents before, as it has wherever it is used.
 */
export async function evaluatorVsSimulate({ signal, progress }: Surroundings): Promise<readonly Measured[]> {
  const cases = fc.sample(anyCase, { numRuns: CASES, seed: SEED });
  const simulations = cases.map(toSimulation);
  const ours = {
    async: false,
    run: () => {
      for (let pass = 0; pass < PASSES; pass++) for (const each of cases) ourDecision(each);
    },
  };
  const theirs = {
    async: true,
    run: async () => {
      for (const each of simulations) await simulate(each);
    },
  };
  const onRound = (round: number): void => {
    progress(`round ${round + 1} of ${WARM_UP + ROUNDS}, ${CASES} cases`);
  };
  const pairs = await interleaved(theirs, ours, {
    warmUp: WARM_UP,
    rounds: ROUNDS,
    calls: 1,
    signal,
    onRound,
  });
  const times = pairs.map(({ subject, baseline }) => ({ subject, baseline: baseline / PASSES }));
  const perSecond = (side: "subject" | "baseline"): string =>
    Math.round((1000 * CASES) / median(times.map((pair) => pair[side]))).toLocaleString("en");
  return [
    measured(
      EVALUATOR_VS_SIMULATE,
      ratios(times),
      `${perSecond("baseline")} decisions/s over iam-simulate's ${perSecond("subject")}/s on the same ${CASES} cases`,
    ),
  ];
}

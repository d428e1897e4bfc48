import { availableParallelism } from "node:os";
import { added, linesOf, type Score, totals } from "../../tests/policies/mutation/score.ts";
import { exact, type Measured, type Surroundings } from "../benchmark.ts";
import type { MutationInput } from "../children/mutation.ts";
import { inChild } from "../support/child.ts";

export const MUTATION_SCORE = "mutation-score";

/** Mutants that change a decision for the worse, or break a layer, at least. */
const WANTED = 500;
/** Each holds the decisions of its own mutants, some hundred MB. */
const MOST_SHARES = 4;

/** Of the changes to deployed policies that let in more or break a layer, those that the proof or the pack catches. */
export async function mutationScore({ signal, progress }: Surroundings): Promise<readonly Measured[]> {
  const shares = Math.min(MOST_SHARES, Math.max(1, availableParallelism()));
  const far = Array.from({ length: shares }, () => "starting");
  const scores = await Promise.all(
    far.map((_, share) =>
      inChild<Score>(
        new URL("../children/mutation.ts", import.meta.url),
        { seed: 1, share, shares, wanted: Math.ceil(WANTED / shares) } satisfies MutationInput,
        {
          signal,
          env: {},
          progress: (text) => {
            far[share] = text;
            progress(far.join(" | "));
          },
        },
      ),
    ),
  );
  const score = scores.reduce(added);
  const { caught, of } = totals(score);
  return [{ ...exact(MUTATION_SCORE, caught / of, linesOf(score).join("\n      ")), samples: of }];
}

import { exact, type Measured, type Surroundings } from "../benchmark.ts";
import type { MutationInput, MutationRun } from "../children/mutation.ts";
import { inChild } from "../support/child.ts";

export const MUTATION_SCORE = "mutation-score";

/** Mutants that change a decision for the worse, at least. */
const WANTED = 500;
const SHARES = 2;

/** Of the changes to deployed policies that change a decision for the worse, those that the isolation proof catches. */
export async function mutationScore({ signal, progress }: Surroundings): Promise<readonly Measured[]> {
  progress(`${WANTED} mutants of the deployed policies`);
  const runs = await Promise.all(
    Array.from({ length: SHARES }, (_, share) =>
      inChild<MutationRun>(
        new URL("../children/mutation.ts", import.meta.url),
        { seed: 1, share, shares: SHARES, wanted: WANTED / SHARES } satisfies MutationInput,
        { signal, env: {} },
      ),
    ),
  );
  const sum = (pick: (run: MutationRun) => number): number =>
    runs.reduce((total, run) => total + pick(run), 0);
  const survived = runs.flatMap((run) => run.survived);
  const caught = sum((run) => run.caught);
  const told = [
    `${caught} of ${caught + survived.length} that are not equivalent, ${sum((run) => run.equivalent)} that are`,
    ...survived,
  ];
  return [
    {
      ...exact(MUTATION_SCORE, caught / (caught + survived.length), told.join("\n      ")),
      samples: caught + survived.length,
    },
  ];
}

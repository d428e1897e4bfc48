/** Judges mutants of the deployed policies until so many that are to be caught have been judged. */
import process from "node:process";
import { deployedAccount } from "../../tests/policies/mutation/account.ts";
import { Court, type Judged, survives } from "../../tests/policies/mutation/judged.ts";
import { mutantsOf, shuffled } from "../../tests/policies/mutation/mutants.ts";
import { counts, type Score, scoreOf } from "../../tests/policies/mutation/score.ts";

export interface MutationInput {
  readonly seed: number;
  /** Of so many processes, this is the how many-th: each takes its share. */
  readonly share: number;
  readonly shares: number;
  /** Mutants that are to be caught, at least. */
  readonly wanted: number;
}

// Nobody waits for the result any more.
process.once("disconnect", () => process.exit());
process.once("message", (input: MutationInput) => {
  void measure(input).then((score) => process.send?.(score));
});

async function measure({ seed, share, shares, wanted }: MutationInput): Promise<Score> {
  const account = await deployedAccount();
  const court = await Court.of(account);
  const own = shuffled(mutantsOf(account), seed).filter((_, index) => index % shares === share);
  const judged: Judged[] = [];
  let [counted, survived] = [0, 0];
  for (const mutant of own) {
    const one = await court.judge(mutant);
    judged.push(one);
    if (counts(one)) counted += 1;
    if (survives(one)) survived += 1;
    if (judged.length % 10 === 0)
      process.send?.({ progress: `${counted} of ${wanted}, ${survived} survived, ${judged.length} judged` });
    if (counted >= wanted) break;
  }
  return scoreOf(judged);
}

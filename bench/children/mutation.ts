/** Judges mutants of the deployed policies until so many of them are caught or survive. */
import process from "node:process";
import { baseAccount, judged, mutantsOf, shuffled } from "../../tests/policies/mutation/run.ts";

export interface MutationInput {
  readonly seed: number;
  /** Of so many processes, this is the how many-th: each takes its share. */
  readonly share: number;
  readonly shares: number;
  /** Mutants that are not equivalent to have judged, at least. */
  readonly wanted: number;
}

export interface MutationRun {
  readonly caught: number;
  readonly equivalent: number;
  readonly survived: readonly string[];
}

// Nobody waits for the result any more.
process.once("disconnect", () => process.exit());
process.once("message", (input: MutationInput) => {
  void measure(input).then((run) => process.send?.(run));
});

async function measure({ seed, share, shares, wanted }: MutationInput): Promise<MutationRun> {
  const base = await baseAccount();
  const own = shuffled(mutantsOf(base), seed).filter((_, index) => index % shares === share);
  let [caught, equivalent] = [0, 0];
  const survived: string[] = [];
  for (const { mutant, fate } of judged(base, own)) {
    if (fate.fate === "caught") caught++;
    else if (fate.fate === "equivalent") equivalent++;
    else survived.push(`${mutant.name}: ${fate.change}`);
    if (caught + survived.length >= wanted) break;
  }
  return { caught, equivalent, survived };
}

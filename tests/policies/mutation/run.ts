/** The mutants of the program's account: which there are, and what becomes of them. */
import type { AccountModel } from "../../../policies/isolation/model/account.ts";
import { restrict } from "../../../policies/isolation/prove/judge.ts";
import { accountOf, programResources } from "../isolation/prove/support/stack.ts";
import { type Fate, fateOf } from "./judged.ts";
import { type Mutant, mutantsOf } from "./mutants.ts";

/** A tenant of each tier, and the whole platform: what is between them is between any two. */
export async function baseAccount(): Promise<AccountModel> {
  return restrict(accountOf(await programResources("local", "first")), ["acme", "cobalt"]);
}

/** In an order of the seed's: first those close to tenants' data. */
export function shuffled(mutants: readonly Mutant[], seed: number): readonly Mutant[] {
  let state = seed >>> 0;
  // A linear congruential generator (Numerical Recipes): the same seed picks the same ones anywhere.
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
  return mutants
    .map((mutant) => ({ mutant, at: next() + (mutant.close ? 0 : 2 ** 32) }))
    .sort((a, b) => a.at - b.at)
    .map(({ mutant }) => mutant);
}

export interface Judged {
  readonly mutant: Mutant;
  readonly fate: Fate;
}

export function* judged(base: AccountModel, mutants: readonly Mutant[]): Generator<Judged> {
  for (const mutant of mutants) yield { mutant, fate: fateOf(base, mutant) };
}

export { mutantsOf };

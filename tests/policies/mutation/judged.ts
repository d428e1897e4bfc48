/** What becomes of a mutant. */
import { prove } from "../../../policies/isolation/prove/index.ts";
import { notUnderstood } from "../../../policies/isolation/prove/understood.ts";
import { type Account, edited } from "./account.ts";
import { type Catch, Pack, provenWrong } from "./catchers.ts";
import { type Changed, compared, told } from "./changes.ts";
import { exemptionOf } from "./exemptions.ts";
import type { Mutant } from "./mutant.ts";
import { type CrossCheck, crossChecked } from "./simulate.ts";
import { World } from "./world.ts";

/**
 * - `worse`: a decision allows what was refused;
 * - `layer`: no decision does, but a layer that has to refuse by itself no longer does: the next fault would be one;
 * - `stricter`: decisions refuse what was allowed, and none allows more;
 * - `equivalent`: no decision changes;
 * - `invalid`: AWS would not take it, or what it means can't be decided. It counts for nothing.
 */
export type Effect = "worse" | "layer" | "stricter" | "equivalent" | "invalid";

export interface Judged {
  readonly mutant: Mutant;
  readonly effect: Effect;
  readonly caught: readonly Catch[];
  /** A decision that changes. */
  readonly change: string | undefined;
  /** Why it need not be caught, where it is worse and is not. */
  readonly exemption: string | undefined;
  /** What the independent evaluator says of one that is equivalent. */
  readonly crossCheck: CrossCheck | undefined;
}

/** Who is asked. Both, but where one of them is to be seen missing. */
export interface Catchers {
  readonly proof: boolean;
  readonly pack: boolean;
}

export class Court {
  readonly #account: Account;
  readonly #before: World;
  readonly #pack: Pack | undefined;
  readonly #proof: boolean;

  private constructor(account: Account, proof: boolean, pack: Pack | undefined) {
    this.#account = account;
    this.#before = new World(account.model);
    this.#proof = proof;
    this.#pack = pack;
  }

  static async of(account: Account, { proof, pack }: Catchers = { proof: true, pack: true }): Promise<Court> {
    return new Court(account, proof, pack ? await Pack.on(account) : undefined);
  }

  async judge(mutant: Mutant): Promise<Judged> {
    const none = { mutant, change: undefined, exemption: undefined, crossCheck: undefined };
    if (mutant.invalid !== undefined) return { ...none, effect: "invalid", caught: [] };
    const other = edited(this.#account, mutant.edit);
    const unread = notUnderstood(other.model);
    // Nothing can be decided beside it, so nothing can be compared; that the proof takes it for a gap has a test of its own.
    if (unread.length > 0)
      return { ...none, effect: "invalid", caught: unread.map(({ what }) => ({ by: "not proven", what })) };
    const after = new World(other.model);
    const comparison = compared(this.#before, after);
    const { more, fewer } = comparison;
    let caught = [
      ...(this.#proof ? provenWrong(other.model) : []),
      ...((await this.#pack?.violated(other, mutant.edit)) ?? []),
    ];
    const effect = effectOf(more, fewer, caught);
    if (effect === "worse" && caught.length === 0 && this.#proof) caught = await forAllIds(other);
    const [change] = [...more, ...fewer];
    return {
      mutant,
      effect,
      caught,
      change: change && told(change),
      exemption:
        effect === "worse" && caught.length === 0 ? exemptionOf(more, this.#account.model) : undefined,
      crossCheck: effect === "equivalent" ? await crossChecked(comparison, this.#before) : undefined,
    };
  }
}

function effectOf(
  more: readonly Changed[],
  fewer: readonly Changed[],
  caught: readonly Catch[],
): Exclude<Effect, "invalid"> {
  if (more.length > 0) return "worse";
  if (caught.some(({ by }) => by === "ablation")) return "layer";
  return fewer.length > 0 ? "stricter" : "equivalent";
}

/** The solver is asked where nobody else says anything. */
async function forAllIds({ model }: Account): Promise<Catch[]> {
  const { counterexamples, gaps } = await prove(model);
  return [
    ...counterexamples.map(({ question, summary }) => ({ by: question, what: summary })),
    ...gaps.map(({ what }) => ({ by: "not proven", what }) as const),
  ];
}

/** Whether a mutant is one that nobody stops and that is to be stopped. */
export const survives = ({ effect, caught, exemption }: Judged): boolean =>
  (effect === "worse" || effect === "layer") && caught.length === 0 && exemption === undefined;

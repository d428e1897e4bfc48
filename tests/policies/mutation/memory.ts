/**
 * Decisions that are made once. A mutant changes one statement of thousands: what the others decide has been answered, for the account
 * as it is or for an earlier mutant. A decision depends on nothing but who asks, the part of the request, and the statements about its
 * action in the policies of both: by these it is found again.
 */
import { compile } from "../../../policies/isolation/evaluate/compile.ts";
import type { AccountModel, PlacedPolicy } from "../../../policies/isolation/model/account.ts";
import { type Credentials, Decider, type Outcome } from "../../../policies/isolation/prove/decider.ts";
import type { IamPart, Part } from "../../../policies/isolation/prove/request.ts";

/** The same number for the same text. */
class Numbers {
  readonly #byText = new Map<string, number>();

  of(text: string): number {
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    const number = this.#byText.size;
    this.#byText.set(text, number);
    return number;
  }
}

const actions = new Numbers();
const principals = new Numbers();
const statements = new Numbers();
const callers = new Numbers();
const parts = new Numbers();

/** What a policy says of an action, as one number. */
const speaking = new WeakMap<object, number[]>();
function numberOfPolicy({ document }: PlacedPolicy, action: string, at: number): number {
  let own = speaking.get(document);
  if (own === undefined) speaking.set(document, (own = []));
  const known = own[at];
  if (known !== undefined) return known;
  const listed = [document.Statement].flat();
  const lower = action.toLowerCase();
  const said = compile(document).flatMap((statement, i) =>
    statement.action(lower) !== statement.notAction ? [JSON.stringify(listed[i])] : [],
  );
  return (own[at] = statements.of(`${document.Version ?? ""} ${said.join()}`));
}

interface Entry {
  readonly found: Outcome[];
  /** Contexts that have not been asked for yet. */
  rest: Iterator<Outcome> | undefined;
  readonly decider: Decider | undefined;
}

/** Most of what is asked is refused. */
const REFUSED: Entry = { found: [], rest: undefined, decider: undefined };

/** By caller, then by part. */
const entries = new Map<number, Map<number, Entry>>();
let kept = 0;
/** More are not kept: some hundred bytes each. */
const MOST = 3_000_000;

type Policies = readonly PlacedPolicy[];
type Limit = PlacedPolicy | undefined;

/** A part as it is looked for: its action's number, and its own. */
interface Found {
  readonly at: number;
  readonly number: number;
}

export class RememberingDecider extends Decider {
  // Held as long as the model that they belong to.
  readonly #principals = new Map<Credentials["principal"], number>();
  readonly #callers = new Map<number, Map<Limit, Map<Policies, number[]>>>();
  readonly #alone = new Map<PlacedPolicy, readonly PlacedPolicy[]>();
  readonly #parts = new Map<IamPart, Found>();

  /** The same for parts that are decided alike. */
  numberOfPart(part: IamPart): number {
    return this.#find(part).number;
  }

  /** The same for callers whose policies say the same of a part. */
  numberOfCaller(who: Credentials, part: IamPart): number {
    return this.#caller(who, part, this.#find(part).at);
  }

  override *allowed(who: Credentials, part: Part): Generator<Outcome> {
    if (part.by !== "iam") {
      yield* super.allowed(who, part);
      return;
    }
    const entry = this.#entry(who, part);
    if (entry === REFUSED) return;
    for (let at = 0; ; at += 1) {
      if (at === entry.found.length && !asked(entry)) break;
      const outcome = entry.found[at];
      if (outcome !== undefined) yield outcome;
    }
    for (const doubt of entry.decider?.doubts ?? []) this.doubts.add(doubt);
  }

  #find(part: IamPart): Found {
    const known = this.#parts.get(part);
    if (known !== undefined) return known;
    const { action, resource, facts, policies, mode } = part;
    const at = actions.of(action.toLowerCase());
    const own = policies.map((each) => numberOfPolicy(each, action, at)).join();
    const number = parts.of(`${action} ${resource} ${JSON.stringify(facts)} ${own} ${mode}`);
    const found = { at, number };
    this.#parts.set(part, found);
    return found;
  }

  #caller({ principal, identity, boundary }: Credentials, { action }: IamPart, at: number): number {
    let who = this.#principals.get(principal);
    if (who === undefined) this.#principals.set(principal, (who = principals.of(JSON.stringify(principal))));
    // Who is given one policy for the sake of a question is given it in a new list each time.
    const list = identity.length === 1 ? this.#lone(identity) : identity;
    let limited = this.#callers.get(who);
    if (limited === undefined) this.#callers.set(who, (limited = new Map<Limit, Map<Policies, number[]>>()));
    let listed = limited.get(boundary);
    if (listed === undefined) limited.set(boundary, (listed = new Map<Policies, number[]>()));
    let own = listed.get(list);
    if (own === undefined) listed.set(list, (own = []));
    return (own[at] ??= callers.of(
      `${who} ${list.map((each) => numberOfPolicy(each, action, at)).join()} ${
        boundary === undefined ? "" : numberOfPolicy(boundary, action, at)
      }`,
    ));
  }

  #lone(identity: readonly PlacedPolicy[]): readonly PlacedPolicy[] {
    const [only] = identity;
    if (only === undefined) return identity;
    const known = this.#alone.get(only) ?? identity;
    this.#alone.set(only, known);
    return known;
  }

  #entry(who: Credentials, part: IamPart): Entry {
    const { at, number } = this.#find(part);
    const caller = this.#caller(who, part, at);
    if (kept >= MOST) {
      entries.clear();
      kept = 0;
    }
    let own = entries.get(caller);
    if (own === undefined) entries.set(caller, (own = new Map<number, Entry>()));
    const known = own.get(number);
    if (known !== undefined) return known;
    // By itself: a remembered doubt is told to everybody who asks again.
    const decider = new Decider(this.model);
    const entry: Entry = { found: [], rest: decider.allowed(who, part), decider };
    const made = asked(entry) || decider.doubts.size > 0 ? entry : REFUSED;
    own.set(number, made);
    kept += 1;
    return made;
  }
}

/** Asks for one context more. @returns whether there was one */
function asked(entry: Entry): boolean {
  const next = entry.rest?.next();
  if (next === undefined || next.done === true) {
    entry.rest = undefined;
    return false;
  }
  entry.found.push(next.value);
  return true;
}

const documents = new Map<string, object>();

/** A model whose documents are the same objects as those of the same text before: they are compiled once. */
export function interned(model: AccountModel): AccountModel {
  return visit(model) as AccountModel;
}

function visit(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(visit);
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      name === "document" && typeof each === "object" ? same(each as object) : visit(each),
    ]),
  );
}

function same(document: object): object {
  const text = JSON.stringify(document);
  const known = documents.get(text) ?? document;
  documents.set(text, known);
  return known;
}

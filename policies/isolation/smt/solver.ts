import { FALSE, type Formula, unquoted } from "./formula.ts";
import type { Variable } from "./text.ts";
import { startZ3, type Z3 } from "./z3.ts";

/** What the solver says of a formula: a value for each variable, that there are none, or that it does not know. */
export type Answer =
  | { readonly outcome: "sat"; readonly values: ReadonlyMap<string, string | boolean> }
  | { readonly outcome: "unsat" }
  | { readonly outcome: "unknown"; readonly why: string };

export interface Query {
  readonly texts: readonly Variable[];
  readonly booleans: readonly string[];
  readonly asserted: readonly Formula[];
  /** What is likely to hold of values, if there are any: tried before the solver takes its time. */
  readonly likely?: readonly Formula[];
}

/** Milliseconds for one question: those of tenants' policies take ten. What takes longer is tried with likely values first. */
const BRIEFLY = 2_000;
const TIME = 20_000;

/** Asks z3. Close it when done: its threads keep the process alive. */
export class Solver {
  readonly #z3: Z3;
  readonly #answers = new Map<string, Answer>();
  #asked = 0;

  private constructor(z3: Z3) {
    this.#z3 = z3;
  }

  static async start(): Promise<Solver> {
    return new Solver(await startZ3());
  }

  /** Questions that z3 answered; the same one twice is asked once. */
  get asked(): number {
    return this.#asked;
  }

  async ask(query: Query): Promise<Answer> {
    if (query.asserted.includes(FALSE)) return { outcome: "unsat" };
    const text = script(query, BRIEFLY);
    let answer = this.#answers.get(text);
    if (answer === undefined) {
      this.#asked++;
      answer = await this.#search(text, query);
      this.#answers.set(text, answer);
    }
    return answer;
  }

  close(): Promise<void> {
    return this.#z3.end();
  }

  async #search(text: string, query: Query): Promise<Answer> {
    const first = await this.#solve(text, query);
    if (first.outcome !== "unknown") return first;
    for (const formula of query.likely ?? []) {
      const narrowed = { ...query, asserted: [...query.asserted, formula] };
      const found = await this.#solve(script(narrowed, BRIEFLY), narrowed);
      if (found.outcome === "sat") return found;
    }
    return await this.#solve(script(query, TIME), query);
  }

  async #solve(text: string, { texts, booleans }: Query): Promise<Answer> {
    const said = (await this.#z3.evaluate(`(reset)${text}(check-sat)`)).trim();
    if (said === "unsat") return { outcome: "unsat" };
    if (said !== "sat") return { outcome: "unknown", why: said === "unknown" ? "no answer in time" : said };
    const names = [...texts.map(({ name }) => name), ...booleans];
    return {
      outcome: "sat",
      values: valuesOf(names.length === 0 ? "" : await this.#z3.evaluate(`(get-value (${names.join(" ")}))`)),
    };
  }
}

/** `^[a-z][a-z0-9]*(-[a-z0-9]+)*$`, 3 to 20 characters. */
const ID = `(re.++ (re.range "a" "z") (re.* (re.union (re.range "a" "z") (re.range "0" "9"))) (re.* (re.++ (str.to_re "-") (re.+ (re.union (re.range "a" "z") (re.range "0" "9"))))))`;

export function isId(variable: string): Formula {
  return `(and (str.in_re ${variable} ${ID}) (<= 3 (str.len ${variable})) (<= (str.len ${variable}) 20))`;
}

function script({ texts, booleans, asserted }: Query, time: number): string {
  return [
    `(set-option :timeout ${time})`,
    ...texts.map(({ name }) => `(declare-const ${name} String)`),
    ...booleans.map((name) => `(declare-const ${name} Bool)`),
    ...texts.filter(({ kind }) => kind === "id").map(({ name }) => `(assert ${isId(name)})`),
    ...asserted.map((formula) => `(assert ${formula})`),
  ].join("\n");
}

/** `((p "acme") (tagged true))` */
function valuesOf(text: string): ReadonlyMap<string, string | boolean> {
  const values = new Map<string, string | boolean>();
  for (const [, name = "", value = ""] of text.matchAll(
    /\(\s*([^\s()"]+)\s+("(?:[^"]|"")*"|true|false)\s*\)/g,
  ))
    values.set(name, value.startsWith('"') ? unquoted(value) : value === "true");
  return values;
}

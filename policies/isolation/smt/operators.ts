import { ANY, ONE } from "../evaluate/wildcard.ts";
import { and, FALSE, type Formula, not, or, TRUE } from "./formula.ts";
import { EncodingGap } from "./gap.ts";
import { glob, hasVariable, type Pattern, regex } from "./glob.ts";
import { fill, type StandIns } from "./pattern.ts";
import type { SymbolicRequest } from "./request.ts";
import { equal, literalOf, normalised, type Piece, term, type Text } from "./text.ts";

/** A condition that may be undecided: `doubt` is when the evaluator calls a request unsupported. They never hold together. */
export interface Judged {
  readonly holds: Formula;
  readonly doubt: Formula;
}

export interface Surroundings {
  readonly request: SymbolicRequest;
  readonly standIns: StandIns;
  /** Whether `${…}` is a variable in this document. */
  readonly variables: boolean;
}

/** Whether one value of the request matches any of the listed ones. */
export type SymbolicOperator = (value: Text, listed: readonly string[], at: Surroundings) => Judged;

const certain = (holds: Formula): Judged => ({ holds, doubt: FALSE });

/** Operators by name; `true`: negated. Those of numbers, dates, addresses and bytes are used by no policy, and left out. */
export const OPERATORS: ReadonlyMap<string, readonly [SymbolicOperator, negated: boolean]> = new Map([
  ["StringEquals", [strings(false), false]],
  ["StringNotEquals", [strings(false), true]],
  ["StringLike", [strings(true), false]],
  ["StringNotLike", [strings(true), true]],
  ["StringEqualsIgnoreCase", [ignoringCase, false]],
  ["StringNotEqualsIgnoreCase", [ignoringCase, true]],
  ["ArnEquals", [arns, false]],
  ["ArnLike", [arns, false]],
  ["ArnNotEquals", [arns, true]],
  ["ArnNotLike", [arns, true]],
  ["Bool", [bool, false]],
]);

function strings(wildcards: boolean): SymbolicOperator {
  return (value, listed, at) =>
    certain(
      or(
        ...listed.flatMap((text) =>
          fill(text, { variables: at.variables, wildcards }, at).map(({ when, pattern }) =>
            and(when, glob(pattern, value)),
          ),
        ),
      ),
    );
}

function bool(value: Text, listed: readonly string[]): Judged {
  const is = (text: string): Formula => equal(value, [text]);
  return { holds: or(...listed.map(is)), doubt: not(or(is("true"), is("false"))) };
}

/** Letters in either case, where the listed text has no variable. */
function ignoringCase(value: Text, listed: readonly string[], at: Surroundings): Judged {
  return certain(
    or(
      ...listed.flatMap((text) =>
        fill(text, { variables: at.variables, wildcards: false }, at).map(({ when, pattern }) => {
          const wanted = literalOf(pattern as Text);
          if (wanted === undefined || /[^\x20-\x7e]/.test(wanted))
            throw new EncodingGap(`a comparison without case with ${text}`);
          const found = literalOf(value);
          if (found !== undefined)
            return and(when, found.toLowerCase() === wanted.toLowerCase() ? TRUE : FALSE);
          return and(when, `(str.in_re ${term(value)} ${eitherCase(wanted)})`);
        }),
      ),
    ),
  );
}

function eitherCase(text: string): string {
  const letters = Array.from(text, (letter) =>
    or(...[...new Set([letter.toLowerCase(), letter.toUpperCase()])].map((one) => regex([one]))).replace(
      "(or ",
      "(re.union ",
    ),
  );
  return letters.length > 1 ? `(re.++ ${letters.join(" ")})` : (letters[0] ?? regex([]));
}

/** Six parts, each compared on its own. */
function arns(value: Text, listed: readonly string[], at: Surroundings): Judged {
  return certain(
    or(
      ...listed.flatMap((text) =>
        fill(text, { variables: at.variables, wildcards: true }, at).map(({ when, pattern }) =>
          // A variable that holds the whole ARN is literal text.
          and(
            when,
            /^\$\{[^}]*\}$/.test(text) && at.variables ? equal(value, pattern as Text) : arn(pattern, value),
          ),
        ),
      ),
    ),
  );
}

function arn(pattern: Pattern, value: Text): Formula {
  const wanted = sections(pattern);
  const found = sections(value) as Piece[][];
  const open = value.some((piece) => typeof piece === "object" && piece.kind !== "id");
  if (
    found.length === 6 &&
    !found
      .slice(0, 5)
      .flat()
      .some((piece) => typeof piece === "object" && piece.kind !== "id")
  )
    return and(...wanted.map((section, i) => glob(section, normalised(found[i] ?? []))));
  if (!open) return FALSE;
  if (hasVariable(pattern)) throw new EncodingGap("an ARN of any form against a pattern with a variable");
  const inside = '(re.union (re.range "\\u{0}" "9") (re.range ";" "\\u{2ffff}"))';
  const parts = wanted.map((section, i) =>
    regex(
      section.filter((token) => typeof token !== "object"),
      i < 5 ? inside : undefined,
    ),
  );
  return `(str.in_re ${term(value)} (re.++ ${parts.flatMap((part, i) => (i === 0 ? [part] : [regex([":"]), part])).join(" ")}))`;
}

/** Cut at the first five colons of literal text. */
function sections(tokens: Pattern): Pattern[] {
  const result: Pattern[number][][] = [[]];
  for (const token of tokens) {
    if (typeof token !== "string" || result.length === 6) {
      result.at(-1)?.push(token);
      continue;
    }
    const parts = token.split(":");
    const room = 6 - result.length;
    const cut = parts.length > room + 1 ? [...parts.slice(0, room), parts.slice(room).join(":")] : parts;
    cut.forEach((part, i) => {
      if (i > 0) result.push([]);
      if (part !== "") result.at(-1)?.push(part);
    });
  }
  return result;
}

export const isWildcard = (token: Pattern[number]): boolean => token === ANY || token === ONE;

import {
  isVariable as isPolicyVariable,
  parseParts,
  type Part,
  type Reading,
} from "../evaluate/variables.ts";
import { ANY, ONE } from "../evaluate/wildcard.ts";
import { and, FALSE, type Formula, not, or, TRUE } from "./formula.ts";
import type { Pattern } from "./glob.ts";
import { lookup } from "./lookup.ts";
import type { SymbolicRequest } from "./request.ts";
import type { Piece, Text } from "./text.ts";

/** Stand-ins of ids in documents: a document is made for these ids, and each is a variable to the solver. */
export type StandIns = readonly { readonly id: string; readonly variable: Piece }[];

const known = new WeakMap<StandIns, Map<string, Text>>();
/** Every question has stand-ins of its own, which are the same as those of the one before. */
let latest: { readonly standIns: string; readonly texts: Map<string, Text> } | undefined;

/** Text of a document with each stand-in replaced by its variable. */
export function parametric(text: string, standIns: StandIns): Text {
  let texts = known.get(standIns);
  if (texts === undefined) known.set(standIns, (texts = textsFor(JSON.stringify(standIns))));
  let made = texts.get(text);
  if (made === undefined) texts.set(text, (made = replaced(text, standIns)));
  return made;
}

function textsFor(standIns: string): Map<string, Text> {
  if (latest?.standIns !== standIns) latest = { standIns, texts: new Map() };
  return latest.texts;
}

function replaced(text: string, standIns: StandIns): Text {
  let pieces: Piece[] = [text];
  for (const { id, variable } of standIns)
    pieces = pieces.flatMap((piece) =>
      typeof piece !== "string"
        ? [piece]
        : piece.split(id).flatMap((part, i) => (i === 0 ? [part] : [variable, part])),
    );
  return pieces.filter((piece) => piece !== "");
}

/** A pattern in the cases in which it has this form: by which of its policy variables have a value. */
export interface Filled {
  readonly when: Formula;
  readonly pattern: Pattern;
}

/** Reads a policy string and fills its variables in. In the cases that are left out a variable has no value. */
export function fill(
  text: string,
  reading: Reading,
  { request, standIns }: { readonly request: SymbolicRequest; readonly standIns: StandIns },
): readonly Filled[] {
  return parseParts(text, reading, text)
    .reduce<readonly Filled[]>(
      (cases, part) =>
        cases.flatMap(({ when, pattern }) =>
          choices(part, request, standIns).map((choice) => ({
            when: and(when, choice.when),
            pattern: [...pattern, ...choice.pattern],
          })),
        ),
      [{ when: TRUE, pattern: [] }],
    )
    .filter(({ when }) => when !== FALSE);
}

function choices(part: Part, request: SymbolicRequest, standIns: StandIns): readonly Filled[] {
  if (part === ANY || part === ONE) return [{ when: TRUE, pattern: [part] }];
  if (!isPolicyVariable(part)) return [{ when: TRUE, pattern: parametric(part, standIns) }];
  const value = lookup(part.key, request);
  // A multivalued key has no single text.
  const single = Array.isArray(value) ? undefined : (value as Exclude<typeof value, readonly unknown[]>);
  const present = single?.present ?? FALSE;
  const found: Filled[] = single === undefined ? [] : [{ when: present, pattern: single.value }];
  return part.fallback === undefined
    ? found
    : [...found, { when: not(present), pattern: parametric(part.fallback, standIns) }];
}

/** Whether some variable has no value. */
export const unfilled = (cases: readonly Filled[]): Formula => not(or(...cases.map(({ when }) => when)));

import type { Statement } from "../types.ts";
import { and, FALSE, type Formula, not, or, TRUE } from "./formula.ts";
import { EncodingGap } from "./gap.ts";
import { lookup } from "./lookup.ts";
import { type Judged, OPERATORS, type Surroundings } from "./operators.ts";
import type { Optional, SymbolicValue } from "./request.ts";
import { equal } from "./text.ts";

const NAME = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/;

/** Each condition of a block: they must all hold. The block is one that the evaluator reads. */
export function conditions(block: Statement["Condition"], at: Surroundings): readonly Judged[] {
  return Object.entries(block ?? {}).flatMap(([name, keys]) =>
    Object.entries(keys).map(([key, listed]) => {
      if (at.standIns.some(({ id }) => key.includes(id)))
        throw new EncodingGap(`a tenant's id within the condition key ${key}`);
      return condition(name, lookup(key.toLowerCase(), at.request), [listed].flat().map(String), at);
    }),
  );
}

function condition(name: string, value: SymbolicValue, listed: readonly string[], at: Surroundings): Judged {
  const [, qualifier, base = "", ifExists] = NAME.exec(name) ?? [];
  if (base === "Null" && qualifier === undefined && ifExists === undefined) return presence(value, listed);
  const found = OPERATORS.get(base);
  if (found === undefined) throw new EncodingGap(`the condition operator ${name}`);
  const [operator, negated] = found;
  const test = ({ value: text }: Optional): Judged => {
    const { holds, doubt } = operator(text, listed, at);
    return { holds: negated ? and(not(holds), not(doubt)) : holds, doubt };
  };
  if (qualifier === undefined) return unqualified(value, negated || ifExists !== undefined, test);
  return qualified(qualifier === "ForAllValues", value, ifExists !== undefined, test);
}

const isList = (value: SymbolicValue): value is readonly Optional[] => Array.isArray(value);

/** Whether the key is there at all. A list without an item is no key. */
const presentOf = (value: SymbolicValue): Formula =>
  isList(value) ? or(...value.map(({ present }) => present)) : value.present;

function presence(value: SymbolicValue, listed: readonly string[]): Judged {
  const present = presentOf(value);
  const holds = or(
    listed.includes("false") ? present : FALSE,
    listed.includes("true") ? not(present) : FALSE,
  );
  return { holds, doubt: FALSE };
}

function unqualified(value: SymbolicValue, ifAbsent: boolean, test: (item: Optional) => Judged): Judged {
  const present = presentOf(value);
  const absent = and(not(present), ifAbsent ? TRUE : FALSE);
  // AWS does not say what an operator without a qualifier makes of a list.
  if (isList(value)) return { holds: absent, doubt: present };
  const { holds, doubt } = present === FALSE ? { holds: FALSE, doubt: FALSE } : test(value);
  return { holds: or(absent, and(present, holds)), doubt: and(present, doubt) };
}

/** A key whose values are all empty counts as absent (evaluate/qualifiers.ts). */
function qualified(
  all: boolean,
  value: SymbolicValue,
  ifExists: boolean,
  test: (item: Optional) => Judged,
): Judged {
  const items = (isList(value) ? value : [value]).filter(({ present }) => present !== FALSE);
  const filled = or(...items.map((item) => and(item.present, not(equal(item.value, [""])))));
  const judged = items.map((item) => ({ ...test(item), present: item.present }));
  const passes = or(...judged.map(({ present, holds }) => and(present, holds)));
  const fails = or(...judged.map(({ present, holds, doubt }) => and(present, not(holds), not(doubt))));
  const unsure = and(filled, or(...judged.map(({ present, doubt }) => and(present, doubt))));
  // A doubt is one whatever the other values say: more doubts than the evaluator has, never fewer.
  if (all) return { holds: or(not(filled), and(filled, not(fails), not(unsure))), doubt: unsure };
  const empty = and(not(filled), presentOf(value));
  return {
    holds: or(
      and(filled, passes, not(unsure)),
      and(not(filled), not(presentOf(value)), ifExists ? TRUE : FALSE),
    ),
    doubt: or(unsure, ifExists ? empty : FALSE),
  };
}

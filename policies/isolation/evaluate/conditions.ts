import { PolicyError } from "../errors.ts";
import type { ConditionValue } from "../types.ts";
import type { Facts } from "./facts.ts";
import { parseBool } from "./operators/bool.ts";
import { operators } from "./operators/index.ts";
import { type Qualifier, qualify } from "./qualifiers.ts";

/** One key of a condition block. */
export interface Condition {
  /** Whether it holds for a request. Throws UnsupportedError. */
  readonly holds: (facts: Facts) => boolean;
  /** As written: `StringNotEqualsIfExists`. */
  readonly operator: string;
  /** As written. */
  readonly key: string;
  readonly values: readonly string[];
}

type Holds = Condition["holds"];

const NAME = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/;
const KEY = /^[^\s:${}*?]+:[^${}*?]+$/;

/** All keys of all operators: they must all hold. */
export function compileConditions(
  // Of a document that nobody has checked yet: an operator may hold anything.
  block: Readonly<Record<string, Readonly<Record<string, ConditionValue>> | null>>,
  variables: boolean,
  place: string,
): Condition[] {
  return Object.entries(block).flatMap(([name, keys]) => {
    const here = `${place}.${name}`;
    if (typeof keys !== "object" || keys === null || Array.isArray(keys))
      throw new PolicyError(here, "expected an object of condition keys");
    const compile = operatorNamed(name, here);
    const seen = new Set<string>();
    return Object.entries(keys).map(([key, value]) => {
      const lower = key.toLowerCase();
      if (!KEY.test(key)) throw new PolicyError(here, `"${key}" is not a condition key`);
      if (seen.has(lower))
        throw new PolicyError(here, `key ${key} is given twice, in spellings that differ by case`);
      seen.add(lower);
      const values = texts(value, `${here}.${key}`);
      const holds = compile(lower, { values, variables, place: `${here}.${key}` });
      return { holds, operator: name, key, values };
    });
  });
}

interface Listed {
  readonly values: readonly string[];
  readonly variables: boolean;
  readonly place: string;
}

function operatorNamed(name: string, place: string): (key: string, listed: Listed) => Holds {
  const [, qualifier, base = "", ifExists] = NAME.exec(name) ?? [];
  if (base === "Null" && qualifier === undefined && ifExists === undefined) return presence;
  const operator = operators.get(base);
  if (operator === undefined) throw new PolicyError(place, "unknown condition operator");
  const { negated } = operator;
  return (key, listed) => {
    const test = operator.compile(listed);
    const holds = qualify(qualifier as Qualifier | undefined, negated, ifExists !== undefined);
    return (facts) => holds(key, facts, test);
  };
}

/** `Null`: whether the key is absent ("true") or present ("false"). */
function presence(key: string, { values, place }: Listed): Holds {
  const wanted = values.map((text) => {
    const value = parseBool(text);
    if (value === undefined) throw new PolicyError(place, `"${text}" is neither "true" nor "false"`);
    return value;
  });
  return (facts) => wanted.includes(facts.lookup(key) === undefined);
}

function texts(value: ConditionValue, place: string): string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  if (values.length === 0) throw new PolicyError(place, "lists no value");
  return values.map((item) => {
    if (typeof item !== "string" && typeof item !== "number" && typeof item !== "boolean")
      throw new PolicyError(place, "expected a string, number or boolean, or a list of them");
    return String(item);
  });
}

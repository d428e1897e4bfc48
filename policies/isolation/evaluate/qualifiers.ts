import { UnsupportedError } from "../errors.ts";
import type { Facts } from "./facts.ts";
import type { ValueTest } from "./operators/operator.ts";

export type Qualifier = "ForAllValues" | "ForAnyValue";
type Holds = (key: string, facts: Facts, test: ValueTest) => boolean;

/**
 * How an operator meets a key that is absent, single or multivalued:
 *
 * | | absent | absent, `IfExists` | present |
 * |---|---|---|---|
 * | no qualifier, positive | false | true | the value matches |
 * | no qualifier, negated | true | true | the value matches none |
 * | `ForAllValues` | true | true | every value passes |
 * | `ForAnyValue` | false | true | some value passes |
 *
 * A qualifier takes a key whose values are all empty for absent ("a null data set, such as an empty string"). Only what
 * `ForAnyValue` with `IfExists` makes of such a key is not said, and so unsupported.
 * Without a qualifier a multivalued key is unsupported: AWS requires one and does not say what happens else.
 */
export function qualify(qualifier: Qualifier | undefined, negated: boolean, ifExists: boolean): Holds {
  switch (qualifier) {
    case undefined:
      return (key, facts, test) => {
        const value = facts.lookup(key);
        if (value === undefined) return ifExists || negated;
        if (typeof value !== "string")
          throw new UnsupportedError(
            `${key} has a list of values: its operator needs ForAllValues or ForAnyValue`,
          );
        return test(value, facts) !== negated;
      };
    case "ForAllValues":
      return (key, facts, test) => values(key, facts).every((value) => test(value, facts) !== negated);
    case "ForAnyValue":
      return (key, facts, test) => {
        const present = values(key, facts);
        if (present.length > 0) return present.some((value) => test(value, facts) !== negated);
        if (ifExists && facts.lookup(key) !== undefined)
          throw new UnsupportedError(
            `${key} is present but empty: ForAnyValue with IfExists may hold for it or not`,
          );
        return ifExists;
      };
  }
}

function values(key: string, facts: Facts): readonly string[] {
  const value = facts.lookup(key);
  if (value === undefined || value === "") return [];
  if (typeof value === "string") return [value];
  return value.every((item) => item === "") ? [] : value;
}

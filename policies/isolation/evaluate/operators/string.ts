import type { Facts } from "../facts.ts";
import { compileParts, type Part, parseParts, resolve } from "../variables.ts";
import type { Operator, OperatorTable } from "./operator.ts";

/** Case-sensitive unless the name says otherwise; only `Like` reads `*` and `?`. */
export const stringOperators: OperatorTable = {
  StringEquals: string({ wildcards: false }),
  StringNotEquals: string({ wildcards: false, negated: true }),
  StringEqualsIgnoreCase: ignoringCase(false),
  StringNotEqualsIgnoreCase: ignoringCase(true),
  StringLike: string({ wildcards: true }),
  StringNotLike: string({ wildcards: true, negated: true }),
};

function string({ wildcards, negated = false }: { wildcards: boolean; negated?: boolean }): Operator {
  return {
    negated,
    compile: ({ values, variables, place }) => {
      const tests = values.map((text) => compileParts(parseParts(text, { variables, wildcards }, place)));
      // A variable without a value matches nothing.
      return (value, facts) => tests.some((test) => test(value, facts) === true);
    },
  };
}

function ignoringCase(negated: boolean): Operator {
  return {
    negated,
    compile: ({ values, variables, place }) => {
      const tests = values.map((text) => lowered(parseParts(text, { variables, wildcards: false }, place)));
      return (value, facts) => {
        const lower = value.toLowerCase();
        return tests.some((test) => test(lower, facts));
      };
    },
  };
}

function lowered(parts: readonly Part[]): (lower: string, facts: Facts) => boolean {
  return (lower, facts) => {
    const tokens = resolve(parts, facts);
    return tokens !== undefined && tokens.map(String).join("").toLowerCase() === lower;
  };
}

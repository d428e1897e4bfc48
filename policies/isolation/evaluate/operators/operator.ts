import { PolicyError } from "../../errors.ts";
import type { Facts } from "../facts.ts";

/** Whether one value of the request matches any of the values that a statement lists. */
export type ValueTest = (value: string, facts: Facts) => boolean;

export interface Values {
  readonly values: readonly string[];
  /** Whether `${…}` is a variable in this document. */
  readonly variables: boolean;
  readonly place: string;
}

export interface Operator {
  /** A negated operator asks that no listed value matches, and holds when the key is absent. */
  readonly negated: boolean;
  /** Reads the statement's values once. Throws PolicyError for a value of the wrong form. */
  readonly compile: (values: Values) => ValueTest;
}

export type OperatorTable = Readonly<Record<string, Operator>>;

/** An operator over values of one type: each listed value and the request's value are parsed, then compared. */
export function typed<T>(
  parse: (text: string) => T | undefined,
  parseRequest: (text: string) => T,
  what: string,
  compare: (request: T, listed: T) => boolean,
  negated = false,
): Operator {
  return {
    negated,
    compile: ({ values, variables, place }) => {
      const listed = values.map((text) => {
        if (variables && text.includes("${"))
          throw new PolicyError(place, `policy variables are for string and ARN operators, found ${text}`);
        const value = parse(text);
        if (value === undefined) throw new PolicyError(place, `"${text}" is not ${what}`);
        return value;
      });
      return (text) => {
        const request = parseRequest(text);
        return listed.some((value) => compare(request, value));
      };
    },
  };
}

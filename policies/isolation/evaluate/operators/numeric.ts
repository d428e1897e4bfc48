import { UnsupportedError } from "../../errors.ts";
import { type Operator, type OperatorTable, typed } from "./operator.ts";

/** Integers and decimals. */
export const numericOperators: OperatorTable = {
  NumericEquals: numeric((request, listed) => request === listed),
  NumericNotEquals: numeric((request, listed) => request === listed, true),
  NumericLessThan: numeric((request, listed) => request < listed),
  NumericLessThanEquals: numeric((request, listed) => request <= listed),
  NumericGreaterThan: numeric((request, listed) => request > listed),
  NumericGreaterThanEquals: numeric((request, listed) => request >= listed),
};

function numeric(compare: (request: number, listed: number) => boolean, negated = false): Operator {
  return typed(parseNumber, requestNumber, "a number of at most 15 digits", compare, negated);
}

/** More than 15 digits would be rounded, and could then compare as equal. */
function parseNumber(text: string): number | undefined {
  const digits = text.replace(/[^0-9]/g, "").replace(/^0+/, "");
  return /^[+-]?\d+(\.\d+)?$/.test(text) && digits.length <= 15 ? Number(text) : undefined;
}

function requestNumber(text: string): number {
  const value = parseNumber(text);
  if (value === undefined)
    throw new UnsupportedError(`the request's "${text}" is not a number of at most 15 digits`);
  return value;
}

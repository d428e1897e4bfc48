import { UnsupportedError } from "../../errors.ts";
import { type OperatorTable, typed } from "./operator.ts";

export const boolOperators: OperatorTable = {
  Bool: typed(parseBool, requestBool, '"true" or "false"', (request, listed) => request === listed),
};

export function parseBool(text: string): boolean | undefined {
  return text === "true" ? true : text === "false" ? false : undefined;
}

function requestBool(text: string): boolean {
  const value = parseBool(text);
  if (value === undefined)
    throw new UnsupportedError(`the request's "${text}" is neither "true" nor "false"`);
  return value;
}

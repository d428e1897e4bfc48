import { UnsupportedError } from "../../errors.ts";
import { type OperatorTable, typed } from "./operator.ts";

/** Byte for byte, both sides in base64. */
export const binaryOperators: OperatorTable = {
  BinaryEquals: typed(parseBase64, requestBase64, "base64", (request, listed) => request === listed),
};

/** Base64 that is the only spelling of its bytes, so that equal text means equal bytes. */
function parseBase64(text: string): string | undefined {
  return Buffer.from(text, "base64").toString("base64") === text ? text : undefined;
}

function requestBase64(text: string): string {
  const value = parseBase64(text);
  if (value === undefined) throw new UnsupportedError(`the request's "${text}" is not base64`);
  return value;
}

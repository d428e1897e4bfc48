/** Bodies: JSON, and lines of JSON. */
import { parsingError } from "../search/errors.ts";
import { parseJson } from "../json.ts";

/** Undefined for an empty body. */
export function readJson(body: Buffer | string): unknown {
  if (body.length === 0) return undefined;
  try {
    return parseJson(body.toString());
  } catch {
    throw parsingError("the request's body, or a line of it, is not JSON");
  }
}

export const readLines = (body: Buffer): unknown[] =>
  body
    .toString("utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(readJson);

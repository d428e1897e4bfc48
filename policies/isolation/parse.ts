import { PolicyError } from "./errors.ts";
import { compile } from "./evaluate/compile.ts";
import { parseJson } from "./json.ts";
import type { PolicyDocument } from "./types.ts";

/**
 * Reads a policy document from JSON text or from a parsed object, and checks all of it.
 *
 * @throws PolicyError that names element and place for anything malformed or unknown.
 */
export function parsePolicy(document: string | object): PolicyDocument {
  const value: unknown = typeof document === "string" ? parseJson(document) : document;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new PolicyError("document", "expected an object");
  compile(value as PolicyDocument);
  return value as PolicyDocument;
}

/** Policy documents as deployed resources hold them: JSON in a string. */
import { LRUCache } from "lru-cache";
import type { NamedPolicy, PolicyDocument } from "../../policies/isolation/types.ts";

/** A policy that is attached but can't be read: it may hold a Deny, so nothing may be decided without it. */
export class UnreadablePolicy extends Error {
  override readonly name = "UnreadablePolicy";
}

/** Documents by their text: the evaluator compiles a document once and knows it again by identity. */
const documents = new LRUCache<string, PolicyDocument>({ max: 10_000 });

/** Reads a deployed policy document. @throws UnreadablePolicy if it is none. */
export function readPolicy(name: string, value: unknown): NamedPolicy {
  if (typeof value !== "string") throw new UnreadablePolicy(`${name} is not a JSON string`);
  const known = documents.get(value);
  if (known !== undefined) return { name, document: known };
  let document: unknown;
  try {
    document = JSON.parse(value);
  } catch {
    throw new UnreadablePolicy(`${name} is not JSON`);
  }
  if (typeof document !== "object" || document === null || !("Statement" in document)) {
    throw new UnreadablePolicy(`${name} has no Statement`);
  }
  documents.set(value, document as PolicyDocument);
  return { name, document: document as PolicyDocument };
}

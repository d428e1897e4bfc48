/** What is known of each resource type, read once from `local/data`. */
import { readFileSync } from "node:fs";

export type Kind = "string" | "number" | "boolean" | "list" | "map" | "object" | "asset";

/** Limits of one property; absent members don't limit. */
export interface Constraint {
  readonly required?: boolean;
  readonly pattern?: string;
  /** Characters. */
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly sizeIgnoresWhitespace?: boolean;
  /** UTF-8; of a map, all its keys and values together. */
  readonly maxBytes?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly enum?: readonly unknown[];
  /** A JSON document in a string. */
  readonly json?: boolean;
  /** Where the limit is stated. */
  readonly from: string;
}

export interface ResourceType {
  readonly token: string;
  readonly required: readonly string[];
  readonly inputs: Readonly<Record<string, Kind>>;
  /** What the provider computes. */
  readonly outputs: readonly string[];
  /** Template of the ARN: `{name}` is a property, `{region}` and `{account}` are the deployment's. */
  readonly arn?: string;
  /** By property path: `a.b`, `a[]` each item, `a{}` each value, `a{key}` each key. */
  readonly properties: Readonly<Record<string, Constraint>>;
  /** Paths whose change replaces the resource. */
  readonly replaceOn: readonly string[];
}

interface ConstraintFile {
  readonly types: Readonly<Record<string, Omit<ResourceType, "token" | "replaceOn">>>;
}
interface ReplaceFile {
  readonly types: Readonly<
    Record<string, { readonly replaceOn: readonly string[]; readonly uncertain?: object }>
  >;
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../data/${name}`, import.meta.url), "utf8"));

const constraints = read("aws-constraints.json") as ConstraintFile;
const additions = read("aws-additions.json") as ConstraintFile;
const replaceOn = read("aws-replace-on.json") as ReplaceFile;

const known = new Map<string, ResourceType>();
for (const file of [constraints, additions]) {
  for (const [token, type] of Object.entries(file.types)) {
    const replace = replaceOn.types[token];
    // A type of which it isn't known what replaces it can't be previewed truthfully.
    if (replace) known.set(token, { ...type, token, replaceOn: replace.replaceOn });
  }
}

export function resourceType(token: string): ResourceType | undefined {
  return known.get(token);
}

/** For people: why a type is refused, and what to do. */
export function unknownType(token: string): string {
  return (
    `the embedded account doesn't know resource type ${token}. To add it: put its arguments and limits into ` +
    `local/data/aws-additions.json and what replaces it into local/data/aws-replace-on.json; ` +
    `if it does more than exist, add its behaviour to local/provider/behaviours/`
  );
}

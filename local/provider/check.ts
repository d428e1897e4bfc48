/** Checks the inputs of a resource against the limits that AWS publishes. */
import { steps, find } from "./paths.ts";
import { isAbsent, isArchive, isAsset, isObject, isUnknown } from "./values.ts";
import type { Constraint, Kind, ResourceType } from "./catalogue.ts";
import type { Properties } from "./values.ts";

export interface Fault {
  /** Pulumi property path. */
  readonly property: string;
  readonly reason: string;
}

const KINDS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  list: Array.isArray,
  map: (value) => isObject(value) && !isAsset(value) && !isArchive(value),
  object: (value) => isObject(value) && !isAsset(value) && !isArchive(value),
  asset: (value) => isAsset(value) || isArchive(value),
};

/** Every fault at once. Unknown values are passed over: they are checked once they are known. */
export function faults(type: ResourceType, inputs: Properties): Fault[] {
  return [...argumentFaults(type, inputs), ...limitFaults(type, inputs)];
}

function* argumentFaults(type: ResourceType, inputs: Properties): Generator<Fault> {
  for (const [property, value] of Object.entries(inputs)) {
    if (property.startsWith("__") || isAbsent(value) || isUnknown(value)) continue;
    const kind = type.inputs[property];
    if (kind === undefined) yield { property, reason: `is not an argument of ${type.token}` };
    else if (!KINDS[kind](value)) yield { property, reason: `must be of kind ${kind}` };
  }
  for (const property of type.required)
    if (isAbsent(inputs[property])) yield { property, reason: "is required" };
}

function* limitFaults(type: ResourceType, inputs: Properties): Generator<Fault> {
  for (const [pattern, limits] of Object.entries(type.properties)) {
    for (const { path, value } of find(inputs, steps(pattern))) {
      const inside = path.includes(".") || path.includes("[");
      if (!isAbsent(value)) {
        for (const reason of broken(value, limits))
          yield { property: path, reason: `${reason} (${limits.from})` };
      } else if (limits.required && inside) {
        yield { property: path, reason: `is required (${limits.from})` };
      }
    }
  }
}

function broken(value: unknown, limits: Constraint): string[] {
  const reasons = [];
  if (limits.enum && !limits.enum.includes(value)) {
    const shown = limits.enum.slice(0, 8).map(String).join(", ");
    reasons.push(`must be one of ${shown}${limits.enum.length > 8 ? ", …" : ""}`);
  }
  if (typeof value === "string") reasons.push(...brokenText(value, limits));
  else if (typeof value === "number")
    reasons.push(...outside(value, "is", "", limits.minimum, limits.maximum));
  else if (Array.isArray(value) || isObject(value)) reasons.push(...brokenCollection(value, limits));
  return reasons;
}

function brokenText(value: string, limits: Constraint): string[] {
  const counted = limits.sizeIgnoresWhitespace ? value.replaceAll(/\s/g, "") : value;
  const reasons = outside(
    Array.from(counted).length,
    "has",
    "characters",
    limits.minLength,
    limits.maxLength,
  );
  reasons.push(...outside(Buffer.byteLength(value), "has", "bytes", undefined, limits.maxBytes));
  if (limits.pattern !== undefined && !regularExpression(limits.pattern).test(value))
    reasons.push(`does not match ${limits.pattern}`);
  if (limits.json) reasons.push(...brokenJson(value));
  return reasons;
}

function brokenJson(value: string): string[] {
  try {
    const document: unknown = JSON.parse(value);
    return typeof document === "object" && document !== null ? [] : ["is not a JSON document"];
  } catch (error) {
    // The parser's message quotes the text, which may be a secret: only the place is told.
    const place = /position \d+/.exec((error as Error).message)?.[0];
    return [place === undefined ? "is not JSON" : `is not JSON, at ${place}`];
  }
}

function brokenCollection(value: Properties | readonly unknown[], limits: Constraint): string[] {
  const entries = Object.entries(value);
  const reasons = outside(entries.length, "has", "entries", limits.minItems, limits.maxItems);
  if (!Array.isArray(value)) {
    const bytes = entries.reduce((sum, [key, item]) => sum + Buffer.byteLength(key + String(item)), 0);
    reasons.push(...outside(bytes, "has", "bytes together", undefined, limits.maxBytes));
  }
  return reasons;
}

function outside(n: number, verb: string, unit: string, minimum?: number, maximum?: number): string[] {
  const words = [verb, n, unit].filter((word) => word !== "").join(" ");
  if (minimum !== undefined && n < minimum) return [`${words}, at least ${minimum} allowed`];
  if (maximum !== undefined && n > maximum) return [`${words}, at most ${maximum} allowed`];
  return [];
}

const compiled = new Map<string, RegExp>();

function regularExpression(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known) return known;
  const expression = new RegExp(pattern, "u");
  compiled.set(pattern, expression);
  return expression;
}

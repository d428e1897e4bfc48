/** Policy documents of resources, checked as they are read. */
import { PolicyError } from "../../errors.ts";
import { parsePolicy } from "../../parse.ts";
import type { PlacedPolicy } from "../account.ts";
import { type ModelResource, Unknown, type Value } from "../resource.ts";
import type { Stack } from "./stack.ts";

/** The document in a property. What is unknown in it, or not understood, is a gap. */
export function policyOf(
  stack: Stack,
  resource: ModelResource,
  property: string,
  name: string,
): PlacedPolicy | undefined {
  return placed(stack, resource, resource.props[property], name);
}

export function placed(
  stack: Stack,
  resource: ModelResource,
  value: Value | undefined,
  name: string,
): PlacedPolicy | undefined {
  const { urn } = resource;
  if (value === undefined || value === null || value === "") return undefined;
  const unknown = firstUnknown(value);
  if (unknown !== undefined) {
    stack.gap(
      urn,
      unknown === value
        ? `${name} is not known before deployment, so what it allows is not: let it name no generated value`
        : `${name} holds a value that is not known before deployment (${unknown.path})`,
    );
    return undefined;
  }
  if (typeof value !== "string" && typeof value !== "object") {
    stack.gap(urn, `${name} is no policy document`);
    return undefined;
  }
  try {
    return { name, urn, document: parsePolicy(value) };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    stack.gap(urn, `${name} is not understood: ${error.message}`);
    return undefined;
  }
}

function firstUnknown(value: Value): Unknown | undefined {
  if (value instanceof Unknown) return value;
  if (typeof value !== "object" || value === null) return undefined;
  for (const each of Object.values(value) as readonly Value[]) {
    const found = firstUnknown(each);
    if (found !== undefined) return found;
  }
  return undefined;
}

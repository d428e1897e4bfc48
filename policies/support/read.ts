import type { PolicyResource } from "@pulumi/policy";

/** What is known of a property. An absent property is known and undefined. */
export type Reading<T = unknown> = { readonly known: true; readonly value: T } | { readonly known: false };

const UNKNOWN = { known: false } as const;

/** A property's value, by path, as plain data; unknown if any part of it is known only after deployment. */
export function read(resource: PolicyResource, ...path: readonly string[]): Reading {
  return guarded(() => {
    const value = at(resource, path);
    // A part that is unknown throws when it is touched: touch all of it here.
    return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
  });
}

/** The names in an object property, by path. Names are known although some of the values may not be. */
export function readKeys(resource: PolicyResource, ...path: readonly string[]): Reading<readonly string[]> {
  return guarded(() => {
    const value = at(resource, path);
    return typeof value === "object" && value !== null ? Object.keys(value) : [];
  });
}

function at(resource: PolicyResource, path: readonly string[]): unknown {
  let value: unknown = resource.props;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

function guarded<T>(get: () => T): Reading<T> {
  try {
    return { known: true, value: get() };
  } catch (error) {
    if (error instanceof Error && isUnknownValue(error)) return UNKNOWN;
    throw error;
  }
}

/** The SDK throws an error of a class that it does not export, for a value that is unknown at preview. */
function isUnknownValue(error: Error): boolean {
  return "unknownTypeSentinel" in error;
}

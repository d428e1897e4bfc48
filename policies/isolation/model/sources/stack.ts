/** A policy pack's stack: what the engine is about to make, or has made. */
import { type ModelResource, Unknown, type Value } from "../resource.ts";
import { nameOf, valueOf } from "./values.ts";

/** What is read of `@pulumi/policy`'s PolicyResource. */
export interface StackResource {
  readonly urn: string;
  readonly type: string;
  readonly props: Readonly<Record<string, unknown>>;
  readonly parent?: { readonly urn: string };
  readonly propertyDependencies?: Readonly<Record<string, readonly { readonly urn: string }[]>>;
}

export function fromStack(resources: readonly StackResource[]): readonly ModelResource[] {
  return resources.map((resource) => {
    const { urn, type, parent } = resource;
    return {
      urn,
      type,
      name: nameOf(urn),
      ...(parent === undefined ? {} : { parent: parent.urn }),
      props: plain(resource.props, urn, "") as Readonly<Record<string, Value>>,
      references: Object.fromEntries(
        Object.entries(resource.propertyDependencies ?? {}).map(([property, others]) => [
          property,
          others.map((other) => other.urn),
        ]),
      ),
    };
  });
}

/** The engine's values stand behind proxies, which throw when something is touched that is not known. */
function plain(value: unknown, urn: string, path: string): Value {
  if (typeof value !== "object" || value === null) return valueOf(value, urn, path);
  try {
    if (Array.isArray(value))
      return Array.from({ length: value.length }, (_, index) =>
        touched(() => value[index] as unknown, urn, `${path}[${index}]`),
      );
    const fields = Object.fromEntries(
      Object.keys(value).map((name) => [
        name,
        touched(() => (value as Record<string, unknown>)[name], urn, path === "" ? name : `${path}.${name}`),
      ]),
    );
    // A secret is wrapped as in a state.
    return valueOf(fields, urn, path);
  } catch (error) {
    return unknownFor(error, urn, path);
  }
}

function touched(read: () => unknown, urn: string, path: string): Value {
  let value: unknown;
  try {
    value = read();
  } catch (error) {
    return unknownFor(error, urn, path);
  }
  return plain(value, urn, path);
}

/** The SDK throws an error of a class that it does not export. */
function unknownFor(error: unknown, urn: string, path: string): Unknown {
  if (error instanceof Error && "unknownTypeSentinel" in error) return new Unknown(urn, path);
  throw error;
}

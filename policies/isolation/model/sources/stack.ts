/** A policy pack's stack: what the engine is about to make, or has made. */
import type { ModelResource, Value } from "../resource.ts";
import { nameOf, propertiesOf } from "./values.ts";

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
      props: plain(resource.props, urn),
      references: Object.fromEntries(
        Object.entries(resource.propertyDependencies ?? {}).map(([property, others]) => [
          property,
          others.map((other) => other.urn),
        ]),
      ),
    };
  });
}

/** What the SDK's proxies give themselves up by. */
const TARGET = "__getSpecialProxyTarget";

/**
 * The engine's values stand behind proxies, which throw when something is touched that is not known. An error for each costs more than
 * all else that is read: what stands behind them says the same by the engine's own marks.
 */
function plain(value: StackResource["props"], urn: string): Readonly<Record<string, Value>> {
  const behind = value[TARGET];
  return propertiesOf(typeof behind === "object" ? (behind as StackResource["props"]) : value, urn);
}

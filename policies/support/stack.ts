import type { PolicyResource } from "@pulumi/policy";
import { read } from "./read.ts";

/** What belongs to a resource, and whether there may be more that is not known to. */
export interface Satellites {
  readonly own: readonly PolicyResource[];
  /** One of the kind refers to something that is not known before deployment, and to no resource of the stack. */
  readonly unsure: boolean;
}

/** A stack's resources, by what rules ask for. Every index is made at its first use, in one pass. */
export class Stack {
  readonly resources: readonly PolicyResource[];
  readonly #byType: ReadonlyMap<string, readonly PolicyResource[]>;
  readonly #satellites = new Map<string, SatelliteIndex>();

  /** The same one for the same list: rules of a pack share its indexes. */
  static of(resources: readonly PolicyResource[]): Stack {
    let stack = stacks.get(resources);
    if (stack === undefined) stacks.set(resources, (stack = new Stack(resources)));
    return stack;
  }

  constructor(resources: readonly PolicyResource[]) {
    this.resources = resources;
    this.#byType = Map.groupBy(resources, ({ type }) => type);
  }

  /** The stack's name, which is the environment's: every URN holds it. */
  get name(): string {
    return this.resources[0]?.urn.split("::")[0]?.replace(/^urn:pulumi:/, "") ?? "";
  }

  /** Resources of any of some types, in the order in which they were registered within each. */
  of(types: readonly string[]): readonly PolicyResource[] {
    return types.flatMap((type) => this.#byType.get(type) ?? []);
  }

  /**
   * Resources of a kind that name another one in a property: the policy of a bucket. They name it by a value (a name, an id, an ARN)
   * where that is known, and by a reference where it is not yet.
   * @param values what the resource may be called by, as far as known
   */
  satellites(
    of: PolicyResource,
    types: readonly string[],
    property: string,
    values: readonly unknown[],
  ): Satellites {
    const key = `${types.join()} ${property}`;
    let index = this.#satellites.get(key);
    if (index === undefined) {
      index = indexOf(this.of(types), property);
      this.#satellites.set(key, index);
    }
    const { byValue, byReference, unsure } = index;
    const named = values.flatMap((value) => byValue.get(value) ?? []);
    return { own: [...new Set([...named, ...(byReference.get(of.urn) ?? [])])], unsure };
  }
}

const stacks = new WeakMap<readonly PolicyResource[], Stack>();

interface SatelliteIndex {
  readonly byValue: Map<unknown, PolicyResource[]>;
  readonly byReference: Map<string, PolicyResource[]>;
  readonly unsure: boolean;
}

function indexOf(resources: readonly PolicyResource[], property: string): SatelliteIndex {
  const byValue = new Map<unknown, PolicyResource[]>();
  const byReference = new Map<string, PolicyResource[]>();
  let unsure = false;
  const add = <K>(map: Map<K, PolicyResource[]>, key: K, resource: PolicyResource): void => {
    const listed = map.get(key);
    if (listed) listed.push(resource);
    else map.set(key, [resource]);
  };
  for (const resource of resources) {
    const target = read(resource, property);
    if (target.known) add(byValue, target.value, resource);
    else {
      const references = resource.propertyDependencies[property] ?? [];
      for (const { urn } of references) add(byReference, urn, resource);
      unsure ||= references.length === 0;
    }
  }
  return { byValue, byReference, unsure };
}

/** All resources of a stack, by type and URN, with what readers ask of them. */
import type { Gap, ModelResource, Value } from "../resource.ts";
import { Unknown } from "../resource.ts";
import type { Where } from "../account.ts";

export class Stack {
  readonly all: readonly ModelResource[];
  readonly where: Where;
  readonly gaps: Gap[] = [];
  readonly #byType = new Map<string, ModelResource[]>();
  readonly #byUrn: ReadonlyMap<string, ModelResource>;
  readonly #owners = new Map<string, string | undefined>();

  constructor(all: readonly ModelResource[], where: Where) {
    this.all = all;
    this.where = where;
    for (const resource of all) {
      const same = this.#byType.get(resource.type);
      if (same) same.push(resource);
      else this.#byType.set(resource.type, [resource]);
    }
    this.#byUrn = new Map(all.map((resource) => [resource.urn, resource]));
  }

  of(...types: readonly string[]): readonly ModelResource[] {
    return types.length === 1
      ? (this.#byType.get(types[0] ?? "") ?? NONE)
      : types.flatMap((type) => this.#byType.get(type) ?? []);
  }

  find(urn: string): ModelResource | undefined {
    return this.#byUrn.get(urn);
  }

  gap(urn: string, what: string): void {
    this.gaps.push({ urn, what });
  }

  /** A text; a gap where it is missing or not known. */
  text(resource: ModelResource, property: string): string | undefined {
    const value = resource.props[property];
    if (typeof value === "string") return value;
    const state = value instanceof Unknown ? "is not known before deployment" : "is not a text";
    this.gap(resource.urn, `${property} ${state}`);
    return undefined;
  }

  /** A text if there is one that is known. */
  known(resource: ModelResource, property: string): string | undefined {
    const value = resource.props[property];
    return typeof value === "string" && value !== "" ? value : undefined;
  }

  /**
   * The resource that a property names: by a value that one of them is known by, else by the reference that the value comes
   * from. What names none is a gap.
   */
  target(
    resource: ModelResource,
    property: string,
    among: ReadonlyMap<string, ModelResource>,
    types: readonly string[],
  ): ModelResource | undefined {
    const value = resource.props[property];
    if (typeof value === "string") return among.get(value);
    const referenced = [...new Set(resource.references[property] ?? [])].flatMap((urn) => {
      const found = this.find(urn);
      return found && types.includes(found.type) ? [found] : [];
    });
    if (referenced.length === 1) return referenced[0];
    this.gap(resource.urn, `${property} is not known, nor which resource it names`);
    return undefined;
  }

  /** The same for a policy or another addition to a resource: one that is put on nothing of this stack decides what is not seen here. */
  onto(
    addition: ModelResource,
    property: string,
    among: ReadonlyMap<string, ModelResource>,
    types: readonly string[],
    what: string,
  ): ModelResource | undefined {
    const found = this.target(addition, property, among, types);
    if (found === undefined) this.gap(addition.urn, `names no ${what} of this stack`);
    return found;
  }

  /** Tags as they are in force: those of the resource over those that the provider gives all. */
  tags(resource: ModelResource): Readonly<Record<string, string>> {
    const out: Record<string, string> = {};
    for (const property of ["tagsAll", "tags"]) {
      const value = resource.props[property];
      if (value === undefined || value === null) continue;
      if (value instanceof Unknown || typeof value !== "object" || Array.isArray(value)) {
        // Computed from `tags`, which are read by themselves.
        if (property === "tags") this.gap(resource.urn, "its tags are not known before deployment");
        continue;
      }
      for (const [key, tag] of Object.entries(value as Readonly<Record<string, Value>>)) {
        if (typeof tag === "string") out[key] = tag;
        else if (property === "tags")
          this.gap(resource.urn, `the value of its tag ${key} is not known before deployment`);
      }
    }
    return out;
  }

  /**
   * Whose a resource is: its parent's. Its tag and its physical name must say the same, where they say anything; otherwise it
   * is nobody's, which is a gap.
   */
  owner(resource: ModelResource, physical?: string): string | undefined {
    const parent = this.#tenantAbove(resource);
    const tags = Object.entries(this.tags(resource)).filter(([key]) => key.toLowerCase() === TENANT_TAG);
    for (const [key, value] of tags) {
      if (value === parent && key === TENANT_TAG) continue;
      const whose = parent === undefined ? "the platform's" : `${parent}'s`;
      this.gap(
        resource.urn,
        `is tagged ${key}=${value}, and is ${whose} by the component that it belongs to: whose it is, is not clear`,
      );
    }
    const named = physical === undefined ? undefined : this.#tenantNamed(physical);
    if (named !== undefined && named !== parent)
      this.gap(
        resource.urn,
        `is named ${physical ?? ""}, which is a name of ${named || "the platform"}'s, and belongs to ${parent ?? "the platform"}`,
      );
    return parent;
  }

  #tenantAbove(resource: ModelResource): string | undefined {
    const known = this.#owners.get(resource.urn);
    if (known !== undefined || this.#owners.has(resource.urn)) return known;
    const parent = resource.parent === undefined ? undefined : this.find(resource.parent);
    const owner =
      resource.type === TENANT ? resource.name : parent === undefined ? undefined : this.#tenantAbove(parent);
    this.#owners.set(resource.urn, owner);
    return owner;
  }

  /** The id that a name of the naming contract ends with; undefined for other names. */
  #tenantNamed(name: string): string | undefined {
    const { environment, account } = this.where;
    for (const prefix of [
      `bulkhead-${environment}-${account}-`,
      `bulkhead.${environment}.data.`,
      `bulkhead.${environment}.ingest.`,
      `bulkhead.${environment}.erase.`,
      `bulkhead.${environment}.kb.`,
      `alias/bulkhead/${environment}/`,
    ])
      if (name.startsWith(prefix)) {
        const id = name.slice(prefix.length);
        return TENANT_ID.test(id) ? id : undefined;
      }
    return undefined;
  }
}

const NONE: readonly ModelResource[] = [];

export const TENANT = "bulkhead:tenants:Tenant";
export const TENANT_TAG = "tenant_id";
export const TENANT_ID = /^(?=.{3,20}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** A name for what is not known: the same for the same resource, and no other's. No character of it means anything in a policy. */
export function symbol(urn: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const character of urn)
    hash = BigInt.asUintN(64, (hash ^ BigInt(character.codePointAt(0) ?? 0)) * 0x100000001b3n);
  const name = urn.slice(urn.lastIndexOf("::") + 2).replace(/[^A-Za-z0-9-]/g, "-");
  return `unknown-${name}-${hash.toString(16)}`;
}

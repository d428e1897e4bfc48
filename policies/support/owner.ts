import type { PolicyResource } from "@pulumi/policy";
import { read, readKeys } from "./read.ts";

/** A tenant's id: the grammar of the design, known here by itself. */
export const TENANT_ID = /^(?=.{3,20}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
export const TENANT_TAG = "tenant_id";
const COMPONENT = "bulkhead:tenants:Tenant";
/** Roles of a tenant, by their names' contract. */
const ROLE = /^bulkhead\.[a-z0-9]+\.(?:data|ingest|kb|erase)\.(?<id>[a-z0-9-]+)$/;

/** The tag that says whose a resource is. Tag keys are compared without case wherever policies read them. */
export type TenantTag =
  | { readonly kind: "none" }
  | { readonly kind: "one"; readonly key: string; readonly id: string }
  | { readonly kind: "unproven"; readonly why: string };

export function tagOf(resource: PolicyResource): TenantTag {
  const keys = readKeys(resource, "tags");
  if (!keys.known) return { kind: "unproven", why: "its tags are not known before deployment" };
  const [key, ...more] = keys.value.filter((name) => name.toLowerCase() === TENANT_TAG);
  if (key === undefined) return { kind: "none" };
  if (more.length > 0)
    return { kind: "unproven", why: `it has the tag ${TENANT_TAG} ${more.length + 1} times` };
  const value = read(resource, "tags", key);
  if (!value.known) return { kind: "unproven", why: `its tag ${key} is not known before deployment` };
  if (typeof value.value !== "string" || !TENANT_ID.test(value.value))
    return { kind: "unproven", why: `its tag ${key} is no tenant's id: ${JSON.stringify(value.value)}` };
  return { kind: "one", key, id: value.value };
}

/** The tenant in whose component a resource stands. */
export function componentOf(resource: PolicyResource): string | undefined {
  for (let at: PolicyResource | undefined = resource; at; at = at.parent)
    if (at.type === COMPONENT) return at.name;
  return undefined;
}

/** The tenant whose role it is by its name. */
export function namedFor(resource: PolicyResource): string | undefined {
  if (resource.type !== "aws:iam/role:Role") return undefined;
  const name = read(resource, "name");
  const id = name.known && typeof name.value === "string" ? ROLE.exec(name.value)?.groups?.["id"] : undefined;
  return id !== undefined && TENANT_ID.test(id) ? id : undefined;
}

/** Whose a resource is: by the component that it stands in, by its name, by its tag. */
export function ownerOf(resource: PolicyResource): string | undefined {
  const tag = tagOf(resource);
  return componentOf(resource) ?? namedFor(resource) ?? (tag.kind === "one" ? tag.id : undefined);
}

import type { RegistryItem } from "../runtime/contract/registry.ts";
import type { TenantSpec } from "./schema.ts";

/** The tenant's registry item in DynamoDB's JSON. */
export function registryItem(
  spec: TenantSpec,
  bucket: string,
  store: RegistryItem["store"],
  chatProfileArn: string,
  identity: Pick<RegistryItem, "identity_provider" | "clients" | "usage_key" | "claims_secret">,
): string {
  const item: RegistryItem = {
    tenant_id: spec.id,
    record: "tenant",
    name: spec.name,
    status: spec.status,
    tier: spec.tier,
    plan: spec.plan,
    groups: spec.groups,
    bucket,
    store,
    chat_profile: chatProfileArn,
    ...identity,
  };
  return dynamoDbJson(item);
}

/** An item in DynamoDB's own JSON. */
export function dynamoDbJson(item: object): string {
  return JSON.stringify((toAttribute(item) as { M: object }).M);
}

/** DynamoDB's own JSON for the few types that an item has. */
function toAttribute(value: unknown): object {
  if (typeof value === "string") return { S: value };
  if (Array.isArray(value)) return { L: value.map(toAttribute) };
  if (typeof value === "object" && value !== null) {
    return {
      M: Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toAttribute(member)])),
    };
  }
  throw new TypeError(`an item has no ${typeof value}`);
}

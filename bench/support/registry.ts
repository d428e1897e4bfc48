import type { RegistryItem } from "../../runtime/contract/registry.ts";
import { poolAlias, SILO_INDEX } from "../../runtime/contract/names.ts";

/** A tenant's registry item as DynamoDB's GetItem answers it. @param endpoint of its store */
export function registryAnswer(tenant: string, tier: "silo" | "pool", endpoint: string): string {
  const store: RegistryItem["store"] =
    tier === "silo"
      ? {
          kind: "silo",
          endpoint,
          index: SILO_INDEX,
          knowledgeBaseId: "KB00000001",
          dataSourceId: "DS00000001",
        }
      : { kind: "pool", endpoint, index: poolAlias(tenant) };
  const item: RegistryItem = {
    tenant_id: tenant,
    record: "tenant",
    name: `${tenant} Insurance`,
    status: "active",
    tier,
    plan: "standard",
    groups: ["regular", "platinum"],
    bucket: `bulkhead-bench-111122223333-${tenant}`,
    chat_profile: `arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/${tenant}`,
    store,
  };
  return JSON.stringify({ Item: attributes(item) });
}

function attributes(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, attribute(each)]));
}

function attribute(value: unknown): unknown {
  if (Array.isArray(value)) return { L: value.map(attribute) };
  return typeof value === "object" && value !== null ? { M: attributes(value) } : { S: String(value) };
}

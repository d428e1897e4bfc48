import type { BrokerGrant, BrokerResponse } from "../../../runtime/contract/api.ts";
import type { RegistryItem } from "../../../runtime/contract/registry.ts";

/** A broker's grant for a tenant; `seconds` from now until it ends. */
export function grant(
  tenantId: string,
  { sub = "sub-1", groups = ["regular"] as readonly string[], seconds = 900 } = {},
): BrokerGrant {
  const expires = new Date(Date.now() + seconds * 1000).toISOString();
  return {
    tenant: { id: tenantId, budget: { questions: 1000, tokens: 10_000_000 } },
    user: { sub, username: `user-of-${tenantId}`, issuer: "https://issuer.example", groups },
    credentials: {
      accessKeyId: `key-${tenantId}`,
      secretAccessKey: "secret",
      sessionToken: "session",
      expiration: expires,
    },
    expires,
  };
}

export function granted(...args: Parameters<typeof grant>): BrokerResponse {
  return { granted: true, grant: grant(...args) };
}

export function registryItem(tenantId: string, changes: Partial<RegistryItem> = {}): RegistryItem {
  return {
    tenant_id: tenantId,
    record: "tenant",
    name: `${tenantId} Insurance`,
    status: "active",
    tier: "silo",
    plan: "standard",
    groups: ["regular", "platinum"],
    bucket: `bulkhead-test-111122223333-${tenantId}`,
    chat_profile: `arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/${tenantId}`,
    store: {
      kind: "silo",
      endpoint: `https://${tenantId}.us-east-1.aoss.amazonaws.com`,
      index: "kb",
      knowledgeBaseId: "KB1",
      dataSourceId: "DS1",
    },
    ...changes,
  };
}

/** A pool tenant's registry item. */
export function poolItem(tenantId: string, changes: Partial<RegistryItem> = {}): RegistryItem {
  return registryItem(tenantId, {
    tier: "pool",
    store: {
      kind: "pool",
      endpoint: "https://vpc-domain.us-east-1.es.amazonaws.com",
      index: `kb.${tenantId}`,
    },
    ...changes,
  });
}

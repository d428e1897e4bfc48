import type { Client } from "@opensearch-project/opensearch";
import { z } from "zod";

import type { DomainItem } from "../contract/registry.ts";
import { PLATFORM_PARTITION } from "../contract/registry.ts";
import type { AwsCredentials } from "../shared/aws-credentials.ts";
import type { GetItem } from "../shared/dynamodb.ts";
import type { Wait } from "../shared/wait.ts";
import { waitFor } from "../shared/wait.ts";

export interface DomainParts {
  /** The `https://` address of the domain of this name; undefined if there is none. */
  readonly find: (name: string) => Promise<string | undefined>;
  readonly connect: (endpoint: string) => Client;
  /** For the domain to answer, and its policies to act. */
  readonly wait: Wait;
}

/** Runs something with a client of the named domain. @throws Error if there is no such domain in time */
export async function onDomain<T>(
  parts: DomainParts,
  name: string,
  run: (client: Client) => Promise<T>,
): Promise<T> {
  const { endpoint } = await waitFor(`domain ${name}`, parts.wait, async () => {
    const found = await parts.find(name);
    return found === undefined ? `there is no domain named "${name}"` : { endpoint: found };
  });
  return connected(parts, endpoint, run);
}

/** The same for a deletion: a domain that is gone has taken everything with it. */
export async function onRemainingDomain(
  parts: DomainParts,
  name: string,
  run: (client: Client) => Promise<void>,
): Promise<void> {
  const endpoint = await parts.find(name);
  if (endpoint !== undefined) await connected(parts, endpoint, run);
}

async function connected<T>({ connect }: DomainParts, endpoint: string, run: (client: Client) => Promise<T>) {
  const client = connect(endpoint);
  try {
    return await run(client);
  } finally {
    await client.close();
  }
}

const domainItem: z.ZodType<Pick<DomainItem, "name" | "endpoint">> = z.object({
  name: z.string(),
  endpoint: z.url(),
});

/** Finds the shared domain by its item in the registry, which is there while the domain is. */
export function domainByRegistry(
  getItem: GetItem,
  table: string,
  credentials: AwsCredentials,
): DomainParts["find"] {
  const key = { tenant_id: PLATFORM_PARTITION, record: "domain" } satisfies Partial<DomainItem>;
  return async (name) => {
    const item = await getItem(credentials, table, key);
    if (item === undefined) return undefined;
    const domain = domainItem.parse(item);
    return domain.name === name ? domain.endpoint : undefined;
  };
}

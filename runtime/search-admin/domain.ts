import type { OpenSearchClient } from "@aws-sdk/client-opensearch";
import { DescribeDomainCommand, ResourceNotFoundException } from "@aws-sdk/client-opensearch";
import type { Client } from "@opensearch-project/opensearch";

import { originOf } from "../shared/endpoints.ts";
import type { Wait } from "../shared/wait.ts";
import { waitFor } from "../shared/wait.ts";

export interface DomainParts {
  readonly domains: Pick<OpenSearchClient, "send">;
  readonly connect: (endpoint: string) => Client;
  /** For the domain to answer, and its policies to act. */
  readonly wait: Wait;
}

/** Runs something with a client of the named domain. @throws Error if there is no such domain, or it has no endpoint in time */
export async function onDomain<T>(
  parts: DomainParts,
  name: string,
  run: (client: Client) => Promise<T>,
): Promise<T> {
  const { endpoint } = await waitFor(`domain ${name}`, parts.wait, async () => {
    const found = await find(parts, name);
    if (!found) throw new Error(`there is no domain named "${name}"`);
    return found.endpoint === undefined ? "it has no endpoint yet" : { endpoint: found.endpoint };
  });
  return connected(parts, endpoint, run);
}

/** The same for a deletion: a domain that is gone has taken everything with it. */
export async function onRemainingDomain(
  parts: DomainParts,
  name: string,
  run: (client: Client) => Promise<void>,
): Promise<void> {
  const found = await find(parts, name);
  if (!found || found.deleted) return;
  await onDomain(parts, name, run);
}

async function connected<T>({ connect }: DomainParts, endpoint: string, run: (client: Client) => Promise<T>) {
  const client = connect(originOf(endpoint));
  try {
    return await run(client);
  } finally {
    await client.close();
  }
}

async function find({ domains }: DomainParts, name: string) {
  try {
    const { DomainStatus: status } = await domains.send(new DescribeDomainCommand({ DomainName: name }));
    if (!status) return undefined;
    return { endpoint: status.Endpoint ?? status.Endpoints?.["vpc"], deleted: status.Deleted === true };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

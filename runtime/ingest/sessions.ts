import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { S3Client } from "@aws-sdk/client-s3";
import pLimit from "p-limit";

import type { AssumeTenantRole } from "../shared/assume-role.ts";
import { clientSettings } from "../shared/aws-clients.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import type { EmbeddingSettings } from "../shared/embedding.ts";
import { createEmbed } from "../shared/embedding.ts";
import type { Env } from "../shared/environment.ts";
import { searchClient } from "../shared/opensearch.ts";
import type { GetItem } from "../shared/dynamodb.ts";
import { readItem } from "../shared/registry.ts";
import { CHUNK_LENGTH, CHUNK_OVERLAP } from "./chunks.ts";
import { createDocumentIndex } from "./document-index.ts";
import type { Subject } from "./event.ts";
import { createObjects } from "./objects.ts";
import type { ReconcileParts } from "./reconcile.ts";

/** What ingests one tenant's documents, or why its events are refused. */
export type OpenTenant = (
  subject: Pick<Subject, "tenantId" | "bucket">,
  signal: AbortSignal,
) => Promise<TenantParts | { readonly refused: string }>;

export interface TenantParts extends ReconcileParts {
  readonly close: () => Promise<void>;
}

export interface SessionSettings extends EmbeddingSettings {
  readonly registryTable: string;
}

/** STS's least. Sessions are not kept: what is decided about a tenant is decided anew for each event. */
const SESSION_SECONDS = 900;
const CONCURRENT_EMBEDDINGS = 8;

/**
 * Opens a tenant with credentials of its ingest role, which everything is done with: reading the registry, objects, model, index. The
 * bucket's name alone does not make an event a tenant's: the registry has to name the same bucket, and the pool. A suspended
 * tenant's documents are ingested too: its data are kept, and a removal that was skipped would leave passages behind.
 */
export function createOpenTenant(
  env: Env,
  region: string,
  settings: SessionSettings,
  assume: AssumeTenantRole,
  getItem: GetItem,
): OpenTenant {
  const embed = createEmbed(settings, DEPENDENCIES.ingestModel);
  const { embeddingModelId, embeddingDimensions } = settings;
  const pipeline = [embeddingModelId, embeddingDimensions, CHUNK_LENGTH, CHUNK_OVERLAP].join("/");
  return async ({ tenantId, bucket }, signal) => {
    const credentials = await assume({
      tenantId,
      sessionName: `${tenantId}.ingest`,
      sourceIdentity: "ingest",
      seconds: SESSION_SECONDS,
    });
    const item = await readItem(getItem, settings.registryTable, credentials, tenantId);
    if (!item) return { refused: "the tenant is not registered" };
    if (item.store.kind !== "pool") return { refused: "the tenant is not in the pool" };
    if (item.bucket !== bucket) return { refused: "the bucket is not the tenant's" };

    const models = new BedrockRuntimeClient(
      clientSettings(env, region, credentials, DEPENDENCIES.ingestModel),
    );
    const objects = new S3Client(clientSettings(env, region, credentials, DEPENDENCIES.ingestBucket));
    const { endpoint, index: alias } = item.store;
    const domain = { service: "es", endpoint } as const;
    const search = searchClient(env, region, domain, credentials, DEPENDENCIES.ingestIndex);
    const limit = pLimit(CONCURRENT_EMBEDDINGS);
    return {
      tenantId,
      bucket,
      pipeline,
      objects: createObjects(objects, bucket, signal),
      index: createDocumentIndex(search, alias, tenantId, signal),
      embed: (texts) => Promise.all(texts.map((text) => limit(() => embed(models, text, signal)))),
      close: () => search.close(),
    };
  };
}

import { setTimeout as sleep } from "node:timers/promises";

import { BatchGetCollectionCommand } from "@aws-sdk/client-opensearchserverless";
import type { OpenSearchServerlessClient } from "@aws-sdk/client-opensearchserverless";
import type { Client } from "@opensearch-project/opensearch";
import { z } from "zod";

import type { CollectionIndexInput } from "../contract/admin-payloads.ts";
import { CHUNK_FIELDS, TENANT_TAG } from "../contract/names.ts";
import type { AdminKind } from "../shared/admin.ts";
import { GROUPS_FIELD, SOURCE_URI_FIELD } from "../shared/store.ts";
import { attempt, isTransient } from "./attempt.ts";
import type { Wait } from "../shared/wait.ts";
import { waitFor } from "../shared/wait.ts";

type Body = CollectionIndexInput["body"];

export interface CollectionIndexParts {
  readonly collections: Pick<OpenSearchServerlessClient, "send">;
  readonly connect: (endpoint: string) => Client;
  /** For the collection's policies to take effect: tens of seconds on AWS, in which it answers 403. */
  readonly policies: Wait;
  /** From an index's creation until a knowledge base can be made on it. */
  readonly settleSeconds: number;
}

const body: z.ZodType<Body> = z.strictObject({
  collection: z.string().regex(/^[a-z][a-z0-9-]{2,31}$/),
  index: z.string().regex(/^[a-z][a-z0-9.-]{0,62}$/),
  dimensions: z.int().min(1).max(16_000),
});

/** The vector index of a collection, as Bedrock's knowledge bases need it (faiss, HNSW, l2). */
export function collectionIndex(parts: CollectionIndexParts): AdminKind<Body> {
  return {
    parse: (input) => body.parse(input),
    apply: async (_name, { collection, index, dimensions }) => {
      const endpoint = await waitFor(`collection ${collection}`, parts.policies, async () => {
        const found = await find(parts, collection);
        if (found?.status === "FAILED") throw new Error(`collection ${collection} has failed`);
        return found?.status === "ACTIVE" && found.endpoint !== undefined
          ? { endpoint: found.endpoint }
          : `its status is ${found?.status ?? "not known: there is no such collection"}`;
      });
      const client = parts.connect(endpoint.endpoint);
      try {
        const created = await waitFor(`index ${index} of ${collection}`, parts.policies, () =>
          ensure(client, index, dimensions),
        );
        if (created.created) await sleep(parts.settleSeconds * 1000);
        return { endpoint: endpoint.endpoint, index, dimensions };
      } finally {
        await client.close();
      }
    },
    remove: async (_name, { collection, index }) => {
      const found = await find(parts, collection);
      if (found?.endpoint === undefined) return;
      const client = parts.connect(found.endpoint);
      try {
        await waitFor(`deletion of index ${index} of ${collection}`, parts.policies, async () => {
          const answer = await attempt(() => client.indices.delete({ index }));
          const left = await attempt(() => client.indices.getMapping({ index }));
          if (left.status === 404) return { gone: true };
          return left.status === 200 ? `it is still there (HTTP ${answer.status})` : `HTTP ${left.status}`;
        });
      } finally {
        await client.close();
      }
    },
  };
}

async function find({ collections }: CollectionIndexParts, name: string) {
  const { collectionDetails } = await collections.send(new BatchGetCollectionCommand({ names: [name] }));
  const detail = collectionDetails?.find((candidate) => candidate.name === name);
  return detail && { status: detail.status, endpoint: detail.collectionEndpoint };
}

/** Creates the index unless it is there, and verifies its dimensions; text: why not yet. */
async function ensure(client: Client, index: string, dimensions: number) {
  const existing = await attempt(() => client.indices.getMapping({ index }));
  if (existing.status === 200) {
    verifyDimensions(existing.body, index, dimensions);
    return { created: false };
  }
  if (existing.status === 403) return "access is refused (policies can take minutes to act)";
  const created = await attempt(() =>
    client.indices.create({ index, body: definition(dimensions) as object }),
  );
  if (created.status !== 200 && !isTransient(created))
    throw new Error(`index ${index} could not be created: HTTP ${created.status} ${created.reason}`);
  const verified = await attempt(() => client.indices.getMapping({ index }));
  if (verified.status !== 200) return `HTTP ${created.status} on creation, then ${verified.status}`;
  verifyDimensions(verified.body, index, dimensions);
  return { created: true };
}

/** @throws Error if an index has other dimensions than it should */
export function verifyDimensions(mapping: unknown, index: string, dimensions: number): void {
  const properties = (mapping as Record<string, { mappings?: { properties?: Record<string, unknown> } }>)[
    index
  ];
  const vector = properties?.mappings?.properties?.[CHUNK_FIELDS.vector] as
    { dimension?: number } | undefined;
  if (vector?.dimension !== dimensions)
    throw new Error(
      `index ${index} has ${vector?.dimension ?? "no"} dimensions, not ${dimensions}, and an index can't change them: ` +
        "delete it or choose a new index name",
    );
}

/** The index's settings and mapping; fields beyond these come from documents' metadata. */
export function definition(dimension: number) {
  const keyword = { type: "keyword" };
  return {
    settings: { index: { knn: true } },
    mappings: {
      properties: {
        [CHUNK_FIELDS.vector]: {
          type: "knn_vector",
          dimension,
          method: { name: "hnsw", engine: "faiss", space_type: "l2" },
        },
        [CHUNK_FIELDS.text]: { type: "text" },
        [CHUNK_FIELDS.metadata]: { type: "text", index: false },
        [TENANT_TAG]: keyword,
        [GROUPS_FIELD]: keyword,
        [SOURCE_URI_FIELD]: keyword,
        "x-amz-bedrock-kb-data-source-id": keyword,
      },
    },
  };
}

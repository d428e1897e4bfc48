import type { Client } from "@opensearch-project/opensearch";
import { z } from "zod";

import type { PoolIndexInput } from "../contract/admin-payloads.ts";
import { CHUNK_FIELDS, TENANT_TAG } from "../contract/names.ts";
import type { AdminKind } from "../shared/admin.ts";
import { POOL_FIELDS } from "../shared/pool-index.ts";
import { GROUPS_FIELD, SOURCE_URI_FIELD } from "../shared/store.ts";
import { attempt, isTransient } from "./attempt.ts";
import { verifyDimensions } from "./collection-index.ts";
import type { DomainParts } from "./domain.ts";
import { onDomain, onRemainingDomain } from "./domain.ts";
import { waitFor } from "../shared/wait.ts";

type Body = PoolIndexInput["body"];

/** Nothing that OpenSearch takes for a pattern, a list or an exclusion. */
export const INDEX_NAME = /^[a-z][a-z0-9]*([.-][a-z0-9]+)*$/;

const body: z.ZodType<Body> = z
  .strictObject({
    domain: z.string().regex(/^[a-z][a-z0-9-]{2,27}$/),
    alias: z.string().max(60).regex(INDEX_NAME),
    index: z.string().max(64).regex(INDEX_NAME),
    dimensions: z.int().min(1).max(16_000),
  })
  .refine(({ alias, index }) => index.startsWith(`${alias}.`), "the index has to be named <alias>.<part>");

/** A pool tenant's index and its alias. The index is deleted with all its documents; a mapping only grows. */
export function poolIndex(parts: DomainParts): AdminKind<Body> {
  return {
    parse: (input) => body.parse(input),
    apply: (_name, wanted) =>
      onDomain(parts, wanted.domain, async (client) => {
        const { alias, index, dimensions } = wanted;
        await waitFor(`index ${index}`, parts.wait, () => ensure(client, wanted));
        return { alias, index, dimensions };
      }),
    remove: (_name, { domain, index }) =>
      onRemainingDomain(parts, domain, async (client) => {
        await waitFor(`deletion of index ${index}`, parts.wait, async () => {
          const answer = await attempt(() => client.indices.delete({ index }));
          const left = await attempt(() => client.indices.getMapping({ index }));
          if (left.status === 404) return { gone: true };
          return `HTTP ${answer.status} on deletion, then ${left.status}`;
        });
      }),
  };
}

/** Text: why not yet. */
async function ensure(client: Client, { alias, index, dimensions }: Body) {
  const before = await attempt(() => client.indices.getMapping({ index }));
  const wanted = poolDefinition(alias, dimensions);
  if (before.status === 200) verifyDimensions(before.body, index, dimensions);
  const written =
    before.status === 200
      ? // Fields that a later version adds; an alias that an interrupted creation, or somebody, took away.
        [
          await attempt(() => client.indices.putMapping({ index, body: wanted.mappings as object })),
          await attempt(() => client.indices.putAlias({ index, name: alias })),
        ]
      : [await attempt(() => client.indices.create({ index, body: wanted as object }))];
  const refused = written.find(({ status }) => status !== 200);
  if (refused && !isTransient(refused))
    throw new Error(`index ${index} could not be written: HTTP ${refused.status} ${refused.reason}`);
  if (refused) return `HTTP ${refused.status} ${refused.reason}`;

  const after = await attempt(() => client.indices.getMapping({ index }));
  if (after.status !== 200) return `HTTP ${after.status} on verification`;
  verifyDimensions(after.body, index, dimensions);
  const aliased = await attempt(() => client.indices.getAlias({ name: alias }));
  if (aliased.status !== 200) return `the alias is not there: HTTP ${aliased.status}`;
  const behind = Object.keys(aliased.body as object);
  // Two indices behind one alias: writes fail, and reads answer twice.
  if (behind.length !== 1 || behind[0] !== index)
    throw new Error(
      `alias ${alias} is of ${behind.join(", ")}, not of ${index} alone: remove it from the others`,
    );
  return { done: true };
}

/** Settings, mapping and alias. `strict`: a field that nobody declared is a mistake, not a new field. */
export function poolDefinition(alias: string, dimension: number) {
  const keyword = { type: "keyword" };
  const unsearched = { type: "keyword", index: false, doc_values: false };
  const position = { type: "integer" };
  return {
    settings: { index: { knn: true, number_of_shards: 1, number_of_replicas: 1 } },
    aliases: { [alias]: {} },
    mappings: {
      dynamic: "strict",
      properties: {
        [CHUNK_FIELDS.vector]: {
          type: "knn_vector",
          dimension,
          method: { name: "hnsw", engine: "lucene", space_type: "l2" },
        },
        [CHUNK_FIELDS.text]: { type: "text" },
        [CHUNK_FIELDS.metadata]: { type: "text", index: false },
        [TENANT_TAG]: keyword,
        [GROUPS_FIELD]: keyword,
        [SOURCE_URI_FIELD]: keyword,
        [POOL_FIELDS.record]: keyword,
        [POOL_FIELDS.key]: keyword,
        [POOL_FIELDS.version]: keyword,
        [POOL_FIELDS.etag]: keyword,
        [POOL_FIELDS.sidecar]: keyword,
        [POOL_FIELDS.state]: keyword,
        [POOL_FIELDS.reason]: unsearched,
        [POOL_FIELDS.bytes]: position,
        [POOL_FIELDS.chunks]: position,
        [POOL_FIELDS.start]: position,
        [POOL_FIELDS.end]: position,
      },
    },
  };
}

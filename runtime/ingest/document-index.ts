import type { Client } from "@opensearch-project/opensearch";
import { z } from "zod";

import { TENANT_TAG } from "../contract/names.ts";
import { UNBOUND, within } from "../shared/deadline.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import { DependencyUnavailable } from "../shared/errors.ts";
import { asked, searchAnswer } from "../shared/opensearch.ts";
import { POOL_FIELDS } from "../shared/pool-index.ts";
import type { DocumentIndex, Stored, Write } from "./reconcile.ts";

/** OpenSearch's `index.max_result_window`; a document of the largest size has a quarter of it. */
const MAX_FOUND = 10_000;
/** Of one bulk request: small instances of the service take 10 MB. */
const MAX_BULK_BYTES = 4_000_000;

const found = searchAnswer(
  z.object({
    [POOL_FIELDS.version]: z.string().optional(),
    [POOL_FIELDS.state]: z.string().optional(),
    [POOL_FIELDS.chunks]: z.number().optional(),
  }),
);

const bulkAnswer = z.object({
  errors: z.boolean(),
  items: z.array(
    z.record(
      z.string(),
      z.object({ status: z.number(), error: z.object({ type: z.string() }).loose().optional() }),
    ),
  ),
});

/** A pool tenant's index, behind its alias. */
export function createDocumentIndex(
  client: Client,
  alias: string,
  tenantId: string,
  signal: AbortSignal = UNBOUND,
): DocumentIndex {
  const ask = (send: Parameters<typeof asked>[2]) =>
    within(DEPENDENCIES.ingestIndex, signal, (options) => asked(DEPENDENCIES.ingestIndex, options, send));
  return {
    find: async (key) => {
      const body = {
        size: MAX_FOUND,
        query: {
          bool: { filter: [{ term: { [TENANT_TAG]: tenantId } }, { term: { [POOL_FIELDS.key]: key } }] },
        },
        _source: [POOL_FIELDS.version, POOL_FIELDS.state, POOL_FIELDS.chunks],
      };
      const answer = await ask(() => client.search({ index: alias, body }));
      return found.parse(answer).hits.hits.map(({ _id: id, _source: source }): Stored => ({
        id,
        ...source,
        version: source.version,
      }));
    },
    write: async (writes) => {
      for (const batch of batchesOf(writes)) {
        // Every line names its id, so that a repeated request ends in the same state. Searchable at once: whoever looks for leftovers
        // has to see them, and documents change rarely enough for that.
        const answer = await ask(() => client.bulk({ index: alias, refresh: true, body: [...batch.body] }));
        checkBulk(answer, batch.count);
      }
    },
  };
}

interface Batch {
  readonly body: readonly Readonly<Record<string, unknown>>[];
  readonly count: number;
}

/** Bulk requests' bodies of at most `maxBytes` each (one write alone may have more), in order. */
export function batchesOf(writes: readonly Write[], maxBytes = MAX_BULK_BYTES): readonly Batch[] {
  const batches: { body: Readonly<Record<string, unknown>>[]; count: number; bytes: number }[] = [];
  for (const write of writes) {
    const lines =
      "remove" in write ? [{ delete: { _id: write.remove } }] : [{ index: { _id: write.put } }, write.source];
    const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(JSON.stringify(line)) + 1, 0);
    const last = batches.at(-1);
    if (last && last.bytes + bytes <= maxBytes) {
      last.body.push(...lines);
      last.count += 1;
      last.bytes += bytes;
    } else batches.push({ body: [...lines], count: 1, bytes });
  }
  return batches;
}

/**
 * Every item of a bulk request's answer, which is 200 also where all have failed.
 * @throws DependencyUnavailable naming the first failure
 */
export function checkBulk(body: unknown, expected: number): void {
  const { items } = bulkAnswer.parse(body);
  if (items.length !== expected)
    throw new DependencyUnavailable(DEPENDENCIES.ingestIndex.name, {
      cause: new Error(`a bulk answer has ${items.length} items of ${expected}`),
    });
  for (const item of items)
    for (const [action, { status, error }] of Object.entries(item)) {
      const absent = action === "delete" && status === 404 && error === undefined;
      if (status < 300 || absent) continue;
      const cause = new Error(`bulk ${action}: HTTP ${status} ${error?.type ?? ""}`);
      throw new DependencyUnavailable(DEPENDENCIES.ingestIndex.name, { cause });
    }
}

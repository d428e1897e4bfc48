import type { DocumentState } from "../contract/api.ts";
import { CHUNK_FIELDS, TENANT_TAG } from "../contract/names.ts";
import { SIDECAR_SUFFIX } from "../shared/document-rules.ts";
import { DOCUMENT_RECORD, documentId, POOL_FIELDS } from "../shared/pool-index.ts";
import { NOBODY, readSidecar, SidecarFault } from "../shared/sidecar.ts";
import { GROUPS_FIELD, SOURCE_URI_FIELD } from "../shared/store.ts";
import { chunksOf } from "./chunks.ts";
import { checkObject, DocumentFault, documentText } from "./document.ts";

/** An object as a listing shows it. */
export interface Listed {
  readonly etag: string;
  readonly bytes: number;
}

/** A tenant's bucket, strongly consistent. */
export interface Objects {
  /** Undefined: there is none. */
  look(key: string): Promise<Listed | undefined>;
  /** Undefined: there is none with this ETag any more. */
  read(key: string, etag: string): Promise<Uint8Array | undefined>;
}

export type Source = Readonly<Record<string, unknown>>;
export type Write = { readonly put: string; readonly source: Source } | { readonly remove: string };

/** What the index holds under an object's key. */
export interface Stored {
  readonly id: string;
  readonly version: string | undefined;
  /** Of the document's record; undefined for a chunk. */
  readonly state?: string | undefined;
  /** Of the document's record: how many chunks it has. */
  readonly chunks?: number | undefined;
}

/** A tenant's index. Searches see what was written before the last completed `write`. */
export interface DocumentIndex {
  find(key: string): Promise<readonly Stored[]>;
  /** Writes all, in order, and makes it searchable. @throws Error if any of it was refused */
  write(writes: readonly Write[]): Promise<void>;
}

export interface ReconcileParts {
  readonly tenantId: string;
  readonly bucket: string;
  readonly objects: Objects;
  readonly index: DocumentIndex;
  readonly embed: (texts: readonly string[]) => Promise<readonly (readonly number[])[]>;
  /** How texts become chunks and vectors: another value makes every document new. */
  readonly pipeline: string;
}

export type Outcome = "removed" | "unchanged" | DocumentState;

/** Why an event's document is tried again later. */
export class StillChanging extends Error {
  override readonly name = "StillChanging";
}

interface Present {
  readonly object: Listed;
  readonly sidecar: Listed | undefined;
}

const MAX_ROUNDS = 5;

/**
 * Makes the index hold exactly what the bucket holds under `key` now: the chunks of the present document and a record of what became
 * of it, or nothing. What the event said doesn't matter, so that events may be repeated, reordered and concurrent: after writing
 * it looks again, and whoever wrote an older state than the bucket's writes the present one over it.
 *
 * @throws Error if a service failed or the document kept changing: the same event has to be handled again
 */
export async function reconcile(parts: ReconcileParts, key: string): Promise<Outcome> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const seen = await look(parts, key);
    const unchanged = async () => same(seen, await look(parts, key));
    const outcome = seen ? await bring(parts, key, seen, unchanged) : await clear(parts, key);
    if (outcome !== undefined && (await unchanged())) return outcome;
  }
  throw new StillChanging("the document changes faster than it can be ingested");
}

async function look({ objects }: ReconcileParts, key: string): Promise<Present | undefined> {
  const [object, sidecar] = await Promise.all([objects.look(key), objects.look(key + SIDECAR_SUFFIX)]);
  return object && { object, sidecar };
}

function same(a: Present | undefined, b: Present | undefined): boolean {
  return a?.object.etag === b?.object.etag && a?.sidecar?.etag === b?.sidecar?.etag;
}

async function clear({ index }: ReconcileParts, key: string): Promise<Outcome> {
  // A write first: it makes searchable what others wrote before.
  await index.write([{ remove: documentId(key) }]);
  await removeOthers(index, key, undefined);
  return "removed";
}

/** Undefined: the document changed meanwhile, or others wrote it at the same time, and nothing or not all was written. */
async function bring(
  parts: ReconcileParts,
  key: string,
  seen: Present,
  unchanged: () => Promise<boolean>,
): Promise<Outcome | undefined> {
  const { index, tenantId, bucket } = parts;
  const version = [seen.object.etag, seen.sidecar?.etag ?? "-", parts.pipeline].join(" ");
  const id = documentId(key);
  if (isComplete(await index.find(key), id, version)) return "unchanged";

  const made = await make(parts, key, seen);
  // Embedding takes its time: whoever was faster with a newer version, or newer limits, must not be overwritten for a moment.
  if (made === undefined || !(await unchanged())) return undefined;

  const common: Source = {
    [TENANT_TAG]: tenantId,
    [SOURCE_URI_FIELD]: `s3://${bucket}/${key}`,
    [POOL_FIELDS.key]: key,
    [POOL_FIELDS.version]: version,
    ...(made.groups && { [GROUPS_FIELD]: made.groups }),
  };
  const recordAs = (state: DocumentState, reason?: string): Write => ({
    put: id,
    source: {
      ...common,
      [POOL_FIELDS.record]: DOCUMENT_RECORD,
      [POOL_FIELDS.state]: state,
      [POOL_FIELDS.etag]: seen.object.etag,
      ...(seen.sidecar && { [POOL_FIELDS.sidecar]: seen.sidecar.etag }),
      [POOL_FIELDS.bytes]: seen.object.bytes,
      [POOL_FIELDS.chunks]: made.chunks.length,
      ...(reason !== undefined && { [POOL_FIELDS.reason]: reason }),
    },
  });
  const chunks = made.chunks.map((source, n): Write => ({
    put: `${id}.${n}`,
    source: { ...common, ...source },
  }));
  // `indexed` means that all chunks are there and no others: until they are, the record says otherwise.
  await index.write([recordAs("pending"), ...chunks]);
  const left = await removeOthers(index, key, version);
  // Removals are by id, and versions share ids: what an older writer had put in a chunk's place may have been replaced by another
  // handler of this version just before it was removed. Whoever removes looks afterwards, so that the last of them sees what is missing.
  if (left.filter((stored) => stored.id !== id).length !== chunks.length) return undefined;
  await index.write([recordAs(made.state, made.reason)]);
  return made.state;
}

/** The record alone does not show it: a writer of an older version may have stopped halfway after it was written. */
function isComplete(found: readonly Stored[], id: string, version: string): boolean {
  const record = found.find((stored) => stored.id === id);
  return (
    record?.state === "indexed" &&
    found.length === 1 + (record.chunks ?? Number.NaN) &&
    found.every((stored) => stored.version === version)
  );
}

interface Made {
  readonly state: DocumentState;
  readonly reason?: string;
  /** Undefined: everybody in the tenant. */
  readonly groups: readonly string[] | undefined;
  readonly chunks: readonly Source[];
}

/** What an object becomes; undefined: it changed meanwhile. */
async function make(parts: ReconcileParts, key: string, seen: Present): Promise<Made | undefined> {
  const { objects, tenantId, bucket } = parts;
  let groups: readonly string[] | undefined = [NOBODY];
  try {
    const { sidecar, object } = seen;
    if (!sidecar) throw new SidecarFault("it has no metadata file");
    const metadata = await objects.read(key + SIDECAR_SUFFIX, sidecar.etag);
    if (!metadata) return undefined;
    groups = readSidecar(metadata, tenantId).groups;
    // It is being written; the event of its last part is still to come.
    if (groups?.includes(NOBODY)) return { state: "pending", groups: [NOBODY], chunks: [] };

    checkObject(key.slice(tenantId.length + 1), object.bytes);
    const bytes = await objects.read(key, object.etag);
    if (!bytes) return undefined;
    const found = chunksOf(documentText(bytes));
    const vectors = await parts.embed(found.map(({ text }) => text));
    const chunks = found.map(({ start, end, text }, n): Source => ({
      [CHUNK_FIELDS.vector]: vectors[n],
      [CHUNK_FIELDS.text]: text,
      [CHUNK_FIELDS.metadata]: JSON.stringify({ source: `s3://${bucket}/${key}` }),
      [POOL_FIELDS.start]: start,
      [POOL_FIELDS.end]: end,
    }));
    return { state: "indexed", groups, chunks };
  } catch (error) {
    if (!(error instanceof DocumentFault || error instanceof SidecarFault)) throw error;
    return { state: "failed", reason: error.message, groups, chunks: [] };
  }
}

/** Removes whatever was made from another version; `undefined`: everything. @returns what is left, all of this version */
async function removeOthers(
  index: DocumentIndex,
  key: string,
  version: string | undefined,
): Promise<readonly Stored[]> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const found = await index.find(key);
    const others = found.filter((stored) => version === undefined || stored.version !== version);
    if (others.length === 0) return found;
    await index.write(others.map(({ id }) => ({ remove: id })));
  }
  throw new StillChanging("others write chunks as fast as they are removed");
}

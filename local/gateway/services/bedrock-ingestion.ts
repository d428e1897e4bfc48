/** One ingestion: from the bucket, with the knowledge base's role, into its collection. Only what changed is read again. */
import { AwsError, type Gateway } from "../contract.ts";
import {
  chunks,
  DocumentFault,
  documentText,
  NO_METADATA,
  readSidecar,
  SIDECAR,
} from "./bedrock-documents.ts";
import { DocumentLedger, type IngestedDocument } from "./bedrock-ledger.ts";
import { DocumentBucket, type ObjectEntry } from "./bedrock-objects.ts";
import type { DataSource, KnowledgeBase } from "./bedrock-records.ts";
import {
  DATA_SOURCE_ID,
  knowledgeBaseSession,
  SOURCE_URI,
  StoreRefusal,
  VectorStore,
} from "./bedrock-store.ts";

export interface Statistics {
  numberOfDocumentsScanned: number;
  numberOfMetadataDocumentsScanned: number;
  numberOfNewDocumentsIndexed: number;
  numberOfModifiedDocumentsIndexed: number;
  numberOfMetadataDocumentsModified: number;
  numberOfDocumentsDeleted: number;
  numberOfDocumentsFailed: number;
}

export const emptyStatistics = (): Statistics => ({
  numberOfDocumentsScanned: 0,
  numberOfMetadataDocumentsScanned: 0,
  numberOfNewDocumentsIndexed: 0,
  numberOfModifiedDocumentsIndexed: 0,
  numberOfMetadataDocumentsModified: 0,
  numberOfDocumentsDeleted: 0,
  numberOfDocumentsFailed: 0,
});

export interface IngestionParts {
  readonly gateway: Gateway;
  readonly knowledgeBase: KnowledgeBase;
  readonly source: DataSource;
  readonly statistics: Statistics;
  /** Takes why a document failed. */
  readonly failed: (reason: string) => void;
  /** Stops between two documents. */
  readonly signal: AbortSignal;
}

/** @throws AwsError where role, bucket, model or store refuse: the whole job has failed then. */
export async function ingest(parts: IngestionParts): Promise<void> {
  const { gateway, knowledgeBase, source } = parts;
  const session = knowledgeBaseSession(gateway, knowledgeBase);
  const bucket = new DocumentBucket(gateway, session, source);
  const store = new VectorStore(gateway, session, knowledgeBase);
  const ledger = new DocumentLedger(gateway.account, knowledgeBase.id, source.id);
  try {
    await synchronize(parts, bucket, store, ledger);
  } catch (error) {
    // What the job did not get to: a refusal concerns it all, a stop says nothing of it.
    if (error instanceof AwsError) ledger.settle("FAILED", error.message);
    else ledger.settle("PENDING");
    throw error;
  } finally {
    bucket.close();
  }
}

async function synchronize(
  parts: IngestionParts,
  bucket: DocumentBucket,
  store: VectorStore,
  ledger: DocumentLedger,
): Promise<void> {
  const { statistics, signal } = parts;
  const objects = await bucket.list();
  const sidecars = new Map(
    objects.filter(({ key }) => key.endsWith(SIDECAR)).map((entry) => [entry.key, entry]),
  );
  const documents = objects.filter(({ key }) => !key.endsWith(SIDECAR));
  statistics.numberOfDocumentsScanned = documents.length;
  statistics.numberOfMetadataDocumentsScanned = sidecars.size;
  const changed = documents
    .map((entry) => ({ entry, uri: bucket.uri(entry.key), sidecar: sidecars.get(entry.key + SIDECAR) }))
    .filter(({ uri, entry, sidecar }) => {
      const known = ledger.get(uri);
      return known?.status !== "INDEXED" || known.state !== stateOf(entry, sidecar);
    });
  for (const { uri } of changed) ledger.put(uri, { ...storedOf(ledger, uri), status: "PENDING" });
  for (const { uri, entry, sidecar } of changed) {
    signal.throwIfAborted();
    const before = storedOf(ledger, uri);
    ledger.put(uri, { ...before, status: "IN_PROGRESS" });
    try {
      const written = await write(parts, bucket, store, entry, sidecar);
      // New chunks are there before the old ones go: a reader finds one or both, never none. Until they are gone the
      // document counts as changed, so that an interrupted job's next one clears up.
      ledger.put(uri, { state: "", chunks: [...written, ...before.chunks], status: "IN_PROGRESS" });
      await store.remove(before.chunks);
      ledger.put(uri, { state: stateOf(entry, sidecar), chunks: written, status: "INDEXED" });
      if (before.state === "" && before.chunks.length === 0) statistics.numberOfNewDocumentsIndexed++;
      else {
        statistics.numberOfModifiedDocumentsIndexed++;
        if (!before.state.endsWith(` ${sidecar?.etag ?? "-"}`))
          statistics.numberOfMetadataDocumentsModified++;
      }
    } catch (error) {
      // A refusal concerns the set-up and every other document too.
      if (!(error instanceof DocumentFault)) throw error;
      statistics.numberOfDocumentsFailed++;
      // What an earlier version left in the store stays there, as on AWS.
      ledger.put(uri, { ...before, status: "FAILED", reason: error.message });
      parts.failed(`${uri}: ${error.message}`);
    }
  }
  await removeVanished(parts, store, ledger, new Set(documents.map(({ key }) => bucket.uri(key))));
}

/** What earlier jobs have left of a document; nothing, if it is new. */
function storedOf(ledger: DocumentLedger, uri: string): Pick<IngestedDocument, "state" | "chunks"> {
  const { state = "", chunks = [] } = ledger.get(uri) ?? {};
  return { state, chunks };
}

const stateOf = (entry: ObjectEntry, sidecar: ObjectEntry | undefined): string =>
  `${entry.etag} ${sidecar?.etag ?? "-"}`;

async function write(
  { knowledgeBase, source }: IngestionParts,
  bucket: DocumentBucket,
  store: VectorStore,
  { key }: ObjectEntry,
  sidecar: ObjectEntry | undefined,
): Promise<string[]> {
  const { fields } = knowledgeBase;
  const uri = bucket.uri(key);
  const text = documentText(key, await bucket.read(key));
  const metadata = sidecar ? readSidecar(await bucket.read(sidecar.key), knowledgeBase) : NO_METADATA;
  try {
    const lines: Record<string, unknown>[] = [];
    for (const chunk of chunks(text, source.chunking)) {
      lines.push({
        ...metadata.attributes,
        [fields.vector]: await store.embed(
          metadata.embedded === "" ? chunk : `${metadata.embedded}\n${chunk}`,
        ),
        [fields.text]: chunk,
        [fields.metadata]: JSON.stringify({ source: uri }),
        [SOURCE_URI]: uri,
        [DATA_SOURCE_ID]: source.id,
      });
    }
    return await store.add(lines);
  } catch (error) {
    // Model or store refused a chunk, not the role: a matter of this document (too long, a value that its field can't hold).
    if (error instanceof AwsError && !(error instanceof StoreRefusal)) throw new DocumentFault(error.message);
    throw error;
  }
}

async function removeVanished(
  { statistics, signal }: IngestionParts,
  store: VectorStore,
  ledger: DocumentLedger,
  present: ReadonlySet<string>,
): Promise<void> {
  for (const [uri, { chunks: ids }] of ledger.entries()) {
    if (present.has(uri)) continue;
    signal.throwIfAborted();
    // Without its state: if it comes back before this is done, it is new.
    ledger.put(uri, { state: "", chunks: ids, status: "DELETE_IN_PROGRESS" });
    await store.remove(ids);
    ledger.delete(uri);
    if (ids.length > 0) statistics.numberOfDocumentsDeleted++;
  }
}

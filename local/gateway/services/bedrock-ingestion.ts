/** One ingestion: from the bucket, with the knowledge base's role, into its collection. Only what changed is read again. */
import type { Table } from "../../account/account.ts";
import { AwsError, type Gateway } from "../contract.ts";
import {
  chunks,
  DocumentFault,
  documentText,
  NO_METADATA,
  readSidecar,
  SIDECAR,
} from "./bedrock-documents.ts";
import { DocumentBucket, type ObjectEntry } from "./bedrock-objects.ts";
import type { DataSource, KnowledgeBase } from "./bedrock-records.ts";
import {
  DATA_SOURCE_ID,
  knowledgeBaseSession,
  SOURCE_URI,
  StoreRefusal,
  VectorStore,
} from "./bedrock-store.ts";

/** What a job remembers of a document, under `<knowledge base>/<data source>/<uri>`. */
export interface IngestedDocument {
  /** ETags of the object and of its sidecar: equal ones mean unchanged. */
  readonly state: string;
  readonly chunks: readonly string[];
}

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
  readonly ledger: Table<IngestedDocument>;
  readonly statistics: Statistics;
  /** Takes why a document failed. */
  readonly failed: (reason: string) => void;
  /** Stops between two documents. */
  readonly signal: AbortSignal;
}

/** @throws AwsError where role, bucket, model or store refuse: the whole job has failed then. */
export async function ingest(parts: IngestionParts): Promise<void> {
  const { gateway, knowledgeBase, source, ledger, statistics, signal } = parts;
  const session = knowledgeBaseSession(gateway, knowledgeBase);
  const bucket = new DocumentBucket(gateway, session, source);
  const store = new VectorStore(gateway, session, knowledgeBase);
  const prefix = `${knowledgeBase.id}/${source.id}/`;
  try {
    const objects = await bucket.list();
    const sidecars = new Map(
      objects.filter(({ key }) => key.endsWith(SIDECAR)).map((entry) => [entry.key, entry]),
    );
    const documents = objects.filter(({ key }) => !key.endsWith(SIDECAR));
    statistics.numberOfDocumentsScanned = documents.length;
    statistics.numberOfMetadataDocumentsScanned = sidecars.size;
    for (const entry of documents) {
      signal.throwIfAborted();
      const sidecar = sidecars.get(entry.key + SIDECAR);
      const state = `${entry.etag} ${sidecar?.etag ?? "-"}`;
      const key = prefix + bucket.uri(entry.key);
      const before = ledger.get(key);
      if (before?.state === state) continue;
      try {
        const written = await write(parts, bucket, store, entry, sidecar);
        // New chunks are there before the old ones go: a reader finds one or both, never none. Until they are gone the
        // document counts as changed, so that an interrupted job's next one clears up.
        const old = before?.chunks ?? [];
        ledger.put(key, { state: "", chunks: [...written, ...old] });
        await store.remove(old);
        ledger.put(key, { state, chunks: written });
        if (!before) statistics.numberOfNewDocumentsIndexed++;
        else {
          statistics.numberOfModifiedDocumentsIndexed++;
          if (!before.state.endsWith(` ${sidecar?.etag ?? "-"}`))
            statistics.numberOfMetadataDocumentsModified++;
        }
      } catch (error) {
        // A refusal concerns the set-up and every other document too.
        if (!(error instanceof DocumentFault)) throw error;
        statistics.numberOfDocumentsFailed++;
        parts.failed(`${bucket.uri(entry.key)}: ${error.message}`);
      }
    }
    await removeVanished(parts, store, prefix, new Set(documents.map(({ key }) => prefix + bucket.uri(key))));
  } finally {
    bucket.close();
  }
}

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
  { ledger, statistics, signal }: IngestionParts,
  store: VectorStore,
  prefix: string,
  present: ReadonlySet<string>,
): Promise<void> {
  for (const [key, { chunks: ids }] of [...ledger.entries(prefix)]) {
    if (present.has(key)) continue;
    signal.throwIfAborted();
    await store.remove(ids);
    ledger.delete(key);
    statistics.numberOfDocumentsDeleted++;
  }
}

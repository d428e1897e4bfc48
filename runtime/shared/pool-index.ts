import { createHash } from "node:crypto";

import { RECORD_FIELD } from "./store.ts";

/** Fields that a pool's index has besides those of chunks in every store. */
export const POOL_FIELDS = {
  /** `"document"` on a document's record; absent on chunks. */
  record: RECORD_FIELD,
  /** The object's key. */
  key: "key",
  /** What a chunk or a record was made from: ETags of object and sidecar, and how they were processed. */
  version: "version",
  /** Where a chunk begins and ends in the document's text, in UTF-16 code units. */
  start: "start",
  end: "end",
  /** Records only. */
  etag: "etag",
  sidecar: "sidecar",
  state: "state",
  reason: "reason",
  bytes: "bytes",
  chunks: "chunks",
} as const;

/** A document's record: what became of the object's present version. */
export const DOCUMENT_RECORD = "document";

/** Id of a document's record; its chunks' ids are this, a dot and their number. */
export function documentId(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

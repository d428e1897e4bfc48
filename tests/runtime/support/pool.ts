import type { DocumentIndex, Objects, Source } from "../../../runtime/ingest/reconcile.ts";
import type { MemoryBucket } from "./bucket.ts";

/** What a fake waits for before each step and may be failed by, so that a test decides on order and failures. */
export type Step = (what: string) => Promise<void>;

const AT_ONCE: Step = () => Promise.resolve();

/** A bucket as ingestion sees it. */
export function ingestObjects(bucket: MemoryBucket, step: Step = AT_ONCE): Objects {
  return {
    look: async (key) => {
      await step("look");
      const entry = bucket.entries.get(key);
      return entry && { etag: entry.etag, bytes: entry.bytes.length };
    },
    read: async (key, etag) => {
      await step("read");
      const entry = bucket.entries.get(key);
      return entry?.etag === etag ? entry.bytes : undefined;
    },
  };
}

/** An index in memory, near real time as the engine: a search sees what there was at the last refresh. */
export class MemoryIndex implements DocumentIndex {
  readonly documents = new Map<string, Source>();
  #searchable = new Map<string, Source>();
  readonly #step: Step;

  constructor(step: Step = AT_ONCE) {
    this.#step = step;
  }

  refresh(): void {
    this.#searchable = new Map(this.documents);
  }

  async find(key: string) {
    await this.#step("find");
    return [...this.#searchable]
      .filter(([, source]) => source["key"] === key)
      .map(([id, source]) => ({
        id,
        version: source["version"] as string | undefined,
        state: source["state"] as string | undefined,
        chunks: source["chunks"] as number | undefined,
      }));
  }

  /** Item by item, as a bulk request is no transaction: it can stop anywhere, and is only then not refreshed. */
  async write(writes: Parameters<DocumentIndex["write"]>[0]) {
    for (const write of writes) {
      await this.#step("write");
      if ("remove" in write) this.documents.delete(write.remove);
      else this.documents.set(write.put, write.source);
    }
    this.refresh();
  }

  chunks(): readonly Source[] {
    return [...this.documents.values()].filter((source) => source["record"] === undefined);
  }

  records(): readonly Source[] {
    return [...this.documents.values()].filter((source) => source["record"] !== undefined);
  }
}

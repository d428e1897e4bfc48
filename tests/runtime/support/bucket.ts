import { createHash, randomUUID } from "node:crypto";

import type { DocumentObjects } from "../../../runtime/documents/objects.ts";
import { Conflict, DependencyUnavailable } from "../../../runtime/shared/errors.ts";

interface Entry {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly modified: Date;
}

/** A bucket in memory: conditional writes, strongly consistent. */
export class MemoryBucket {
  readonly entries = new Map<string, Entry>();
  /** ETags say that contents are equal only without encryption by key; by default every write has its own. */
  readonly #etagsByContent: boolean;
  /** Runs before each write. */
  beforeWrite: (key: string) => void = () => undefined;

  constructor({ etagsByContent = false } = {}) {
    this.#etagsByContent = etagsByContent;
  }

  put(key: string, content: string | Buffer): string {
    const bytes = Buffer.from(content);
    const etag = this.#etagsByContent ? createHash("md5").update(bytes).digest("hex") : randomUUID();
    this.entries.set(key, { bytes, etag: `"${etag}"`, modified: new Date() });
    return `"${etag}"`;
  }

  text(key: string): string | undefined {
    return this.entries.get(key)?.bytes.toString();
  }

  /** As the documents API uses it; keys are of whatever bucket is named. */
  asDocuments(): DocumentObjects {
    const found = (key: string) => {
      const entry = this.entries.get(key);
      return entry && { key, etag: entry.etag, bytes: entry.bytes.length, modified: entry.modified };
    };
    return {
      putText: (_context, { key }, text, seen) => {
        try {
          this.beforeWrite(key);
        } catch (cause) {
          return Promise.reject(new DependencyUnavailable("document store", { cause }));
        }
        if (this.entries.get(key)?.etag !== seen) return Promise.reject(new Conflict("being changed"));
        return Promise.resolve({ etag: this.put(key, text) });
      },
      look: (_context, { key }) => Promise.resolve(found(key)),
      read: (_context, { key }) => Promise.resolve(this.entries.get(key)),
      list: (_context, _bucket, prefix, next) => {
        const keys = [...this.entries.keys()].filter((key) => key.startsWith(prefix)).sort();
        const from = next === undefined ? 0 : Number(next);
        const page = keys.slice(from, from + 100);
        return Promise.resolve({
          objects: page.flatMap((key) => found(key) ?? []),
          ...(from + 100 < keys.length && { next: String(from + 100) }),
        });
      },
      remove: (_context, { key }) => {
        this.beforeWrite(key);
        this.entries.delete(key);
        return Promise.resolve();
      },
    };
  }
}

/** An index of OpenSearch: documents by id, `_bulk` and the one search that ingestion makes. */
import type { Reply } from "./misbehaviour.ts";

type Source = Readonly<Record<string, unknown>>;

export class Index {
  readonly documents = new Map<string, Source>();

  /** Applies the lines of a bulk request, or the first `limit` actions of them. */
  bulk(ndjson: string, limit = Infinity): Reply {
    const lines = ndjson
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Source);
    const items: object[] = [];
    for (let i = 0; i < lines.length; i++) {
      const [action, of] = Object.entries(lines[i]!)[0] as [string, { _id: string }];
      const refused = items.length >= limit;
      if (action === "delete") {
        const was = refused || this.documents.delete(of._id);
        items.push({ delete: refused ? REJECTED : { _id: of._id, status: was ? 200 : 404 } });
      } else {
        const source = lines[++i]!;
        if (!refused) this.documents.set(of._id, source);
        items.push({ index: refused ? REJECTED : { _id: of._id, status: 201 } });
      }
    }
    return json({ took: 1, errors: items.length > limit, items });
  }

  /** All documents whose `key` is this. */
  find(key: unknown): Reply {
    const hits = [...this.documents]
      .filter(([, source]) => source["key"] === key)
      .map(([_id, _source]) => ({ _id, _source }));
    return json(found(hits));
  }
}

const REJECTED = { status: 429, error: { type: "es_rejected_execution_exception" } };

export const found = (hits: readonly object[], changes: object = {}): object => ({
  took: 1,
  timed_out: false,
  _shards: { total: 1, successful: 1, skipped: 0, failed: 0 },
  hits: { total: { value: hits.length, relation: "eq" }, hits },
  ...changes,
});

export const json = (body: unknown): Reply => ({ status: 200, body: JSON.stringify(body) });

/**
 * A small search engine in process: full text by BM25, exact nearest neighbours, filters. What is written is kept in the
 * account's tables and is searchable at once (a real collection takes up to a minute to refresh).
 *
 * Knows nothing of AWS and decides no access: its caller has. A `store` is whatever holds indices (a collection, a
 * domain): an opaque name without `/`.
 */
import { randomUUID } from "node:crypto";
import type { Account, Table } from "../../account/account.ts";
import { indexDocument, newDocumentId, type IndexedDocument } from "./document.ts";
import {
  illegalArgument,
  isObject,
  mappingError,
  noSuchIndex,
  parsingError,
  SearchError,
  type JsonObject,
} from "./errors.ts";
import { Mapping } from "./mapping.ts";
import { compile, type Searched } from "./query.ts";
import { fieldValues, parseSearch } from "./request.ts";
import { readSettings } from "./settings.ts";
import { type ExternalVersion, nextVersion } from "./versions.ts";

/** What the account remembers of an index, under `<store>/<index>`. */
interface IndexEntry {
  /** New for each creation: a loaded index whose entry has another one is stale. */
  readonly uuid: string;
  readonly created: number;
  readonly settings: JsonObject;
  readonly mappings: JsonObject;
}

interface DocumentEntry {
  readonly version: number;
  readonly source: JsonObject;
}

interface Loaded {
  readonly entry: IndexEntry;
  readonly mapping: Mapping;
  readonly documents: Map<string, IndexedDocument>;
}

export interface Written {
  readonly id: string;
  readonly version: number;
  readonly result: "created" | "updated" | "deleted" | "not_found";
}

/** Which documents of an index a caller may read: by the index's name, a query; all of them where there is none. */
export type Visible = Readonly<Record<string, unknown>>;

const MAX_INDEX_NAME_BYTES = 255;

export class SearchEngine {
  readonly #indices: Table<IndexEntry>;
  readonly #documents: Table<DocumentEntry>;
  readonly #loaded = new Map<string, Loaded>();

  /** @param kind Prefix of the account's tables: `aoss` keeps `aoss-indices` and `aoss-documents`. */
  constructor(account: Account, kind: string) {
    this.#indices = account.table(`${kind}-indices`);
    this.#documents = account.table(`${kind}-documents`);
  }

  /** Names of a store's indices, in order. */
  indices(store: string): string[] {
    return [...this.#indices.entries(`${store}/`)].map(([key]) => key.slice(store.length + 1));
  }

  has(store: string, index: string): boolean {
    return this.#indices.get(`${store}/${index}`) !== undefined;
  }

  create(store: string, index: string, body: unknown = {}): void {
    checkIndexName(index);
    if (!isObject(body)) throw parsingError("an index's definition must be an object");
    const { settings, mappings, ...rest } = body;
    const [unknown] = Object.keys(rest);
    if (unknown !== undefined) throw parsingError(`unknown key [${unknown}] for create index`);
    if (this.has(store, index))
      throw new SearchError(400, "resource_already_exists_exception", `index [${index}] already exists`);
    const entry: IndexEntry = {
      uuid: randomUUID().replaceAll("-", "").slice(0, 22),
      created: Date.now(),
      settings: readSettings(settings),
      mappings: new Mapping(mappings ?? {}).toJson(),
    };
    // Nothing that an earlier index of this name may have left is in the new one.
    this.#forget(store, index);
    this.#indices.put(`${store}/${index}`, entry);
  }

  /** `{aliases, mappings, settings}`, as `GET /INDEX` shows it. */
  describe(store: string, index: string): JsonObject {
    const { entry, mapping } = this.#load(store, index);
    const { uuid, created, settings } = entry;
    return {
      aliases: {},
      mappings: mapping.toJson(),
      settings: { index: { ...settings, uuid, creation_date: String(created), provided_name: index } },
    };
  }

  putMapping(store: string, index: string, body: unknown): void {
    const loaded = this.#load(store, index);
    // On a copy first: a mapping with a fault in its middle changes nothing.
    new Mapping(loaded.mapping.toJson()).merge(body);
    loaded.mapping.merge(body);
    this.#saveMapping(store, index, loaded);
  }

  drop(store: string, index: string): void {
    this.#load(store, index);
    this.#indices.delete(`${store}/${index}`);
    this.#forget(store, index);
  }

  put(
    store: string,
    index: string,
    source: unknown,
    id: string = newDocumentId(),
    external?: ExternalVersion,
  ): Written {
    if (!isObject(source)) throw mappingError("failed to parse: a document must be an object");
    const loaded = this.#load(store, index);
    const fields = loaded.mapping.fields.size;
    const document = indexDocument(loaded.mapping, id, source);
    if (loaded.mapping.fields.size !== fields) this.#saveMapping(store, index, loaded);
    const key = `${store}/${index}/${id}`;
    const before = this.#documents.get(key);
    const version = nextVersion(id, before?.version, external);
    this.#documents.put(key, { version, source });
    loaded.documents.set(id, document);
    return { id, version, result: before ? "updated" : "created" };
  }

  get(
    store: string,
    index: string,
    id: string,
    visible: Visible = {},
  ): { readonly version: number; readonly source: JsonObject } | undefined {
    const { documents } = this.#readable(store, index, visible);
    return documents.has(id) ? this.#documents.get(`${store}/${index}/${id}`) : undefined;
  }

  delete(store: string, index: string, id: string, external?: ExternalVersion): Written {
    const loaded = this.#load(store, index);
    const key = `${store}/${index}/${id}`;
    const before = this.#documents.get(key);
    const version = nextVersion(id, before?.version, external);
    this.#documents.delete(key);
    loaded.documents.delete(id);
    return { id, version, result: before ? "deleted" : "not_found" };
  }

  /** The answer of `_search` over some indices, as OpenSearch writes it. */
  search(store: string, indices: readonly string[], body: unknown, visible: Visible = {}): JsonObject {
    const started = performance.now();
    const request = parseSearch(body);
    const hits = indices
      .flatMap((index) =>
        this.#matches(store, index, request.query, visible).map(({ document, score }) => ({
          index,
          document,
          score,
        })),
      )
      .sort((a, b) => b.score - a.score);
    return {
      took: Math.round(performance.now() - started),
      timed_out: false,
      _shards: shards(indices.length),
      hits: {
        total: { value: hits.length, relation: "eq" },
        max_score: hits[0]?.score ?? null,
        hits: hits.slice(request.from, request.from + request.size).map(({ index, document, score }) => {
          const source = request.source(document.source);
          return {
            _index: index,
            _id: document.id,
            _score: score,
            ...(source ? { _source: source } : {}),
            ...(request.fields.length > 0 ? { fields: fieldValues(document, request.fields) } : {}),
          };
        }),
      },
    };
  }

  count(store: string, indices: readonly string[], body: unknown, visible: Visible = {}): JsonObject {
    const query = onlyQuery(body);
    const count = indices.reduce(
      (total, index) => total + this.#matches(store, index, query, visible).length,
      0,
    );
    return { count, _shards: shards(indices.length) };
  }

  deleteByQuery(store: string, indices: readonly string[], body: unknown, visible: Visible = {}): JsonObject {
    if (!isObject(body) || body["query"] === undefined) throw illegalArgument("query is missing");
    const query = onlyQuery(body);
    const found = indices.flatMap((index) =>
      this.#matches(store, index, query, visible).map(({ document }) => [index, document.id] as const),
    );
    for (const [index, id] of found) this.delete(store, index, id);
    return {
      took: 0,
      timed_out: false,
      total: found.length,
      deleted: found.length,
      version_conflicts: 0,
      failures: [],
    };
  }

  #matches(
    store: string,
    index: string,
    query: unknown,
    visible: Visible,
  ): { document: IndexedDocument; score: number }[] {
    const searched = this.#readable(store, index, visible);
    const matcher = compile(query, searched);
    const found = [];
    for (const document of searched.documents.values()) {
      const score = matcher(document);
      if (score !== undefined) found.push({ document, score });
    }
    return found;
  }

  /** The index without what is not visible: a nearest neighbour that may not be read takes no place from one that may. */
  #readable(store: string, index: string, visible: Visible): Searched {
    const loaded = this.#load(store, index);
    if (!Object.hasOwn(visible, index)) return loaded;
    const matcher = compile(visible[index], loaded);
    const documents = [...loaded.documents].filter(([, document]) => matcher(document) !== undefined);
    return { mapping: loaded.mapping, documents: new Map(documents) };
  }

  /** The index as it is in the account now: one that was deleted or made anew behind our back is not served from memory. */
  #load(store: string, index: string): Loaded {
    const key = `${store}/${index}`;
    const entry = this.#indices.get(key);
    if (!entry) {
      this.#loaded.delete(key);
      throw noSuchIndex(index);
    }
    const before = this.#loaded.get(key);
    if (before?.entry.uuid === entry.uuid) return before;
    const mapping = new Mapping(entry.mappings);
    const documents = new Map<string, IndexedDocument>();
    for (const [path, { source }] of this.#documents.entries(`${key}/`)) {
      const id = path.slice(key.length + 1);
      documents.set(id, indexDocument(mapping, id, source));
    }
    const loaded = { entry, mapping, documents };
    this.#loaded.set(key, loaded);
    return loaded;
  }

  #saveMapping(store: string, index: string, { entry, mapping }: Loaded): void {
    this.#indices.put(`${store}/${index}`, { ...entry, mappings: mapping.toJson() });
  }

  #forget(store: string, index: string): void {
    this.#loaded.delete(`${store}/${index}`);
    for (const [key] of [...this.#documents.entries(`${store}/${index}/`)]) this.#documents.delete(key);
  }
}

const shards = (count: number): JsonObject => ({ total: count, successful: count, skipped: 0, failed: 0 });

function onlyQuery(body: unknown): unknown {
  const { query, ...rest } = isObject(body) ? body : { query: undefined };
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw parsingError(`request does not support [${unknown}]`);
  return query ?? { match_all: {} };
}

function checkIndexName(index: string): void {
  const fault = /[\\/*?"<>| ,#:]/.test(index)
    ? 'must not contain the characters [ , ", *, \\, <, |, ,, >, /, ?, #, :]'
    : /^[_\-+]/.test(index)
      ? "must not start with '_', '-', or '+'"
      : index !== index.toLowerCase()
        ? "must be lowercase"
        : index === "" || index === "." || index === ".." || Buffer.byteLength(index) > MAX_INDEX_NAME_BYTES
          ? "must be 1 to 255 bytes long and not '.' or '..'"
          : undefined;
  if (fault !== undefined)
    throw new SearchError(400, "invalid_index_name_exception", `Invalid index name [${index}], ${fault}`);
}

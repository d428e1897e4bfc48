import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** One deployed resource, as a provider plugin created it. */
export interface ResourceRecord {
  /** Pulumi type token: `aws:s3/bucket:Bucket`. */
  readonly type: string;
  /** The provider's id. */
  readonly id: string;
  readonly urn: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Inputs merged with what the provider computed. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/**
 * Everything that the embedded account remembers, in one SQLite file: a killed process loses nothing that was
 * acknowledged. `resources` is what the engine deployed; a `table` is a service's own data (objects' metadata,
 * users, chunks, jobs).
 */
export class Account {
  readonly #db: DatabaseSync;
  /** Folder of the account; services may keep files in sub-folders of their own. */
  readonly folder: string;

  private constructor(folder: string, db: DatabaseSync) {
    this.folder = folder;
    this.#db = db;
  }

  static open(folder: string): Account {
    mkdirSync(folder, { recursive: true });
    const db = new DatabaseSync(join(folder, "account.sqlite"));
    db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS resource (
        type TEXT NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (type, id)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS item (
        service TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (service, key)) WITHOUT ROWID;
    `);
    return new Account(folder, db);
  }

  close(): void {
    this.#db.close();
  }

  putResource(record: ResourceRecord): void {
    this.#db
      .prepare("INSERT INTO resource VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET record = excluded.record")
      .run(record.type, record.id, JSON.stringify(record));
  }

  resource(type: string, id: string): ResourceRecord | undefined {
    const row = this.#db.prepare("SELECT record FROM resource WHERE type = ? AND id = ?").get(type, id);
    return row && (JSON.parse(row["record"] as string) as ResourceRecord);
  }

  /** All resources of one type; without a type, all there are. */
  resources(type?: string): ResourceRecord[] {
    const rows =
      type === undefined
        ? this.#db.prepare("SELECT record FROM resource").all()
        : this.#db.prepare("SELECT record FROM resource WHERE type = ?").all(type);
    return rows.map((row) => JSON.parse(row["record"] as string) as ResourceRecord);
  }

  /** The one resource of a type whose output `property` has this value. */
  find(type: string, property: string, value: unknown): ResourceRecord | undefined {
    return this.resources(type).find((record) => record.outputs[property] === value);
  }

  deleteResource(type: string, id: string): void {
    this.#db.prepare("DELETE FROM resource WHERE type = ? AND id = ?").run(type, id);
  }

  /** A service's own key-value data; values are JSON. Keys are listed in byte order. */
  table<Value>(service: string): Table<Value> {
    return new Table<Value>(this.#db, service);
  }
}

export class Table<Value> {
  readonly #db: DatabaseSync;
  readonly #service: string;

  constructor(db: DatabaseSync, service: string) {
    this.#db = db;
    this.#service = service;
  }

  get(key: string): Value | undefined {
    const row = this.#db
      .prepare("SELECT value FROM item WHERE service = ? AND key = ?")
      .get(this.#service, key);
    return row && (JSON.parse(row["value"] as string) as Value);
  }

  put(key: string, value: Value): void {
    this.#db
      .prepare("INSERT INTO item VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value")
      .run(this.#service, key, JSON.stringify(value));
  }

  delete(key: string): void {
    this.#db.prepare("DELETE FROM item WHERE service = ? AND key = ?").run(this.#service, key);
  }

  /** Entries whose key starts with `prefix`, in key order. */
  *entries(prefix = ""): Generator<[key: string, value: Value]> {
    // substr, not LIKE: a prefix may hold `%` and `_`.
    const rows = this.#db
      .prepare("SELECT key, value FROM item WHERE service = ? AND substr(key, 1, ?) = ? ORDER BY key")
      .all(this.#service, [...prefix].length, prefix);
    for (const row of rows) yield [row["key"] as string, JSON.parse(row["value"] as string) as Value];
  }
}

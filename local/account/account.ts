import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";
import { Propagation } from "./propagation.ts";
import type { ResourceRecord } from "./record.ts";

export type { ResourceRecord } from "./record.ts";

/** The file in an account's folder that makes it one. */
export const ACCOUNT_FILE = "account.sqlite";

/**
 * Everything that the embedded account remembers, in one SQLite file: a killed process loses nothing that was
 * acknowledged. `resources` is what the engine deployed; a `table` is a service's own data (objects' metadata,
 * users, chunks, jobs).
 *
 * Resources are read on every authorization, so their parsed, frozen records are kept in memory, until another
 * process writes to the file.
 */
export class Account {
  readonly #db: DatabaseSync;
  readonly #statements: Statements;
  /** By type, then by id; absent until first read. */
  readonly #records = new Map<string, Map<string, ResourceRecord>>();
  #dataVersion: unknown;
  /** Folder of the account; services may keep files in sub-folders of their own. */
  readonly folder: string;
  /** What acts now of what decides on access. */
  readonly inForce: Propagation;

  private constructor(folder: string, db: DatabaseSync, consistencySeconds: number) {
    this.folder = folder;
    this.#db = db;
    this.#statements = prepare(db);
    this.inForce = new Propagation(this, consistencySeconds);
  }

  /** @param consistencySeconds - How long a change of an IAM policy takes to act; other policies in proportion. */
  static open(folder: string, { consistencySeconds = 0 }: { consistencySeconds?: number } = {}): Account {
    mkdirSync(folder, { recursive: true });
    const db = new DatabaseSync(join(folder, ACCOUNT_FILE));
    db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS resource (
        type TEXT NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (type, id)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS item (
        service TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (service, key)) WITHOUT ROWID;
    `);
    return new Account(folder, db, consistencySeconds);
  }

  close(): void {
    this.#db.close();
  }

  putResource(record: ResourceRecord): void {
    const text = JSON.stringify(record);
    this.#statements.putResource.run(record.type, record.id, text);
    const records = this.#ofType(record.type);
    const after = parse(text);
    this.inForce.changed(record.type, record.id, records.get(record.id), after);
    records.set(record.id, after);
  }

  resource(type: string, id: string): ResourceRecord | undefined {
    return this.#ofType(type).get(id);
  }

  /** All resources of one type; without a type, all there are. In the order of their ids. */
  resources(type?: string): ResourceRecord[] {
    const types =
      type === undefined ? this.#statements.types.all().map((row) => row["type"] as string) : [type];
    return types.flatMap((each) => [...this.#ofType(each).values()].sort(byId));
  }

  /** The one resource of a type whose output `property` has this value. */
  find(type: string, property: string, value: unknown): ResourceRecord | undefined {
    for (const record of this.#ofType(type).values()) if (record.outputs[property] === value) return record;
    return undefined;
  }

  deleteResource(type: string, id: string): void {
    this.#statements.deleteResource.run(type, id);
    const records = this.#ofType(type);
    this.inForce.changed(type, id, records.get(id), undefined);
    records.delete(id);
  }

  /** A service's own key-value data; values are JSON. Keys are listed in byte order. */
  table<Value>(service: string): Table<Value> {
    return new Table<Value>(this.#statements, service);
  }

  #ofType(type: string): Map<string, ResourceRecord> {
    // SQLite's data version changes when another connection has written: what is in memory is then out of date.
    const version = this.#statements.dataVersion.get()?.["data_version"];
    if (version !== this.#dataVersion) {
      this.#records.clear();
      this.#dataVersion = version;
    }
    const known = this.#records.get(type);
    if (known) return known;
    const records = new Map<string, ResourceRecord>();
    for (const row of this.#statements.resources.all(type)) {
      const record = parse(row["record"] as string);
      records.set(record.id, record);
    }
    this.#records.set(type, records);
    return records;
  }
}

export class Table<Value> {
  readonly #statements: Statements;
  readonly #service: string;

  constructor(statements: Statements, service: string) {
    this.#statements = statements;
    this.#service = service;
  }

  get(key: string): Value | undefined {
    const row = this.#statements.getItem.get(this.#service, key);
    return row && (JSON.parse(row["value"] as string) as Value);
  }

  put(key: string, value: Value): void {
    this.#statements.putItem.run(this.#service, key, JSON.stringify(value));
  }

  delete(key: string): void {
    this.#statements.deleteItem.run(this.#service, key);
  }

  /** Entries whose key starts with `prefix`, in key order. */
  *entries(prefix = ""): Generator<[key: string, value: Value]> {
    const end = successor(prefix);
    const rows =
      end === undefined
        ? this.#statements.itemsFrom.all(this.#service, prefix)
        : this.#statements.itemsBetween.all(this.#service, prefix, end);
    for (const row of rows) yield [row["key"] as string, JSON.parse(row["value"] as string) as Value];
  }
}

type Statements = Readonly<Record<keyof typeof SQL, StatementSync>>;

const SQL = {
  putResource: "INSERT INTO resource VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET record = excluded.record",
  resources: "SELECT record FROM resource WHERE type = ?",
  types: "SELECT DISTINCT type FROM resource ORDER BY type",
  deleteResource: "DELETE FROM resource WHERE type = ? AND id = ?",
  dataVersion: "PRAGMA data_version",
  getItem: "SELECT value FROM item WHERE service = ? AND key = ?",
  putItem: "INSERT INTO item VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  deleteItem: "DELETE FROM item WHERE service = ? AND key = ?",
  itemsFrom: "SELECT key, value FROM item WHERE service = ? AND key >= ? ORDER BY key",
  itemsBetween: "SELECT key, value FROM item WHERE service = ? AND key >= ? AND key < ? ORDER BY key",
} as const;

function prepare(db: DatabaseSync): Statements {
  const names = Object.keys(SQL) as (keyof typeof SQL)[];
  return Object.fromEntries(names.map((name) => [name, db.prepare(SQL[name])])) as unknown as Statements;
}

/** Frozen, because every reader is given the same object. */
function parse(text: string): ResourceRecord {
  return JSON.parse(text, (_key, value: unknown) => Object.freeze(value)) as ResourceRecord;
}

/** The least string, in code points, that is greater than all strings that start with `prefix`; undefined if there is none. */
function successor(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === 0x10ffff) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  // Surrogates are no code points of their own.
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
}

const byId = (a: ResourceRecord, b: ResourceRecord): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

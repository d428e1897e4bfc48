/** Connections of the Data API: each belongs to one login, and to one transaction at a time. */
import { createHash } from "node:crypto";
import { Client, DatabaseError, Query, type QueryArrayResult } from "pg";
import { AwsError } from "../../contract.ts";
import type { Bound } from "./parameters.ts";
import { checkColumns, Meter, type TextRow } from "./results.ts";

export interface Login {
  /** Folder of the server's socket. */
  readonly host: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/** What a statement brought. */
export interface Outcome {
  readonly fields: QueryArrayResult["fields"];
  readonly rows: readonly TextRow[];
  /** `SELECT`, `INSERT`, … */
  readonly command: string;
  readonly count: number;
}

/** A statement that takes longer is ended, unless it is to go on. Source: Aurora user guide, "Calling the RDS Data API". */
const STATEMENT_MS = 45_000;
/** Connections of one login that wait for the next call, and for how long. */
const IDLE_MOST = 2;
const IDLE_MS = 20_000;

export class Connection {
  readonly #client: Client;
  readonly #arrays: ReadonlySet<number>;
  /** False once it can't be used by another call. */
  sound = true;

  private constructor(client: Client, arrays: ReadonlySet<number>) {
    this.#client = client;
    this.#arrays = arrays;
  }

  /** @throws AwsError if the server refuses the login */
  static async open(login: Login): Promise<Connection> {
    const client = new Client({ ...login, application_name: "rds-data" });
    try {
      await client.connect();
      const { rows } = await client.query<{ oid: number }>(
        "SELECT oid::int FROM pg_type WHERE typcategory = 'A'",
      );
      const connection = new Connection(client, new Set(rows.map(({ oid }) => oid)));
      client.on("error", () => {
        connection.sound = false;
      });
      return connection;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw asAwsError(error);
    }
  }

  /**
   * One statement, by the protocol that takes no more than one.
   * @param patient - it may take longer than the Data API waits
   * @throws AwsError as the database refuses it
   */
  async run({ text, values }: Bound, patient = false): Promise<Outcome> {
    const query = new Query<(string | null)[]>({
      text,
      values: [...values],
      queryMode: "extended",
      rowMode: "array",
      types: { getTypeParser: () => (value: unknown) => value },
    } as ConstructorParameters<typeof Query>[0]);
    const meter = new Meter();
    const rows: TextRow[] = [];
    let refusal: unknown;
    query.on("row", (row: (string | null)[], result) => {
      if (refusal !== undefined) return;
      try {
        if (rows.length === 0) checkColumns(result?.fields ?? [], this.#arrays);
        meter.add(row);
        rows.push(row);
      } catch (error) {
        refusal = error;
        // The rest of it is nobody's: the server stops sending when nobody listens.
        this.#abandon();
      }
    });
    const ended = Promise.withResolvers<{
      fields: Outcome["fields"];
      command: string;
      rowCount: number | null;
    }>();
    query.on("end", (result) => {
      ended.resolve(result);
    });
    query.on("error", (error) => {
      ended.reject(error);
    });
    const timer = setTimeout(() => {
      if (patient) return;
      refusal = new AwsError(
        "StatementTimeoutException",
        `The statement took longer than ${STATEMENT_MS} ms.`,
      );
      this.#abandon();
    }, STATEMENT_MS);
    try {
      this.#client.query(query);
      const { fields, command, rowCount } = await ended.promise;
      if (refusal !== undefined) throw refusal as Error;
      checkColumns(fields, this.#arrays);
      return { fields, rows, command, count: rowCount ?? 0 };
    } catch (error) {
      throw asAwsError(refusal ?? error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Forgets what the last one who used it has set. */
  async reset(): Promise<void> {
    await this.run({ text: "DISCARD ALL", values: [] }).catch(() => {
      this.sound = false;
    });
  }

  async close(): Promise<void> {
    this.sound = false;
    await this.#client.end().catch(() => undefined);
  }

  #abandon(): void {
    this.sound = false;
    (this.#client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }
}

/** Hands connections out by login; one that was given back is given to the same login only. */
export class Connections {
  readonly #idle = new Map<string, { readonly connection: Connection; readonly timer: NodeJS.Timeout }[]>();
  #closed = false;

  async take(login: Login): Promise<Connection> {
    const waiting = this.#idle.get(keyOf(login)) ?? [];
    for (let one = waiting.pop(); one; one = waiting.pop()) {
      clearTimeout(one.timer);
      if (one.connection.sound) return one.connection;
      await one.connection.close();
    }
    return Connection.open(login);
  }

  async giveBack(login: Login, connection: Connection): Promise<void> {
    if (connection.sound) await connection.reset();
    const key = keyOf(login);
    const waiting = this.#idle.get(key) ?? [];
    if (!connection.sound || this.#closed || waiting.length >= IDLE_MOST) return connection.close();
    const timer = setTimeout(() => {
      const left = (this.#idle.get(key) ?? []).filter((each) => each.connection !== connection);
      if (left.length > 0) this.#idle.set(key, left);
      else this.#idle.delete(key);
      void connection.close();
    }, IDLE_MS);
    timer.unref();
    this.#idle.set(key, [...waiting, { connection, timer }]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#idle.values()].flat();
    this.#idle.clear();
    for (const { timer } of all) clearTimeout(timer);
    await Promise.all(all.map(({ connection }) => connection.close()));
  }
}

/** With the password: one that was changed opens no connection that was opened before. */
function keyOf(login: Login): string {
  return createHash("sha256").update(JSON.stringify(login)).digest("hex");
}

/** Source: the Data API's model (error shapes) and the form of its messages for PostgreSQL. */
function asAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  if (error instanceof DatabaseError) {
    const position = error.position === undefined ? "" : ` Position: ${error.position};`;
    return new AwsError(
      "DatabaseErrorException",
      `${error.severity ?? "ERROR"}: ${error.message};${position} SQLState: ${error.code ?? ""}`,
    );
  }
  const message = error instanceof Error ? error.message : String(error);
  return new AwsError("DatabaseUnavailableException", `The database does not answer: ${message}`, 504);
}

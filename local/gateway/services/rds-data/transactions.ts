/** Open transactions: each has a connection of its own, and ends by itself when nobody uses it. */
import { randomBytes } from "node:crypto";
import { AwsError } from "../../contract.ts";
import type { Connection, Connections, Login } from "./connections.ts";

/** Source: the Data API's model, `BeginTransaction`. */
export const IDLE_MS = 3 * 60_000;

interface Open {
  readonly login: Login;
  readonly connection: Connection;
  /** What is under way: calls with one transaction follow one another. */
  last: Promise<unknown>;
  timer: NodeJS.Timeout;
}

export class Transactions {
  readonly #connections: Connections;
  readonly #idleMs: number;
  readonly #open = new Map<string, Open>();

  constructor(connections: Connections, idleMs = IDLE_MS) {
    this.#connections = connections;
    this.#idleMs = idleMs;
  }

  async begin(login: Login): Promise<string> {
    const connection = await this.#connections.take(login);
    try {
      await connection.run({ text: "BEGIN", values: [] });
    } catch (error) {
      await connection.close();
      throw error;
    }
    const id = randomBytes(48).toString("base64");
    this.#open.set(id, { login, connection, last: Promise.resolve(), timer: this.#timer(id) });
    return id;
  }

  /** Runs something on a transaction's connection. @throws AwsError if there is none of this id, or it is another login's */
  async use<T>(id: string, login: Login, run: (connection: Connection) => Promise<T>): Promise<T> {
    const open = this.#find(id, login);
    clearTimeout(open.timer);
    const result = open.last.then(() => run(open.connection));
    open.last = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      if (!open.connection.sound) await this.#forget(id, open);
      else if (this.#open.has(id)) {
        clearTimeout(open.timer);
        open.timer = this.#timer(id);
      }
    }
  }

  async end(id: string, login: Login, how: "COMMIT" | "ROLLBACK"): Promise<void> {
    const open = this.#find(id, login);
    this.#open.delete(id);
    clearTimeout(open.timer);
    await open.last;
    try {
      const { command } = await open.connection.run({ text: how, values: [] });
      // PostgreSQL takes a failed transaction's COMMIT for a ROLLBACK.
      if (command !== how)
        throw new AwsError(
          "DatabaseErrorException",
          "ERROR: current transaction is aborted, and was rolled back; SQLState: 25P02",
        );
    } finally {
      await this.#connections.giveBack(open.login, open.connection);
    }
  }

  async close(): Promise<void> {
    const all = [...this.#open.entries()];
    this.#open.clear();
    for (const [, { timer }] of all) clearTimeout(timer);
    await Promise.all(all.map(([, { connection }]) => connection.close()));
  }

  #find(id: string, login: Login): Open {
    const open = this.#open.get(id);
    if (!open || !isSame(open.login, login))
      throw new AwsError("TransactionNotFoundException", `Transaction ${id} is not found`, 404);
    return open;
  }

  #timer(id: string): NodeJS.Timeout {
    const timer = setTimeout(() => {
      const open = this.#open.get(id);
      if (open) void this.#forget(id, open);
    }, this.#idleMs);
    timer.unref();
    return timer;
  }

  /** Its end rolls it back. */
  async #forget(id: string, open: Open): Promise<void> {
    clearTimeout(open.timer);
    this.#open.delete(id);
    await open.connection.close();
  }
}

const isSame = (a: Login, b: Login): boolean =>
  a.host === b.host && a.database === b.database && a.user === b.user && a.password === b.password;

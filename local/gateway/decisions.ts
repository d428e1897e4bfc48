/** Every access decision, with the statement that made it: the newest in memory, all in a file beside the account. */
import { closeSync, existsSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { LoggedDecision, Reply } from "./contract.ts";

const IN_MEMORY = 5_000;
const ROTATE_BYTES = 16 * 1024 * 1024;

/** Appends JSON lines to `<folder>/decisions.log`; a full file becomes `decisions.log.1`, replacing the one before. */
export class DecisionLog {
  readonly #path: string;
  readonly #recent: LoggedDecision[] = [];
  #file: number;
  #bytes: number;
  #torn = false;

  constructor(folder: string) {
    this.#path = join(folder, "decisions.log");
    this.#file = openSync(this.#path, "a", 0o600);
    this.#bytes = fstatSync(this.#file).size;
  }

  add(decision: LoggedDecision): void {
    this.#recent.push(decision);
    // Cut seldom, so that adding stays cheap.
    if (this.#recent.length > 2 * IN_MEMORY) this.#recent.splice(0, this.#recent.length - IN_MEMORY);
    if (this.#bytes > ROTATE_BYTES) this.#rotate();
    this.#write(Buffer.from(`${JSON.stringify(decision)}\n`));
  }

  /** A line that a full disk cut short must not swallow the next one. */
  #write(line: Buffer): void {
    const bytes = this.#torn ? Buffer.concat([Buffer.from("\n"), line]) : line;
    this.#torn = true;
    for (let at = 0; at < bytes.length;) {
      const written = writeSync(this.#file, bytes, at);
      this.#bytes += written;
      at += written;
    }
    this.#torn = false;
  }

  /** Oldest first. */
  recent(): LoggedDecision[] {
    return this.#recent.slice(-IN_MEMORY);
  }

  /**
   * `GET /_bulkhead/decisions?principal=&action=&limit=`: newest first. `principal` is a part of the ARN, `action` the whole
   * action, in any case; `limit` is 1 to 5,000, default 100.
   */
  answer(rawQuery: string): Reply {
    const query = new URLSearchParams(rawQuery);
    const principal = query.get("principal") ?? "";
    const action = query.get("action")?.toLowerCase();
    const limit = Number(query.get("limit") ?? 100);
    if (!Number.isInteger(limit) || limit < 1 || limit > IN_MEMORY) {
      return json(400, { message: `limit must be a whole number from 1 to ${IN_MEMORY}` });
    }
    const decisions = this.recent()
      .reverse()
      .filter((each) => each.principal.includes(principal))
      .filter((each) => action === undefined || each.action.toLowerCase() === action)
      .slice(0, limit);
    return json(200, { decisions });
  }

  close(): void {
    closeSync(this.#file);
  }

  #rotate(): void {
    if (existsSync(this.#path)) renameSync(this.#path, `${this.#path}.1`);
    // The old one stays in use until there is a new one.
    const file = openSync(this.#path, "a", 0o600);
    closeSync(this.#file);
    this.#file = file;
    this.#bytes = 0;
  }
}

function json(status: number, body: unknown): Reply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

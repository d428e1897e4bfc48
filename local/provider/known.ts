/**
 * Which resources the engine has in its state. The engine asks about a resource (a diff, a read, an update) only if it
 * knows of it, so one that was never asked about was created by a run that died before it could note it down.
 */
import type { Account, Table } from "../account/account.ts";

export class Known {
  readonly #table: Table<true>;
  readonly #keys: Set<string>;

  constructor(account: Account) {
    this.#table = account.table<true>("provider-known");
    this.#keys = new Set(Array.from(this.#table.entries(), ([key]) => key));
  }

  has(type: string, id: string): boolean {
    return this.#keys.has(`${type} ${id}`);
  }

  note(type: string, id: string): void {
    if (this.has(type, id)) return;
    this.#table.put(`${type} ${id}`, true);
    this.#keys.add(`${type} ${id}`);
  }

  forget(type: string, id: string): void {
    if (!this.has(type, id)) return;
    this.#table.delete(`${type} ${id}`);
    this.#keys.delete(`${type} ${id}`);
  }
}

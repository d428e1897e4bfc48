import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** SQLITE_BUSY: somebody else holds the lock. */
const BUSY = 5;

/**
 * Takes an account's folder for this process. The lock is the operating system's, by way of SQLite: it ends with the
 * process, however that ends, and no process that was later given the same id is taken for its owner.
 * @returns what gives the folder back; undefined if another process has it
 * @throws Error if the folder can't be written
 */
export function occupy(folder: string): (() => void) | undefined {
  mkdirSync(folder, { recursive: true });
  const lock = new DatabaseSync(join(folder, "occupied.sqlite"));
  try {
    lock.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode === BUSY) return undefined;
    throw error;
  }
  return () => {
    lock.close();
  };
}

/** Whether a process serves the folder now. */
export function isOccupied(folder: string): boolean {
  const release = occupy(folder);
  release?.();
  return release === undefined;
}

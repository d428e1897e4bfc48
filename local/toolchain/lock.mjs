/** One bootstrap at a time: a second one waits for the first and then finds its work done. */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { onInterrupt } from "./processes.mjs";

const POLL_MS = 250;

/**
 * @template T
 * @param {string} file holds the owner's process id while the work goes on
 * @param {{ onWait: (owner: number) => void }} options
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, { onWait }, work) {
  mkdirSync(dirname(file), { recursive: true });
  while (!take(file)) {
    const owner = ownerOf(file);
    // A killed owner can't release it. Should two waiters both remove it, the worst is work done twice:
    // results are renamed into place whole.
    if (owner !== undefined && !isAlive(owner)) rmSync(file, { force: true });
    else onWait(owner ?? 0);
    await sleep(POLL_MS);
  }
  const release = () => rmSync(file, { force: true });
  const forget = onInterrupt(release);
  try {
    return await work();
  } finally {
    forget();
    release();
  }
}

/** @param {string} file */
function take(file) {
  try {
    const handle = openSync(file, "wx");
    writeSync(handle, String(process.pid));
    closeSync(handle);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/**
 * @param {string} file
 * @returns {number | undefined} undefined while it is being written or just released
 */
function ownerOf(file) {
  try {
    return Number(readFileSync(file, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

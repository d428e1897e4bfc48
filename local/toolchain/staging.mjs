/** Folders that appear whole or not at all. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { onInterrupt } from "./processes.mjs";

/**
 * Fills a new folder beside the target and renames it into place when the work says so; removes it otherwise,
 * also when a signal ends the process meanwhile.
 * @template T
 * @param {string} target a stale or half folder there is replaced
 * @param {(staging: string) => Promise<{ keep: boolean, result: T }>} work
 * @returns {Promise<T>}
 */
export async function intoPlace(target, work) {
  mkdirSync(dirname(target), { recursive: true });
  const staging = mkdtempSync(join(dirname(target), `.${basename(target)}-`));
  const discard = () => rmSync(staging, { recursive: true, force: true });
  const forget = onInterrupt(discard);
  try {
    const { keep, result } = await work(staging);
    if (keep) {
      if (existsSync(target)) rmSync(target, { recursive: true, force: true });
      // Temporary folders are closed to others; tools may be shared.
      chmodSync(staging, 0o755);
      renameSync(staging, target);
    }
    return result;
  } finally {
    forget();
    discard();
  }
}

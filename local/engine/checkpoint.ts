import { copyFileSync, existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { lockOf } from "./lock.ts";

/**
 * Puts back what the engine knew of a stack before a write that never ended: it writes a state file in place, so a killed
 * CLI (or a full disk) can leave it cut off, and every later command would stop at "failed to load checkpoint". The engine keeps
 * the one before beside it. What was made in between is found again by the next update, as after any killed one.
 *
 * @param state folder that the engine's backend is in
 * @returns the state files that were put back
 */
export function mendCheckpoints(state: string): readonly string[] {
  const files = globSync("stacks/*/*.json.bak", { cwd: join(state, ".pulumi") });
  return files.flatMap((name) => {
    const backup = join(state, ".pulumi", name);
    const file = backup.slice(0, -".bak".length);
    if (!existsSync(file) || isWhole(file) || !isWhole(backup)) return [];
    // Half-written because it is just being written.
    if (lockOf(state, basename(dirname(file)), basename(file, ".json")) === "held") return [];
    copyFileSync(backup, file);
    return [file];
  });
}

function isWhole(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isRunning } from "./strays.ts";

/**
 * Whether a stack's lock was left by CLIs that are gone: a killed one doesn't release it, and the next update would
 * be refused. What can't be read counts as held.
 */
export function isAbandoned(folder: string, project: string, stack: string): boolean {
  const locks = join(folder, "engine", ".pulumi", "locks", "organization", project, stack);
  if (!existsSync(locks)) return false;
  const held = readdirSync(locks).filter((name) => name.endsWith(".json"));
  return held.length > 0 && held.every((name) => !isHeld(join(locks, name)));
}

function isHeld(file: string): boolean {
  try {
    const { pid } = JSON.parse(readFileSync(file, "utf8")) as { pid?: unknown };
    return typeof pid !== "number" || isRunning(pid);
  } catch {
    return true;
  }
}

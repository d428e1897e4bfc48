import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isRunning } from "./strays.ts";

/**
 * What the locks of a stack say: it is `free`, `held` by a CLI that runs, or `abandoned` by CLIs that are gone: a killed one doesn't
 * release it, and the next update would be refused. What can't be read counts as held.
 *
 * @param state folder that the engine's backend is in
 */
export function lockOf(state: string, project: string, stack: string): "free" | "held" | "abandoned" {
  const locks = join(state, ".pulumi", "locks", "organization", project, stack);
  const files = existsSync(locks) ? readdirSync(locks).filter((name) => name.endsWith(".json")) : [];
  if (files.length === 0) return "free";
  return files.some((name) => isHeld(join(locks, name))) ? "held" : "abandoned";
}

function isHeld(file: string): boolean {
  try {
    const { pid } = JSON.parse(readFileSync(file, "utf8")) as { pid?: unknown };
    return typeof pid !== "number" || isRunning(pid);
  } catch {
    return true;
  }
}

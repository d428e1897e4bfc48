/** How the CLI is told to judge: by the policy pack, as the environment configures it. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { configurationOf } from "../policies/support/configuration.ts";
import { PROJECT } from "./paths.ts";

/** The project's own pack. */
export const PACK = join(PROJECT, "policies");

/** Commands that are judged: those that show or make what the program says. */
const JUDGED = new Set(["up", "update", "preview", "pre"]);

/** @throws Error if the environment's configuration can't be read or is refused */
export function packArguments(environment: string, pack = PACK): readonly string[] {
  const configuration = configurationOf(pack, environment);
  return [
    "--policy-pack",
    pack,
    ...(configuration === undefined ? [] : ["--policy-pack-config", configuration]),
  ];
}

/**
 * Arguments of the CLI, with the pack where they run the program and name no other.
 * @param selected the stack that is meant where none is named
 * @throws Error as `packArguments`
 */
export function judged(args: readonly string[], selected: () => string, pack = PACK): readonly string[] {
  if (!JUDGED.has(args[0] ?? "") || args.some((arg) => arg.startsWith("--policy-pack"))) return args;
  const { stack } = parseArgs({
    args: args.slice(1),
    options: { stack: { type: "string", short: "s" } },
    allowPositionals: true,
    strict: false,
  }).values;
  const name = typeof stack === "string" ? stack : selected();
  // The engine takes `organization/project/stack` too.
  return [...args, ...packArguments(name.slice(name.lastIndexOf("/") + 1), pack)];
}

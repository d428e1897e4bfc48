/** How the CLI is told to judge: by the policy pack, as the environment configures it. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { configurationOf } from "../policies/support/configuration.ts";
import { PROJECT } from "./paths.ts";

/** The project's own pack. */
export const PACK = join(PROJECT, "policies");

/** Commands that are judged: those that show or make what the program says. */
const JUDGED = new Set(["up", "update", "preview", "pre", "watch"]);

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
  if (!commandsIn(args).some((command) => JUDGED.has(command))) return args;
  if (namesPack(args)) return args;
  const { stack } = parseArgs({
    args: [...args],
    options: { stack: { type: "string", short: "s" } },
    allowPositionals: true,
    strict: false,
  }).values;
  const name = typeof stack === "string" ? stack : selected();
  // The engine takes `organization/project/stack` too.
  return [...args, ...packArguments(name.slice(name.lastIndexOf("/") + 1), pack)];
}

/** Whether another pack is named; the CLI takes an empty name for none at all, and a missing one for a fault. */
const namesPack = (args: readonly string[]): boolean =>
  args.some((arg, at) =>
    arg === "--policy-pack" ? args[at + 1]?.trim() !== "" : /^--policy-pack=.*\S/s.test(arg),
  );

/** What may be the command: flags can stand before it, and whether what follows one is its value is the CLI's to know. */
function commandsIn(args: readonly string[]): readonly string[] {
  const isFlag = (arg = ""): boolean => arg.startsWith("-");
  const certain = args.findIndex(
    (arg, at) => !isFlag(arg) && (!isFlag(args[at - 1]) || args[at - 1]?.includes("=") === true),
  );
  return args.slice(0, certain < 0 ? args.length : certain + 1).filter((arg) => !isFlag(arg));
}

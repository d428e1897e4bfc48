/** Arguments for mocha: the whole suite, or the files and folders that were named. */
import { statSync } from "node:fs";
import { join } from "node:path";

const ALL = "tests";
const PATTERN = "**/*.test.ts";

/**
 * `npm test -- tests/tenants` runs that folder's tests, and only those: mocha itself would add what is named to the
 * files of its configuration, and take a folder's helpers for tests.
 * @param {readonly string[]} args
 * @param {string} root
 */
export function mochaArguments(args, root) {
  let named = false;
  const mapped = args.map((arg) => {
    const kind = arg.startsWith("-") ? undefined : kindOf(join(root, arg));
    named ||= kind !== undefined || arg.endsWith(".test.ts");
    return kind === "folder" ? `${arg.replace(/\/+$/, "")}/${PATTERN}` : arg;
  });
  return named ? mapped : [...mapped, `${ALL}/${PATTERN}`];
}

/**
 * @param {string} path
 * @returns {"folder" | "file" | undefined} undefined where nothing is there
 */
function kindOf(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  return found.isDirectory() ? "folder" : "file";
}

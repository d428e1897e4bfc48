/** Types, lint rules, format and import directions, with one summary. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { runQuietly } from "./processes.mjs";

const PART_MS = 10 * 60_000;
const SOURCES = ["infra", "tenants", "runtime", "policies", "local", "cli", "tests"];

/** Each part, by the file of the package that it runs. */
const PARTS = [
  { name: "types", bin: "typescript/bin/tsc", args: ["-p", "."] },
  { name: "rules", bin: "eslint/bin/eslint.js", args: ["--max-warnings", "0", "."] },
  { name: "format", bin: "prettier/bin/prettier.cjs", args: ["--check", "."] },
  { name: "imports", bin: "dependency-cruiser/bin/dependency-cruiser.mjs", args: [] },
];

/**
 * Runs every part, also after one that fails, so that one run tells everything.
 * @param {{ node: string, env: NodeJS.ProcessEnv, cwd: string }} tools
 * @returns {Promise<number>} 0 when all are clean
 */
export async function lint({ node, env, cwd }) {
  let failed = 0;
  for (const { name, bin, args } of PARTS) {
    const began = Date.now();
    const sources = name === "imports" ? SOURCES.filter((folder) => existsSync(join(cwd, folder))) : [];
    const program = join(cwd, "node_modules", bin);
    const outcome = await runQuietly(node, [program, ...args, ...sources], { env, cwd, timeoutMs: PART_MS });
    const seconds = ((Date.now() - began) / 1000).toFixed(0);
    process.stdout.write(`${outcome.ok ? "✔" : "✘"} ${name} (${seconds} s)\n`);
    if (outcome.ok) continue;
    failed += 1;
    process.stdout.write(`${outcome.output.trim() || outcome.reason}\n\n`);
  }
  process.stdout.write(`lint: ${PARTS.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

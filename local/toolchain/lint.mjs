/** Types, lint rules, format and import directions, with one summary. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { runQuietly } from "./processes.mjs";

const PART_MS = 10 * 60_000;
const SOURCES = ["infra", "tenants", "runtime", "policies", "local", "cli", "tests", "bench"];

/** @typedef {{ node: string, env: NodeJS.ProcessEnv, cwd: string }} Tools */

/** Each part, by the file of the package that it runs. */
const PARTS = [
  { name: "types", bin: "typescript/bin/tsc", args: ["-p", "."] },
  { name: "rules", bin: "eslint/bin/eslint.js", args: ["--max-warnings", "0", "."] },
  { name: "format", bin: "prettier/bin/prettier.cjs", args: ["--check", "."] },
  { name: "imports", bin: "dependency-cruiser/bin/dependency-cruiser.mjs", args: [] },
];

/**
 * Runs the parts side by side, and all of them, so that one run tells everything.
 * @param {Tools} tools
 * @returns {Promise<number>} 0 when all are clean
 */
export async function lint(tools) {
  let failed = 0;
  const running = PARTS.map((part) => ({ name: part.name, report: check(part, tools) }));
  for (const { name, report } of running) {
    const { ok, text, seconds } = await report;
    process.stdout.write(`${ok ? "✔" : "✘"} ${name} (${seconds} s)\n${ok ? "" : `${text}\n\n`}`);
    if (!ok) failed += 1;
  }
  process.stdout.write(`lint: ${PARTS.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

/**
 * @param {(typeof PARTS)[number]} part
 * @param {Tools} tools
 */
async function check({ name, bin, args }, { node, env, cwd }) {
  const began = Date.now();
  const sources = name === "imports" ? SOURCES.filter((folder) => existsSync(join(cwd, folder))) : [];
  const program = join(cwd, "node_modules", bin);
  const { ok, output, reason } = await runQuietly(node, [program, ...args, ...sources], {
    env,
    cwd,
    timeoutMs: PART_MS,
  });
  return { ok, text: output.trim() || reason, seconds: ((Date.now() - began) / 1000).toFixed(0) };
}

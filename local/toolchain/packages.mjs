/** The npm packages that package-lock.json names, installed when something is missing. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ToolchainFailure } from "./failure.mjs";
import { withLock } from "./lock.mjs";
import { npm } from "./npm.mjs";

const INSTALL_MS = 20 * 60_000;

/**
 * @param {{ env: NodeJS.ProcessEnv, root: string, logs: string, step: import("./progress.mjs").Step }} options
 * @returns {Promise<void>}
 */
export async function ensurePackages({ env, root, logs, step }) {
  if (isInstalled(root)) return;
  const waiting = { onWait: () => step.note("another set-up is at it, waiting") };
  await withLock(join(root, ".bulkhead", "npm.lock"), waiting, async () => {
    if (isInstalled(root)) return;
    step.note("npm ci");
    const log = join(logs, "npm-ci.log");
    // Development packages too, also where NODE_ENV=production would leave them out: the tests are for everyone.
    const outcome = await npm(["ci", "--include=dev"], { env, cwd: root, timeoutMs: INSTALL_MS, log });
    if (outcome.ok) return step.done("installed");
    step.fail("npm ci failed");
    throw new ToolchainFailure(
      [
        "The npm packages could not be installed (npm ci).",
        ...outcome.output
          .trim()
          .split("\n")
          .slice(-12)
          .map((line) => `  ${line}`),
        `Why: ${outcome.reason}. Log: ${log}`,
        /ENOSPC|EDQUOT/.test(outcome.output)
          ? `The disk is full. Make room for ${root} and npm's cache, then run the same command again.`
          : "Check the network and npm's registry setting, then run the same command again.",
      ].join("\n"),
    );
  });
}

/**
 * npm writes its record into node_modules when an installation is complete, so an interrupted one has none.
 * Comparing the two, rather than a time stamp, keeps what a developer installed with `npm install`.
 * @param {string} root
 */
export function isInstalled(root) {
  const wanted = packagesOf(join(root, "package-lock.json"));
  const found = packagesOf(join(root, "node_modules", ".package-lock.json"));
  if (!wanted || !found) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === "") return true;
    const there = found[path];
    // Optional packages are for other platforms as well.
    return there ? there.version === version : optional === true;
  });
}

/**
 * @param {string} lockfile
 * @returns {Record<string, { version?: string, optional?: boolean }> | undefined}
 */
function packagesOf(lockfile) {
  try {
    return JSON.parse(readFileSync(lockfile, "utf8")).packages;
  } catch {
    return undefined;
  }
}

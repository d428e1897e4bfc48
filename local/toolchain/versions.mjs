/** The pinned versions and the folders that they are kept in. */
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Runs TypeScript without a build step from this version on. */
export const NODE_MINIMUM = "22.18.0";
/** What is installed where no Node on PATH is new enough. */
export const NODE_INSTALLED = "22.23.3";
/** The newest CLI whose language host can also be had as a Go module, so that it can be built without Pulumi's downloads. */
export const PULUMI_VERSION = "3.220.0";

/** The project's folder, with a slash at its end. */
export const projectRoot = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Where Node is installed when it has to be: shared by every clone of the project.
 * @param {NodeJS.ProcessEnv} env `BULKHEAD_HOME` moves it; default `~/.bulkhead`.
 */
export function nodeFolder(env) {
  const home = env["BULKHEAD_HOME"] || join(env["HOME"] || homedir(), ".bulkhead");
  return join(home, "versions", `node-${NODE_INSTALLED}`);
}

/**
 * Where Pulumi's own tools keep a version, so that they and this project share one copy.
 * @param {NodeJS.ProcessEnv} env `PULUMI_HOME` moves it; default `~/.pulumi`.
 */
export function pulumiFolder(env) {
  const home = env["PULUMI_HOME"] || join(env["HOME"] || homedir(), ".pulumi");
  return join(home, "versions", PULUMI_VERSION);
}

/**
 * @param {string} found such as `v22.3.0`
 * @param {string} minimum such as `22.18.0`
 */
export function isAtLeast(found, minimum) {
  const [a, b] = [found, minimum].map((text) => text.replace(/^v/, "").split(".").map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (a?.[i] ?? NaN) - (b?.[i] ?? NaN);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** The environment that every child of the toolchain runs in, in one place. */
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { NODE_MINIMUM, isAtLeast, nodeFolder, pulumiFolder } from "./versions.mjs";

/** Variables that hold for every command, whatever the user's environment says. */
const FIXED = {
  // Neither a version check nor a plugin download: the CLI is pinned and the providers are attached.
  PULUMI_SKIP_UPDATE_CHECK: "1",
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
};

/**
 * The environment for Pulumi, its language host and everything else that is spawned: the pinned tools first on
 * PATH (Pulumi's language host looks `node` up there) and the fixed variables.
 * @param {NodeJS.ProcessEnv} [base] default: this process's environment, which is left as it is.
 * @param {readonly string[]} [folders] folders to put first; default: the running Node where it is new enough,
 *   and the pinned Pulumi CLI's folder where it exists.
 * @returns {NodeJS.ProcessEnv}
 */
export function toolEnvironment(base = process.env, folders = defaultFolders(base)) {
  const path = [...folders, ...(base["PATH"] ?? "").split(delimiter)].filter((folder) => folder !== "");
  return { ...base, ...FIXED, PATH: [...new Set(path)].join(delimiter) };
}

/** @param {NodeJS.ProcessEnv} base */
function defaultFolders(base) {
  const node = isAtLeast(process.version, NODE_MINIMUM)
    ? dirname(process.execPath)
    : join(nodeFolder(base), "bin");
  return [node, join(pulumiFolder(base), "bin")].filter((folder) => existsSync(folder));
}

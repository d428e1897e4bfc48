/** Runs a program of the project on the project's own Node. */
import { fileURLToPath } from "node:url";
import { runInForeground } from "./processes.mjs";

const LIFELINE = new URL("./lifeline.mjs", import.meta.url).href;

/**
 * @param {{ node: string, env: NodeJS.ProcessEnv, cwd?: string }} tools
 * @param {URL} file
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
export function runOnNode({ node, env, cwd }, file, args) {
  const flags = ["--disable-warning=ExperimentalWarning", `--import=${LIFELINE}`];
  return runInForeground(node, [...flags, fileURLToPath(file), ...args], {
    env,
    ...(cwd === undefined ? {} : { cwd }),
  });
}

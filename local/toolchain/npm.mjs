/** npm, run from within npm: what the outer command hands down about itself must not steer the inner one. */
import { runQuietly } from "./processes.mjs";

const OUTER =
  /^npm_(lifecycle|package|command|execpath|node_execpath)|^npm_config_(local_prefix|global|location|loglevel|omit|include|dry_run|package_lock_only|workspaces?|yes|call|package|ignore_scripts)$/i;

/**
 * @param {readonly string[]} args
 * @param {{ env: NodeJS.ProcessEnv, cwd: string, timeoutMs: number, log: string }} options
 */
export function npm(args, { env, ...options }) {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !OUTER.test(name)));
  const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
  return runQuietly("npm", [...args, ...quiet], { env: kept, ...options });
}

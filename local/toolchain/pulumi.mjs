/** The pinned Pulumi CLI with its Node.js language host: found, or put into Pulumi's own versions folder. */
import { dirname, join } from "node:path";
import { notFound } from "./failure.mjs";
import { withLock } from "./lock.mjs";
import { runQuietly } from "./processes.mjs";
import { findOnPath, isProgram } from "./programs.mjs";
import { officialInstaller } from "./pulumi-official.mjs";
import { goBuild } from "./pulumi-build.mjs";
import { intoPlace } from "./staging.mjs";
import { PULUMI_VERSION, pulumiFolder } from "./versions.mjs";

const ASK_MS = 30_000;
const HELPERS = ["pulumi-language-nodejs", "pulumi-analyzer-policy"];

/**
 * @typedef {object} Source a way to have the CLI
 * @property {string} what as the user would call it
 * @property {(bin: string, options: SourceOptions) => Promise<string>} fill puts the programs into `bin`;
 *   returns why it could not, or an empty string
 *
 * @typedef {object} SourceOptions
 * @property {NodeJS.ProcessEnv} env
 * @property {string} logs
 * @property {import("./progress.mjs").Step} step
 */

/**
 * @param {SourceOptions & { sources?: readonly Source[] }} options
 * @returns {Promise<string>} the folder that holds the programs
 */
export async function ensurePulumi({ env, logs, step, sources = [officialInstaller, goBuild] }) {
  /** @type {{ what: string, why: string }[]} */
  const attempts = [];
  const candidates = findOnPath("pulumi", env).map((file) => dirname(file));
  const folder = pulumiFolder(env);
  const kept = join(folder, "bin");
  for (const bin of new Set([...candidates, kept])) {
    const why = await faultOf(bin, env);
    if (why === "") return bin;
    attempts.push({ what: bin, why });
  }
  if (candidates.length === 0) attempts.unshift({ what: "PATH", why: "no pulumi there" });

  const waiting = { onWait: () => step.note("another set-up is at it, waiting") };
  return withLock(`${folder}.lock`, waiting, async () => {
    if ((await faultOf(kept, env)) === "") return kept;
    for (const source of sources) {
      const why = await intoPlace(folder, async (staging) => {
        const bin = join(staging, "bin");
        const failure = await source.fill(bin, { env, logs, step });
        const result = failure || (await faultOf(bin, env));
        return { keep: result === "", result };
      });
      if (why === "") {
        step.done(`${PULUMI_VERSION} in ${folder}`);
        return kept;
      }
      attempts.push({ what: source.what, why });
    }
    step.fail("could not be had");
    throw notFound(
      `This command needs the Pulumi CLI, version ${PULUMI_VERSION}.`,
      attempts,
      `Install it with \`curl -fsSL https://get.pulumi.com | sh -s -- --version ${PULUMI_VERSION}\`, or install Go 1.24 or later ` +
        "(https://go.dev/dl) so that it can be built here, and run the same command again.",
    );
  });
}

/**
 * @param {string} bin
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>} empty when the folder's CLI is the pinned one and finds its helpers
 */
async function faultOf(bin, env) {
  const cli = join(bin, "pulumi");
  if (!isProgram(cli)) return "no pulumi there";
  for (const helper of HELPERS) {
    if (!isProgram(join(bin, helper)) && findOnPath(helper, env).length === 0) return `${helper} is missing`;
  }
  const asked = { ...env, PULUMI_SKIP_UPDATE_CHECK: "1" };
  const outcome = await runQuietly(cli, ["version"], { env: asked, timeoutMs: ASK_MS });
  if (!outcome.ok) return `pulumi version fails: ${outcome.reason}`;
  const version = outcome.output.trim();
  return version === `v${PULUMI_VERSION}` ? "" : `it is ${version}, not v${PULUMI_VERSION}`;
}

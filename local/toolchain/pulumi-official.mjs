/** The CLI by Pulumi's own installer. */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { runQuietly } from "./processes.mjs";
import { findOnPath } from "./programs.mjs";
import { PULUMI_VERSION } from "./versions.mjs";

const SCRIPT = "https://get.pulumi.com/install.sh";
const SCRIPT_MS = 45_000;
const DOWNLOAD_MS = 10 * 60_000;

/** @type {import("./pulumi.mjs").Source} */
export const officialInstaller = {
  what: `Pulumi's installer (${SCRIPT})`,
  async fill(bin, { env, logs, step }) {
    // The installer itself downloads with curl, so nothing is lost by asking curl for the installer.
    if (findOnPath("curl", env).length === 0) return "it needs curl, which is not on PATH";
    step.note(`${PULUMI_VERSION} by Pulumi's installer`);
    const staging = dirname(bin);
    mkdirSync(staging, { recursive: true });
    const script = join(staging, "install.sh");
    const log = join(logs, "pulumi-install.log");
    const got = await runQuietly("curl", ["-fsSL", "--connect-timeout", "15", "-o", script, SCRIPT], {
      env,
      timeoutMs: SCRIPT_MS,
      log,
    });
    if (!got.ok) return got.reason;
    const args = [script, "--no-edit-path", "--install-root", staging, "--version", PULUMI_VERSION];
    const outcome = await runQuietly("sh", args, { env, timeoutMs: DOWNLOAD_MS, log });
    return outcome.ok ? "" : `${outcome.reason} (log: ${log})`;
  },
};

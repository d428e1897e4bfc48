/** `npm run -s pulumi -- ARGS`: the pinned Pulumi CLI against the embedded account, which runs for as long as it takes. */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { findRunning, openEmbedded } from "../embedded.ts";
import { engineEnvironment } from "../engine/environment.ts";
import { defaultPlace, PROJECT } from "../paths.ts";
import { main } from "./main.ts";

/** Commands that run the policy pack unless the caller names another. */
const JUDGED = new Set(["up", "update", "preview"]);

await main(async () => {
  const place = defaultPlace("local");
  const running = findRunning(place.folder);
  const embedded = running ? undefined : await openEmbedded(place);
  const { debugProviders } = running ?? (embedded as { debugProviders: string });
  mkdirSync(join(place.folder, "engine"), { recursive: true });
  const args = process.argv.slice(2);
  const judged = JUDGED.has(args[0] ?? "") && !args.some((arg) => arg.startsWith("--policy-pack"));
  try {
    return await runCli(
      judged ? [...args, "--policy-pack", join(PROJECT, "policies")] : args,
      engineEnvironment(place.folder, debugProviders),
    );
  } finally {
    await embedded?.close();
  }
});

function runCli(args: readonly string[], env: Record<string, string>): Promise<number> {
  const child = spawn("pulumi", args, { cwd: PROJECT, env, stdio: "inherit" });
  // The CLI ends an update cleanly at its first interrupt; this process waits for that.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => child.kill("SIGINT"));
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => {
      resolve(code ?? 1);
    });
  });
}

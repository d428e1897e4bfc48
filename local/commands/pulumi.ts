/** `npm run -s pulumi -- ARGS`: the pinned Pulumi CLI against the embedded account, which runs for as long as it takes. */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { findRunning, openEmbedded } from "../embedded.ts";
import { engineEnvironment } from "../engine/environment.ts";
import { judged } from "../judged.ts";
import { defaultPlace, PROJECT } from "../paths.ts";
import { main } from "./main.ts";

await main(async () => {
  const place = defaultPlace("local");
  const running = findRunning(place.folder);
  const embedded = running ? undefined : await openEmbedded(place);
  const { debugProviders } = running ?? (embedded as { debugProviders: string });
  mkdirSync(join(place.folder, "engine"), { recursive: true });
  const env = engineEnvironment(place.folder, debugProviders);
  try {
    return await runCli(
      judged(process.argv.slice(2), () => selected(env)),
      env,
    );
  } finally {
    await embedded?.close();
  }
});

function selected(env: Record<string, string>): string {
  return execFileSync("pulumi", ["stack", "--show-name", "--non-interactive"], {
    cwd: PROJECT,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  }).trim();
}

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

/** `npm run deploy -- ENVIRONMENT`: check, preview with the policy pack, update; with the caller's AWS credentials and backend. */
import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline/promises";
import { awsEnvironment, deploy, orderOf } from "../deployment.ts";
import { PROJECT } from "../paths.ts";
import { toolEnvironment } from "../toolchain/environment.mjs";
import { main } from "./main.ts";

await main(() =>
  deploy(orderOf(process.argv.slice(2)), {
    pulumi,
    ask: process.stdin.isTTY ? ask : undefined,
    say: (line) => {
      process.stdout.write(`${line}\n`);
    },
  }),
);

function pulumi(args: readonly string[]): Promise<number> {
  const child = spawn("pulumi", args, {
    cwd: PROJECT,
    env: awsEnvironment(toolEnvironment(process.env)),
    stdio: "inherit",
  });
  // The CLI ends an update cleanly at its first interrupt; this process waits for that.
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const pass = (): void => {
    child.kill("SIGINT");
  };
  for (const signal of signals) process.on(signal, pass);
  return new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => {
      resolve(code ?? 1);
    });
  }).finally(() => {
    for (const signal of signals) process.off(signal, pass);
  });
}

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(`${question} [yes/no] `)).trim() === "yes";
  } finally {
    terminal.close();
  }
}

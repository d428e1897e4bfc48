/** What an environment's update would do, by the real engine: over the base's deployment, in an embedded account. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { stripVTControlCharacters } from "node:util";
import { configurationOf } from "../../policies/support/configuration.ts";
import { openEmbedded } from "../embedded.ts";
import { Engine, EngineError, type EngineOptions } from "../engine/engine.ts";
import { engineEnvironment } from "../engine/environment.ts";
import { endMarked, newMark } from "../engine/strays.ts";
import { packArguments } from "../judged.ts";
import { ensurePackages, isInstalled } from "../toolchain/packages.mjs";
import { createProgress } from "../toolchain/progress.mjs";
import { copyCommit, copyProject, withoutSecrets } from "./copies.ts";

export interface PreviewOrder {
  readonly project: string;
  /** An empty or new folder for the account, the copies and the engine's state. */
  readonly folder: string;
  readonly environment: string;
  /** A commit; undefined: nothing is deployed before. */
  readonly base: string | undefined;
  readonly say: (step: string) => void;
}

/** What the engine said. */
export interface Previewed {
  /** `pulumi preview --json --show-sames`; undefined where the engine did not get that far. */
  readonly digest: unknown;
  /** The engine's events, one by one. */
  readonly events: readonly unknown[];
  /** 0: nothing refused. */
  readonly exitCode: number;
  /** What it said besides. */
  readonly stderr: string;
  /** The base's id; undefined where nothing was deployed before. */
  readonly base: string | undefined;
}

export async function previewOver(order: PreviewOrder): Promise<Previewed> {
  const { project, folder, environment, say } = order;
  const [head, before] = [join(folder, "head"), join(folder, "base")];
  // Before all that takes long, and by the name that its author knows it by.
  configurationOf(join(project, "policies"), environment);
  mkdirSync(folder, { recursive: true });
  copyProject(project, head);
  if (!withoutSecrets(head, environment))
    throw new Error(`There is no environment ${environment}: Pulumi.${environment}.yaml is missing.`);
  const commit = order.base === undefined ? undefined : copyCommit(project, order.base, before);
  const deployed = commit !== undefined && withoutSecrets(before, environment);
  const embedded = await openEmbedded({ folder: join(folder, "account"), port: 0 });
  try {
    const engine = { folder: embedded.folder, debugProviders: embedded.debugProviders, stack: environment };
    if (deployed) {
      await ensureBasePackages(before, folder);
      say(`deploying ${environment} as of ${commit.slice(0, 12)} into an embedded account`);
      await deployBase(commit, { ...engine, project: before, policyPacks: [] });
    }
    // Selects the stack in the copy, or makes it.
    await Engine.open({ ...engine, project: head, policyPacks: [] });
    say(`previewing ${environment} as it is here, with the policy pack`);
    return { ...(await preview(head, engine)), base: deployed ? commit : undefined };
  } finally {
    await embedded.close();
  }
}

async function deployBase(commit: string, options: EngineOptions): Promise<void> {
  try {
    await (await Engine.open(options)).up();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const lines = stripVTControlCharacters(error.message).split("\n");
    throw new Error(
      [
        `The base ${commit.slice(0, 12)} can't be deployed, so there is nothing to compare with.`,
        "Name a commit that works by --base, or none to see everything as new.",
        ...lines.filter((line) => !/^\s+at /.test(line)),
      ].join("\n"),
      { cause: error },
    );
  }
}

async function preview(
  project: string,
  { folder, debugProviders, stack }: { folder: string; debugProviders: string; stack: string },
): Promise<Omit<Previewed, "base">> {
  const log = join(folder, "events.jsonl");
  rmSync(log, { force: true });
  const pack = packArguments(stack, join(project, "policies"));
  const args = ["preview", "--stack", stack, "--json", "--show-sames", "--event-log", log];
  const mark = newMark(folder);
  const { code, stdout, stderr } = await run([...args, ...pack], project, {
    ...engineEnvironment(folder, debugProviders),
    ...mark,
    // The event log is an option for tools, which this switches on.
    PULUMI_DEBUG_COMMANDS: "true",
  }).finally(() => {
    endMarked(mark);
  });
  return { digest: parsed(stdout), events: existsSync(log) ? lines(log) : [], exitCode: code, stderr };
}

const lines = (file: string): unknown[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

async function ensureBasePackages(base: string, folder: string): Promise<void> {
  if (isInstalled(base)) return; // by the link to the project's own
  unlinkSync(join(base, "node_modules"));
  const progress = createProgress();
  try {
    const step = progress.step("npm packages of the base");
    await ensurePackages({ env: process.env, root: base, logs: join(folder, "logs"), step });
  } finally {
    progress.close();
  }
}

function run(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const child = spawn("pulumi", args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const stop = (): void => {
    child.kill("SIGINT");
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, stop);
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({
        code: code ?? 1,
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
      });
    });
  }).finally(() => {
    for (const signal of signals) process.off(signal, stop);
  });
}

/** Runs the real Pulumi CLI, which must be on PATH, on a small program of its own. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { backendUrl } from "../../../../local/engine/environment.ts";

export interface Run {
  readonly code: number | null;
  readonly output: string;
}

export interface Engine {
  /** Replaces the program: the body of an ES module that has `aws` and `pulumi`. */
  program(body: string): Promise<void>;
  /** Arguments after `pulumi`; the stack is `test`. With `killWhen`, all its processes are killed as soon as that holds. */
  run(args: readonly string[], options?: { readonly killWhen?: () => boolean }): Promise<Run>;
}

const SETTINGS = `name: provider-test
runtime: {name: nodejs, options: {typescript: false}}
`;

export async function engine(folder: string, debugProviders: string): Promise<Engine> {
  const project = join(folder, "project");
  await mkdir(join(folder, "state"), { recursive: true });
  await mkdir(project, { recursive: true });
  await writeFile(join(project, "Pulumi.yaml"), SETTINGS);
  await writeFile(join(project, "Pulumi.test.yaml"), "config:\n  aws:region: us-east-1\n");
  await writeFile(join(project, "package.json"), '{"type":"module","main":"index.mjs"}');
  await symlink(
    join(import.meta.dirname, "../../../../node_modules"),
    join(project, "node_modules"),
    "junction",
  );
  const env = {
    ...process.env,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: backendUrl(join(folder, "state")),
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DEBUG_PROVIDERS: debugProviders,
  };
  const run: Engine["run"] = (args, { killWhen } = {}) =>
    new Promise((resolve, reject) => {
      const [command = "", ...rest] = args;
      const child = spawn("pulumi", [command, "--stack", "test", "--non-interactive", ...rest], {
        cwd: project,
        env,
      });
      let output = "";
      const hear = (data: Buffer) => {
        output += data.toString();
      };
      const watch = setInterval(() => {
        if (child.pid === undefined || !killWhen?.()) return;
        clearInterval(watch);
        for (const pid of family(child.pid)) process.kill(pid, "SIGKILL");
      }, 5);
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.on("error", (error) => {
        clearInterval(watch);
        reject(new Error(`the Pulumi CLI can't be run: ${error.message}`));
      });
      child.on("exit", () => {
        clearInterval(watch);
      });
      child.on("close", (code) => {
        resolve({ code, output });
      });
    });
  const engine: Engine = {
    run,
    program: (body) =>
      writeFile(
        join(project, "index.mjs"),
        `import * as aws from "@pulumi/aws";\nimport * as pulumi from "@pulumi/pulumi";\n${body}`,
      ),
  };
  await engine.program("");
  return engine;
}

/** A process and all that it started: the CLI gives its language host a group of its own. */
function family(pid: number): number[] {
  const parents = existsSync("/proc/self/stat") ? fromProc() : fromPs();
  const found = [pid];
  for (const each of found) for (const [child, parent] of parents) if (parent === each) found.push(child);
  return found;
}

function fromProc(): [pid: number, parent: number][] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // `pid (name) state parent …`, where a name may hold anything.
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        return [[Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])]];
      } catch {
        return []; // It has ended meanwhile.
      }
    });
}

function fromPs(): [pid: number, parent: number][] {
  const listed = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  return listed
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
}

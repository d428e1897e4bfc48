/** Runs the real Pulumi CLI, which must be on PATH, on a small program of its own. */
import { spawn } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

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
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DEBUG_PROVIDERS: debugProviders,
  };
  const run: Engine["run"] = (args, { killWhen } = {}) =>
    new Promise((resolve, reject) => {
      const [command = "", ...rest] = args;
      // A group of its own, so that a kill leaves no language host behind.
      const child = spawn("pulumi", [command, "--stack", "test", "--non-interactive", ...rest], {
        cwd: project,
        env,
        detached: true,
      });
      let output = "";
      const hear = (data: Buffer) => {
        output += data.toString();
      };
      const watch = setInterval(() => {
        if (child.pid !== undefined && killWhen?.()) process.kill(-child.pid, "SIGKILL");
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

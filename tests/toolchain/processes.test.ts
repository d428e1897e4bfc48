import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { runQuietly } from "../../local/toolchain/processes.mjs";

const MAIN = new URL("../../local/toolchain/main.mjs", import.meta.url).href;
const COMMAND = new URL("../../local/toolchain/command.mjs", import.meta.url).href;

/** Counts interrupts, and ends half a second after the first with how many there were. */
const COUNTS_INTERRUPTS = `
let count = 0;
process.on("SIGINT", () => { if (++count === 1) setTimeout(() => process.exit(count), 600); });
setInterval(() => {}, 1000);
console.log("ready");`;

/** Starts another process of its group that would outlive it. */
const LEAVES_ONE = `
import { spawn } from "node:child_process";
const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
child.unref();
console.log("left " + child.pid);`;

const RUNS_ON = `setInterval(() => {}, 1000); console.log("ready " + process.pid);`;

describe("the command's process", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bulkhead-processes-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a program the way the npm scripts do, and resolves with its first output. */
  const start = async (program: string): Promise<{ runner: ChildProcess; said: string }> => {
    const file = join(folder, "program.mjs");
    const script = join(folder, "runner.mjs");
    writeFileSync(file, program);
    writeFileSync(
      script,
      `import { main } from ${JSON.stringify(MAIN)}; import { runOnNode } from ${JSON.stringify(COMMAND)};
       await main(() => runOnNode({ node: process.execPath, env: process.env }, new URL(${JSON.stringify(pathToFileURL(file).href)}), []));`,
    );
    const runner = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    const [data] = (await once(runner.stdout, "data")) as [Buffer];
    return { runner, said: data.toString().trim() };
  };
  const exitCode = async (runner: ChildProcess): Promise<number | null> =>
    runner.exitCode ?? ((await once(runner, "exit")) as [number | null])[0];

  it("passes its exit code on", async () => {
    const { runner } = await start(`console.log("x"); process.exitCode = 7;`);
    assert.equal(await exitCode(runner), 7);
  });

  it("gets one interrupt where the terminal and npm both send it", async () => {
    const { runner } = await start(COUNTS_INTERRUPTS);
    runner.kill("SIGINT");
    await sleep(50);
    runner.kill("SIGINT");
    assert.equal(await exitCode(runner), 1);
  });

  it("gets a second interrupt where the user insists", async () => {
    const { runner } = await start(COUNTS_INTERRUPTS);
    runner.kill("SIGINT");
    await sleep(450);
    runner.kill("SIGINT");
    assert.equal(await exitCode(runner), 2);
  });

  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    it(`gets ${signal}`, async () => {
      const { runner, said } = await start(RUNS_ON);
      runner.kill(signal);
      assert.equal(await exitCode(runner), code);
      await assertGone(said);
    });
  }

  it("leaves nothing behind that it started", async () => {
    const { runner, said } = await start(LEAVES_ONE);
    assert.equal(await exitCode(runner), 0);
    await assertGone(said);
  });

  it("ends when the process that started it is killed", async () => {
    const { runner, said } = await start(RUNS_ON);
    runner.kill("SIGKILL");
    await assertGone(said);
  });
});

describe("a helper program", () => {
  const run = (script: string, options: { timeoutMs?: number; log?: string } = {}) =>
    runQuietly("sh", ["-c", script], { env: process.env, timeoutMs: 5000, ...options });

  it("that fails is told by its last words", async () => {
    assert.equal((await run(`echo first; echo "no space left" >&2; exit 3`)).reason, "no space left");
  });

  it("that says nothing is told by its exit code", async () => {
    assert.equal((await run("exit 3")).reason, "exit code 3");
  });

  it("that is not there is told so", async () => {
    const outcome = await runQuietly("no-such-program", [], { env: process.env, timeoutMs: 5000 });
    assert.deepEqual(outcome, { ok: false, output: "", reason: "no-such-program was not found" });
  });

  it("that hangs is ended with its children", async () => {
    const outcome = await run("sleep 60 & echo started $!; wait", { timeoutMs: 200 });
    assert.match(outcome.reason, /did not end within/);
    await assertGone(outcome.output);
  });

  it("writes its output to the log", async () => {
    const log = join(mkdtempSync(join(tmpdir(), "bulkhead-log-")), "deep", "a.log");
    await run("echo words", { log });
    assert.equal(readFileSync(log, "utf8"), "words\n");
    rmSync(join(log, "../.."), { recursive: true });
  });
});

/** The process whose id ends the text is gone, or goes soon: an orphan that has ended counts until init reaps it. */
async function assertGone(text: string): Promise<void> {
  const pid = Number(/\d+\s*$/.exec(text)?.[0]);
  const deadline = Date.now() + 6000;
  while (Date.now() < deadline) {
    await sleep(20);
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
  }
  assert.fail(`process ${pid} is still there`);
}

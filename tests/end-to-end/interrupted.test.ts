/** What is interrupted leaves nothing behind and can be run again, from wherever it stopped. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../local/free-port.ts";
import type { Deployment } from "../../local/demo/operator.ts";
import { Scenario } from "../../local/demo/scenario.ts";
import { openEmbedded } from "../../local/embedded.ts";
import { backendUrl } from "../../local/engine/environment.ts";
import { Engine, EngineError } from "../../local/engine/engine.ts";
import { LOCAL_STACK, PROJECT } from "../../local/paths.ts";
import { deployed, DEPLOY_TIMEOUT_MS, temporaryFolder } from "./support/deployed.ts";
import { marked } from "./support/processes.ts";

/** From the signal to the end. */
const END_MS = 15_000;

describe("interruption", function () {
  this.timeout(DEPLOY_TIMEOUT_MS);

  /** The account that the second test leaves half deployed. */
  let half: string;

  /** The demo as a process of its own, with a mark that all its children carry. */
  const start = async (folder: string): Promise<{ demo: ChildProcess; mark: string; said: () => string }> => {
    const name = "BULKHEAD_TEST_RUN";
    const mark = `${name}=${folder}`;
    const demo = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", join(PROJECT, "local", "commands", "demo.ts")],
      {
        env: {
          ...process.env,
          [name]: folder,
          BULKHEAD_ACCOUNT: folder,
          BULKHEAD_PORT: String(await freePort()),
        },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let text = "";
    for (const stream of [demo.stdout, demo.stderr])
      stream.on("data", (data: Buffer) => (text += data.toString()));
    return { demo, mark, said: () => text };
  };
  const engineSaid = (folder: string): string => {
    const log = join(folder, `pulumi-${LOCAL_STACK}.log`);
    return existsSync(log) ? readFileSync(log, "utf8") : "";
  };
  const until = async (what: string, demo: ChildProcess | undefined, holds: () => boolean): Promise<void> => {
    for (;;) {
      if (holds()) return;
      assert.ok(demo?.exitCode === null || demo === undefined, `ended before ${what}`);
      await sleep(50);
    }
  };
  const isUpdating = (folder: string): boolean =>
    (engineSaid(folder).match(/ created \(/g) ?? []).length >= 15;

  const assertEnds = async (
    { demo, mark, said }: Awaited<ReturnType<typeof start>>,
    signal: NodeJS.Signals,
  ): Promise<void> => {
    const since = performance.now();
    demo.kill(signal);
    const [code] = (await once(demo, "exit")) as [number | null];
    const took = performance.now() - since;
    assert.equal(code, 130, said());
    assert.ok(took < END_MS, `took ${Math.round(took)} ms`);
    assert.doesNotMatch(said(), /\n\s+at /);
    await sleep(300);
    assert.deepEqual(marked(mark), []);
  };

  it("by Ctrl-C in the preview ends everything that was started", async () => {
    const folder = join(temporaryFolder(), "account");
    const run = await start(folder);
    const hosts = (): number =>
      marked(run.mark).filter(({ command }) => /language|policy/.test(command)).length;
    await until("the engine's children ran", run.demo, () => hosts() >= 2);
    await assertEnds(run, "SIGINT");
  });

  it("by SIGTERM in the middle of an update ends everything too", async () => {
    half = join(temporaryFolder(), "account");
    const run = await start(half);
    await until("resources were made", run.demo, () => isUpdating(half));
    await assertEnds(run, "SIGTERM");
  });

  it("by a SIGKILL of the engine is told, leaves no process, and the next update goes on to the end", async () => {
    const shared = await deployed();
    const embedded = await openEmbedded({ folder: half, port: 0 });
    try {
      // The address of its state marks an engine and its children as this account's.
      const mark = `PULUMI_BACKEND_URL=${backendUrl(join(half, "engine"))}`;
      const engine = await Engine.open({
        folder: half,
        debugProviders: embedded.debugProviders,
        stack: LOCAL_STACK,
        tenants: shared.tenantsFolder,
      });
      const count = (): number => embedded.gateway.account.resources().length;
      const before = count();
      assert.ok(before > 0, "the interrupted update had made something");
      const killed = engine.up();
      killed.catch(() => undefined);
      await until("more resources were made", undefined, () => count() >= before + 15);
      for (const { pid } of marked(mark).filter(({ command }) => command.startsWith("pulumi "))) {
        process.kill(pid, "SIGKILL");
      }
      await assert.rejects(killed, (error: unknown) => {
        assert.ok(error instanceof EngineError);
        assert.match(error.message, /ended by SIGKILL .*Run it again/);
        return true;
      });
      await sleep(300);
      assert.deepEqual(marked(mark), []);

      const { outputs } = await engine.up();

      const types = (of: typeof embedded): string[] =>
        of.gateway.account
          .resources()
          .map(({ type }) => type)
          .sort();
      assert.deepEqual(types(embedded), types(shared.embedded), "one of each, none twice");
      const scenario = new Scenario(embedded.gateway, outputs as unknown as Deployment);
      const tenant = shared.tenants[0]!.id;
      const [user] = await scenario.invite([tenant]);
      await scenario.upload(tenant);
      const { answered } = await scenario
        .api(user!.username)
        .ask("Which telephone number do I call to report a new claim?");
      assert.ok(answered);
    } finally {
      await embedded.close();
    }
  });
});

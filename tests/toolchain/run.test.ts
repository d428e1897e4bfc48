import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Machine, makeMachine } from "./stand-ins.ts";

const RUN = fileURLToPath(new URL("../../local/toolchain/run.mjs", import.meta.url));

describe("an npm script", () => {
  let machine: Machine;
  beforeEach(() => {
    machine = makeMachine();
  });
  afterEach(() => {
    machine.remove();
  });
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [RUN, ...args], {
      env: machine.env,
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };

  for (const command of ["test", "demo", "start", "pulumi"]) {
    it(`${command} says in one message that the Pulumi CLI can't be had`, () => {
      const { status, stdout, stderr } = run(command);
      assert.equal(status, 1);
      assert.equal(stdout, "");
      assert.match(stderr, /needs the Pulumi CLI, version 3\.220\.0/);
      assert.doesNotMatch(stderr, /^\s+at /m, "no stack trace");
    });
  }

  it("that is interrupted while it sets up begins nothing more and leaves nothing half", async () => {
    machine.program("curl", "exec sleep 60");
    machine.program("go");
    const child = spawn(process.execPath, [RUN, "demo"], { env: machine.env, stdio: "ignore" });
    while (!machine.calls().some((call) => call.startsWith("curl"))) await sleep(20);
    child.kill("SIGINT");
    assert.deepEqual(await once(child, "exit"), [130, null]);
    assert.equal(machine.calls().length, 1, "go must not be asked any more");
    assert.deepEqual(readdirSync(join(machine.folder, "home", ".pulumi", "versions")), []);
  });

  it("that is unknown is told with those that there are", () => {
    const { status, stderr } = run("destroy-everything");
    assert.equal(status, 1);
    assert.equal(
      stderr,
      `No command "destroy-everything". There are: demo, start, load, pulumi, deploy, bench, test, lint.\n`,
    );
  });
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
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

  it("that is unknown is told with those that there are", () => {
    const { status, stderr } = run("destroy-everything");
    assert.equal(status, 1);
    assert.equal(stderr, `No command "destroy-everything". There are: demo, start, pulumi, test, lint.\n`);
  });
});

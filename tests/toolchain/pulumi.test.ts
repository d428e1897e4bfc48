import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ToolchainFailure } from "../../local/toolchain/failure.mjs";
import { ensurePulumi } from "../../local/toolchain/pulumi.mjs";
import { PULUMI_VERSION } from "../../local/toolchain/versions.mjs";
import { type Machine, makeMachine, recordingStep } from "./stand-ins.ts";

const HELPERS = ["pulumi-language-nodejs", "pulumi-analyzer-policy"];
const tells = (version: string): string => `echo v${version}`;

/** A shell script that writes an executable stand-in. */
const writes = (file: string, script: string): string =>
  `printf '#!/bin/sh\\n${script}\\n' > "${file}"; chmod +x "${file}"`;

/** curl's stand-in: its -o argument (the fifth) becomes an installer that puts the three programs under --install-root. */
const WORKING_CURL = [
  `cat > "$5" <<'INSTALLER'`,
  `mkdir -p "$3/bin"`,
  ...["pulumi", ...HELPERS].map((name) => writes(`$3/bin/${name}`, tells(PULUMI_VERSION))),
  "INSTALLER",
].join("\n");
const FAILING_CURL = `echo "curl: (6) Could not resolve host" >&2; exit 6`;

/** go's stand-in writes what `-o` names. */
const WORKING_GO = [`while [ "$1" != "-o" ]; do shift; done`, writes("$2", tells(PULUMI_VERSION))].join("\n");
const FAILING_GO = `echo "go: module not reachable" >&2; exit 1`;

describe("the Pulumi CLI", () => {
  let machine: Machine;
  beforeEach(() => {
    machine = makeMachine();
  });
  afterEach(() => {
    machine.remove();
  });

  const versions = (): string => join(machine.folder, "home", ".pulumi", "versions");
  const kept = (): string => join(versions(), PULUMI_VERSION, "bin");
  const ensure = (step = recordingStep()): Promise<string> =>
    ensurePulumi({ env: machine.env, logs: join(machine.folder, "logs"), step });
  const failure = async (): Promise<string> => {
    const error: unknown = await ensure().then(
      () => assert.fail("it should have failed"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ToolchainFailure);
    return error.message;
  };
  const install = (folder: string, version = PULUMI_VERSION): void => {
    for (const name of ["pulumi", ...HELPERS]) machine.programIn(folder, name, tells(version));
  };

  it("is the one on PATH when its version is the pinned one", async () => {
    const path = join(machine.folder, "path");
    install(path);
    const step = recordingStep();
    assert.equal(await ensure(step), path);
    assert.deepEqual(step.told, [], "nothing to say when nothing is to be done");
  });

  it("is the one in the versions folder when PATH has another version", async () => {
    install(join(machine.folder, "path"), "3.100.0");
    install(kept());
    assert.equal(await ensure(), kept());
  });

  it("is looked for under PULUMI_HOME", async () => {
    machine.env["PULUMI_HOME"] = join(machine.folder, "elsewhere");
    const bin = join(machine.folder, "elsewhere", "versions", PULUMI_VERSION, "bin");
    install(bin);
    assert.equal(await ensure(), bin);
  });

  it("is installed by the official installer, pinned", async () => {
    machine.program("curl", WORKING_CURL);
    machine.program("go", FAILING_GO);
    assert.equal(await ensure(), kept());
    assert.deepEqual(
      machine.calls().map((call) => call.split(" ")[0]),
      ["curl"],
    );
  });

  it("is built with Go when the installer can't be reached", async () => {
    machine.program("curl", FAILING_CURL);
    machine.program("go", WORKING_GO);
    assert.equal(await ensure(), kept());
    assert.deepEqual(readdirSync(kept()).sort(), ["pulumi", ...HELPERS].sort());
  });

  it("is built with Go when the installer installs another version", async () => {
    machine.program("curl", WORKING_CURL.replaceAll(PULUMI_VERSION, "3.999.0"));
    machine.program("go", WORKING_GO);
    assert.equal(await ensure(), kept());
  });

  it("is not asked for again by a second run", async () => {
    machine.program("curl", FAILING_CURL);
    machine.program("go", WORKING_GO);
    await ensure();
    const before = machine.calls().length;
    const step = recordingStep();
    assert.equal(await ensure(step), kept());
    assert.equal(machine.calls().length, before);
    assert.deepEqual(step.told, []);
  });

  it("is installed once when two runs need it at once", async () => {
    machine.program("curl", `sleep 0.2\n${WORKING_CURL}`);
    assert.deepEqual(await Promise.all([ensure(), ensure()]), [kept(), kept()]);
    assert.equal(machine.calls().filter((call) => call.startsWith("curl")).length, 1);
  });

  it("replaces a half installation", async () => {
    mkdirSync(kept(), { recursive: true });
    machine.programIn(kept(), "pulumi", tells(PULUMI_VERSION));
    machine.program("curl", WORKING_CURL);
    await ensure();
    assert.ok(existsSync(join(kept(), "pulumi-language-nodejs")));
  });

  it("leaves nothing half when every way fails", async () => {
    machine.program("curl", WORKING_CURL.replace("pulumi-language-nodejs", "other"));
    machine.program("go", FAILING_GO);
    await failure();
    assert.deepEqual(readdirSync(versions()), []);
  });

  it("tells in one message what was tried, why each failed and what to install", async () => {
    install(join(machine.folder, "path"), "3.100.0");
    machine.program("curl", FAILING_CURL);
    machine.program("go", FAILING_GO);
    const message = await failure();
    const expected = [
      `needs the Pulumi CLI, version ${PULUMI_VERSION}`,
      "it is v3.100.0, not v",
      `${kept()}: no pulumi there`,
      "curl: (6) Could not resolve host",
      "pulumi: go: module not reachable",
      "pulumi-language-nodejs: go: module not reachable",
      "install Go",
    ];
    for (const part of expected) assert.ok(message.includes(part), `${part}\nis not in\n${message}`);
  });

  it("tells what is not there on a machine that has nothing", async () => {
    const message = await failure();
    assert.match(message, /PATH: no pulumi there/);
    assert.match(message, /it needs curl, which is not on PATH/);
    assert.match(message, /go is not on PATH/);
  });
});

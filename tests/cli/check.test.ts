import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const PROJECT = join(import.meta.dirname, "../..");

describe("bulkhead check", function () {
  this.timeout(240_000);

  let config: string;
  beforeEach(() => {
    config = mkdtempSync(join(tmpdir(), "bulkhead-check-"));
    cpSync(join(PROJECT, "tenants", "config"), config, { recursive: true });
  });
  afterEach(() => {
    rmSync(config, { recursive: true, force: true });
  });

  const bulkhead = (...args: string[]): { status: number | null; stdout: string; stderr: string } => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", join(PROJECT, "cli", "index.ts"), ...args],
      { encoding: "utf8", cwd: config, env: { ...process.env, NO_COLOR: "1" } },
    );
    assert.doesNotMatch(stdout + stderr, /\n\s+at /);
    return { status, stdout, stderr };
  };

  it("passes the project's own environments, and counts their tenants", () => {
    const { status, stdout, stderr } = bulkhead("check");
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^local: \d+ tenants \(\d+ silo, \d+ pool\)$/m);
    assert.equal(stderr, "");
  });

  it("takes an empty folder for an environment without tenants", () => {
    mkdirSync(join(config, "empty"));
    const { status, stdout } = bulkhead("check", "--config", config, "--env", "empty");
    assert.equal(status, 0);
    assert.equal(stdout, "empty: 0 tenants (0 silo, 0 pool)\n");
  });

  it("tells every fault of every environment at once, with file, line and column", () => {
    writeFileSync(join(config, "local", "acme.yaml"), "id: acme\nname: Acme\ntier: gold\n");
    mkdirSync(join(config, "second"));
    writeFileSync(join(config, "second", "zinc.yaml"), "id: [zinc\n");
    const { status, stdout, stderr } = bulkhead("check", "--config", config);
    assert.equal(status, 1);
    assert.match(stderr, /^local[/\\]acme\.yaml:3:1: `tier`: /m);
    assert.match(stderr, /^local[/\\]acme\.yaml:1:1: `admin` is missing$/m);
    assert.match(stderr, /^second[/\\]zinc\.yaml:\d+:\d+: YAML: /m);
    assert.match(stderr, /^\d+ faults\.\n$/m);
    assert.match(stdout, /^second: 0 tenants/m);
  });

  it("looks at the named environment only", () => {
    writeFileSync(join(config, "local", "acme.yaml"), "id: acme\n");
    mkdirSync(join(config, "second"));
    assert.equal(bulkhead("check", "--config", config, "--env", "second").status, 0);
    assert.equal(bulkhead("check", "--config", config, "--env", "local").status, 1);
  });

  it("names the environments that there are when it is given none of them", () => {
    const { status, stderr } = bulkhead("check", "--config", config, "--env", "nowhere");
    assert.equal(status, 1);
    assert.match(stderr, /^There is no environment "nowhere": .* has .*local/);
  });

  it("says where it looked when there is no folder of environments", () => {
    const { status, stderr } = bulkhead("check", "--config", join(config, "nowhere"));
    assert.equal(status, 1);
    assert.match(stderr, /^There is no folder .*nowhere\.\n$/);
  });

  it("answers an unknown option with a hint", () => {
    const { status, stderr } = bulkhead("check", "--strict");
    assert.equal(status, 1);
    assert.match(stderr, /unknown option '--strict'/);
    assert.match(stderr, /bulkhead check --help/);
  });
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const CLI = join(import.meta.dirname, "..", "..", "cli", "index.ts");

describe("bulkhead verify", function () {
  this.timeout(240_000);

  const run = (env: Record<string, string>, ...args: string[]): { status: number | null; stderr: string } =>
    spawnSync(process.execPath, ["--no-warnings", CLI, "verify", ...args], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"] ?? "", ...env },
    });

  it("can't be run where nothing is deployed, and says what to do", () => {
    const folder = mkdtempSync(join(tmpdir(), "bulkhead-verify-"));
    try {
      const { status, stderr } = run({ BULKHEAD_ACCOUNT: folder });
      assert.equal(status, 2, stderr);
      assert.match(stderr, /Nothing is deployed in .*: run npm start first/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("asks for the region of an environment on AWS", () => {
    const { status, stderr } = run({}, "--env", "dev");
    assert.equal(status, 2, stderr);
    assert.match(stderr, /Name the region/);
  });
});

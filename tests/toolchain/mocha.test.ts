import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mochaArguments } from "../../local/toolchain/mocha.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

describe("npm test", () => {
  for (const [args, expected] of [
    [[], ["tests/**/*.test.ts"]],
    [["tests/toolchain"], ["tests/toolchain/**/*.test.ts"]],
    [["tests/toolchain/"], ["tests/toolchain/**/*.test.ts"]],
    [["tests/toolchain/run.test.ts"], ["tests/toolchain/run.test.ts"]],
    [
      ["--grep", "trust"],
      ["--grep", "trust", "tests/**/*.test.ts"],
    ],
    [["tests/no-such.test.ts"], ["tests/no-such.test.ts"]],
  ] as const) {
    it(`-- ${args.join(" ")} runs ${expected.join(" ")}`, () => {
      assert.deepEqual(mochaArguments(args, ROOT), expected);
    });
  }

  for (const [what, tests, last, status] of [
    ["a clean run", `it("a", () => {}); it("b", () => {});`, "2 passed, 0 failed", 0],
    ["failures", `it("a", () => {}); it("b", () => { throw new Error("no"); });`, "1 passed, 1 failed", 1],
    ["pending tests", `it("a", () => {}); it("b");`, "1 passed, 0 failed, 1 skipped", 0],
  ] as const) {
    it(`ends ${what} with "${last}"`, () => {
      const folder = mkdtempSync(join(tmpdir(), "bulkhead-mocha-"));
      const file = join(folder, "some.test.ts");
      writeFileSync(file, tests);
      const mocha = join(ROOT, "node_modules/mocha/bin/mocha.js");
      const run = spawnSync(process.execPath, [mocha, file], { cwd: ROOT, encoding: "utf8" });
      rmSync(folder, { recursive: true });
      assert.equal(run.stdout.trim().split("\n").pop(), last, run.stderr);
      assert.equal(run.status, status);
    });
  }
});

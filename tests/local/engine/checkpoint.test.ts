import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { mendCheckpoints } from "../../../local/engine/checkpoint.ts";

describe("an engine's state file", () => {
  const WHOLE = '{"version":3,"checkpoint":{"latest":{}}}';
  const EARLIER = '{"version":3,"checkpoint":{}}';
  let state: string;
  let file: string;

  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), "bulkhead-checkpoint-"));
    const stacks = join(state, ".pulumi", "stacks", "bulkhead");
    mkdirSync(stacks, { recursive: true });
    file = join(stacks, "local.json");
  });
  afterEach(() => {
    rmSync(state, { recursive: true, force: true });
  });

  for (const [what, text] of [
    ["empty", ""],
    ["cut off", WHOLE.slice(0, 20)],
  ] as const)
    it(`that is ${what} gets what it was before the write that was killed`, () => {
      writeFileSync(file, text);
      writeFileSync(`${file}.bak`, EARLIER);
      assert.deepEqual(mendCheckpoints(state), [file]);
      assert.equal(readFileSync(file, "utf8"), EARLIER);
    });

  it("that is whole stays, whatever its backup is", () => {
    for (const backup of [EARLIER, ""]) {
      writeFileSync(file, WHOLE);
      writeFileSync(`${file}.bak`, backup);
      assert.deepEqual(mendCheckpoints(state), []);
      assert.equal(readFileSync(file, "utf8"), WHOLE);
    }
  });

  it("stays as it is where its backup is no better: the engine says so", () => {
    writeFileSync(file, "");
    writeFileSync(`${file}.bak`, "");
    assert.deepEqual(mendCheckpoints(state), []);
    assert.equal(readFileSync(file, "utf8"), "");
  });

  it("stays while an engine that runs is writing it", () => {
    writeFileSync(file, "");
    writeFileSync(`${file}.bak`, EARLIER);
    const locks = join(state, ".pulumi", "locks", "organization", "bulkhead", "local");
    mkdirSync(locks, { recursive: true });
    writeFileSync(join(locks, "one.json"), JSON.stringify({ pid: process.pid }));
    assert.deepEqual(mendCheckpoints(state), []);
    writeFileSync(join(locks, "one.json"), JSON.stringify({ pid: 2 ** 22 + 1 }));
    assert.deepEqual(mendCheckpoints(state), [file]);
  });

  it("of a removed stack is not made again", () => {
    writeFileSync(`${file}.bak`, EARLIER);
    assert.deepEqual(mendCheckpoints(state), []);
  });

  it("there is none before the first deployment", () => {
    rmSync(state, { recursive: true });
    assert.deepEqual(mendCheckpoints(state), []);
  });
});

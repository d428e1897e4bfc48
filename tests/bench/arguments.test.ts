import assert from "node:assert/strict";
import { readArguments } from "../../bench/arguments.ts";

const KNOWN = ["one", "two", "three"];
const ALL = { json: undefined, only: [], strict: false, list: false, help: false };

describe("benchmarks: arguments", () => {
  const cases: readonly (readonly [args: string, expected: object])[] = [
    ["", {}],
    ["--json report.json", { json: "report.json" }],
    ["--only two", { only: ["two"] }],
    ["--only two one", { only: ["two", "one"] }],
    ["--only two --only one", { only: ["two", "one"] }],
    ["--only two two", { only: ["two"] }],
    ["--only one two --json r.json --strict", { only: ["one", "two"], json: "r.json", strict: true }],
    ["--list", { list: true }],
    ["--help", { help: true }],
  ];
  for (const [args, expected] of cases)
    it(args || "none", () => {
      assert.deepEqual(readArguments(args.split(" ").filter(Boolean), KNOWN), { ...ALL, ...expected });
    });

  const refused: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [["--only", "four"], /^There is no benchmark "four"\. There are:\n {2}one\n {2}two\n {2}three$/],
    [["--only", "one", "four", "five"], /^There is no benchmark "four", "five"\./],
    [["one"], /^"one" is not an option\. To measure it alone: --only ID$/],
    [["--jsn", "x"], /Unknown option '--jsn'[^]*Usage: npm run bench/],
    [["--json"], /argument missing[^]*Usage: npm run bench/],
  ];
  for (const [args, message] of refused)
    it(`refuses ${args.join(" ")}`, () => {
      assert.throws(() => readArguments(args, KNOWN), { name: "Error", message });
    });
});

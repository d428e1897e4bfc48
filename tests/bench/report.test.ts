import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Goal, Measured } from "../../bench/benchmark.ts";
import { CATALOGUE, type Entry } from "../../bench/catalogue.ts";
import { goalText, linesOf, resultOf, thisMachine, verdictOf } from "../../bench/report.ts";
import { FUNCTIONS } from "../../runtime/contract/names.ts";

const nothing = () => Promise.resolve([]);
const entry: Entry = { id: "a-b", unit: "×", goal: { max: 1.3 }, by: nothing };
const figure: Measured = {
  id: "a-b",
  value: 1.234567,
  baseline: "10 s over 8 s",
  samples: 3,
  spread: { q1: 1.1, q3: 1.356789 },
};

describe("benchmarks: report", () => {
  it("a result has id, value, unit, baseline, goal, samples and spread", () => {
    assert.deepEqual(resultOf(entry, figure), {
      id: "a-b",
      value: 1.235,
      unit: "×",
      baseline: "10 s over 8 s",
      goal: { max: 1.3 },
      samples: 3,
      spread: { q1: 1.1, q3: 1.357 },
    });
  });

  it("a figure without a goal or a spread has none in JSON either", () => {
    const { id, unit, by } = entry;
    const result = resultOf({ id, unit, by }, { id, value: 25, baseline: "counted", samples: 1 });
    assert.deepEqual(Object.keys(result), ["id", "value", "unit", "baseline", "samples"]);
    assert.equal(verdictOf(result), "reported");
  });

  const verdicts: readonly (readonly [value: number, goal: Goal, verdict: string])[] = [
    [1.3, { max: 1.3 }, "met"],
    [1.31, { max: 1.3 }, "missed"],
    [50, { min: 50 }, "met"],
    [49.99, { min: 50 }, "missed"],
  ];
  for (const [value, goal, verdict] of verdicts)
    it(`${value} with the goal ${goalText(goal)} is ${verdict}`, () => {
      assert.equal(verdictOf({ value, goal }), verdict);
    });

  it("shows the figure, the goal, the verdict, and what it was held against", () => {
    const [shown, detail] = linesOf(resultOf(entry, figure));
    assert.match(shown, /^a-b +1\.235 × {2}at most 1\.3 +met$/);
    assert.equal(detail, "10 s over 8 s; 3 samples, half of them from 1.1 to 1.357");
  });

  it("says which machine it is", () => {
    const { cpu, cores, memoryGiB, system, node, date } = thisMachine();
    assert.ok(cpu !== "" && cores > 0 && memoryGiB >= 0 && system !== "");
    assert.equal(node, process.version);
    assert.equal(new Date(date).toISOString(), date);
  });
});

describe("benchmarks: catalogue", () => {
  it("names each figure once", () => {
    const ids = CATALOGUE.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
  });

  it("has the goals that the design sets", () => {
    const goals = CATALOGUE.filter(({ goal }) => goal !== undefined).map(({ id, goal }) => [id, goal]);
    assert.deepEqual(Object.fromEntries(goals), {
      "authorizer-first-seen": { max: 1.7 },
      "authorizer-cold-import-ms": { max: 45 },
      "chat-overhead-p50-ms": { max: 10 },
      "chat-overhead-p95-ms": { max: 25 },
      "evaluator-vs-iam-simulate": { min: 50 },
      "program-vs-bare-engine": { max: 1.3 },
      "pack-overhead": { max: 1.2 },
      "proof-1000-tenants-s": { max: 10 },
      "proof-1000-tenants-mb": { max: 1000 },
      "proof-exponent": { max: 1.1 },
      "mutation-score": { min: 1 },
    });
  });

  it("has every function's import and size", () => {
    const ids = CATALOGUE.map(({ id }) => id);
    for (const fn of FUNCTIONS)
      for (const id of [`cold-import-${fn}-ms`, `bundle-${fn}-kb`]) assert.ok(ids.includes(id), id);
  });

  it("is what docs/performance.md lists: ids, goals and units", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/performance.md"), "utf8");
    const rows = page.split("\n").flatMap((line) => {
      const [, id, goal, unit] = /^\| `([a-z0-9<>-]+)` +\| ([^|]*)\| ([^|]*)\|/.exec(line) ?? [];
      return id === undefined ? [] : [{ id, goal: goal?.trim() ?? "", unit: unit?.trim() ?? "" }];
    });
    const documented = rows.flatMap((row) =>
      row.id.includes("<function>")
        ? FUNCTIONS.map((fn) => ({ ...row, id: row.id.replace("<function>", fn) }))
        : [row],
    );
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    const built = CATALOGUE.map(({ id, unit, goal }) => ({ id, goal: goalText(goal), unit }));
    assert.deepEqual(documented.sort(byId), built.sort(byId));
  });
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { type Stretch, uncovered } from "../../bench/overhead.ts";

const stretch = (from: number, to: number): Stretch => ({ from: BigInt(from), to: BigInt(to) });

describe("benchmarks: time outside of calls", () => {
  const cases: readonly (readonly [what: string, parts: readonly Stretch[], expected: bigint])[] = [
    ["no call", [], 100n],
    ["one call", [stretch(10, 30)], 80n],
    ["calls side by side count once", [stretch(10, 30), stretch(20, 50)], 60n],
    ["a call within another", [stretch(10, 50), stretch(20, 30)], 60n],
    ["calls in any order", [stretch(60, 70), stretch(10, 20)], 80n],
    ["a call that began before", [stretch(-50, 10)], 90n],
    ["a call that ended after", [stretch(90, 150)], 90n],
    ["a call of another time", [stretch(200, 300), stretch(-20, -10)], 100n],
    ["nothing left", [stretch(-1, 101)], 0n],
  ];
  for (const [what, parts, expected] of cases)
    it(what, () => {
      assert.equal(uncovered(stretch(0, 100), parts), expected);
    });

  it("is what counting moment by moment gives", () => {
    const part = fc.tuple(fc.integer({ min: -5, max: 25 }), fc.integer({ min: 0, max: 10 }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (list) => {
        const parts = list.map(([from, length]) => stretch(from, from + length));
        const moments = Array.from({ length: 20 }, (_, moment) => BigInt(moment));
        const free = moments.filter((moment) => !parts.some(({ from, to }) => from <= moment && moment < to));
        assert.equal(uncovered(stretch(0, 20), parts), BigInt(free.length));
      }),
    );
  });
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { differences, median, quantile, ratios, summarize } from "../../bench/statistics.ts";

const sample = fc.double({ min: 0.001, max: 1e6, noNaN: true });
const samples = fc.array(sample, { minLength: 1, maxLength: 50 });

describe("benchmarks: statistics", () => {
  it("takes quantiles between neighbours", () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.equal(quantile([10, 20, 30, 40, 50], 0), 10);
    assert.equal(quantile([10, 20, 30, 40, 50], 1), 50);
    assert.equal(quantile([10, 20, 30, 40, 50], 0.95), 48);
    assert.deepEqual(summarize([7]), { median: 7, samples: 1, spread: { q1: 7, q3: 7 } });
  });

  it("keeps what it is given as it was", () => {
    const given = [3, 1, 2];
    median(given);
    assert.deepEqual(given, [3, 1, 2]);
  });

  it("makes no figure of nothing, or of what is no number", () => {
    for (const wrong of [[], [1, NaN], [Infinity]]) assert.throws(() => median(wrong), RangeError);
  });

  it("is not moved by one sample that is off by a thousand times", () => {
    const calm = Array.from({ length: 21 }, (_, i) => 10 + i / 100);
    assert.ok(Math.abs(median([...calm.slice(1), 10_000]) - median(calm)) < 0.02);
  });

  it("does not depend on the order, and lies between least and greatest", () => {
    fc.assert(
      fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), (list, part) => {
        const found = quantile(list, part);
        assert.equal(quantile(list.toReversed(), part), found);
        assert.ok(found >= Math.min(...list) && found <= Math.max(...list));
      }),
    );
  });

  it("takes ratios and differences turn by turn: a slow turn changes no ratio", () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 2, max: 64 }), (baselines, times) => {
        const pairs = baselines.map((baseline) => ({ subject: baseline * times, baseline }));
        assert.ok(Math.abs(ratios(pairs).median - times) < 1e-9 * times);
      }),
    );
    const pairs = [
      { subject: 12, baseline: 10 },
      { subject: 120, baseline: 100 },
      { subject: 13, baseline: 10 },
    ];
    assert.equal(ratios(pairs).median, 1.2);
    assert.equal(differences(pairs).median, 3);
  });
});

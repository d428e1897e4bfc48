import assert from "node:assert/strict";

import fc from "fast-check";

import { fuse } from "../../../runtime/shared/rank-fusion.ts";

const items = (...ids: string[]) => ids.map((id) => ({ id }));
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id);

describe("rank fusion", () => {
  it("prefers what both lists found", () => {
    assert.deepEqual(ids(fuse([items("a", "b", "c"), items("d", "b", "e")], 3)), ["b", "a", "d"]);
  });

  it("keeps the order of a single list", () => {
    assert.deepEqual(ids(fuse([items("c", "a", "b"), []], 2)), ["c", "a"]);
  });

  const list = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 })).map((names) => items(...names));

  it("returns each item once, only items that were found, and does not depend on the lists' order", () => {
    fc.assert(
      fc.property(list, list, fc.nat(12), (first, second, size) => {
        const fused = ids(fuse([first, second], size));
        const all = new Set([...ids(first), ...ids(second)]);
        assert.equal(fused.length, Math.min(size, all.size));
        assert.equal(new Set(fused).size, fused.length);
        assert.ok(fused.every((id) => all.has(id)));
        assert.deepEqual(ids(fuse([second, first], size)), fused);
      }),
    );
  });
});

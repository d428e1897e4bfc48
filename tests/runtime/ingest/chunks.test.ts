import assert from "node:assert/strict";

import fc from "fast-check";

import { CHUNK_LENGTH, CHUNK_OVERLAP, chunksOf } from "../../../runtime/ingest/chunks.ts";

const text = fc
  .array(
    fc.oneof(
      fc.lorem({ maxCount: 40 }),
      fc.constantFrom("\n\n", "\n## Heading\n", "😀", "   ", "\r\n"),
      fc.string({ unit: "binary" }),
    ),
  )
  .map((parts) => parts.join(" "));

describe("ingest: chunks", () => {
  it("are what stands at their places, no longer than allowed, in order, and leave out white space only", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 20, max: 200 }), (given, length) => {
        const overlap = Math.floor(length / 6);
        const chunks = chunksOf(given, length, overlap);
        let covered = 0;
        for (const chunk of chunks) {
          assert.equal(given.slice(chunk.start, chunk.end), chunk.text);
          assert.ok(chunk.text.length <= length && chunk.text.trim() === chunk.text && chunk.text !== "");
          assert.ok(chunk.end > covered);
          assert.equal(given.slice(covered, Math.max(covered, chunk.start)).trim(), "");
          covered = chunk.end;
          if (given.isWellFormed()) assert.ok(chunk.text.isWellFormed(), "no character is cut in two");
        }
        assert.equal(given.slice(covered).trim(), "");
      }),
    );
  });

  it("overlap", () => {
    const chunks = chunksOf("One sentence of about forty characters. ".repeat(100));
    for (const [n, chunk] of chunks.entries()) {
      const before = chunks[n - 1];
      if (before)
        assert.ok(before.end - chunk.start >= CHUNK_OVERLAP / 2 && before.end - chunk.start <= CHUNK_OVERLAP);
      assert.ok(n === chunks.length - 1 || chunk.text.length >= CHUNK_LENGTH / 2);
    }
  });

  it("end with a paragraph where there is one, else with a sentence or a word", () => {
    const words = "word ".repeat(160);
    assert.ok(chunksOf(`${words}end.\n\nNext ${words}`)[0]!.text.endsWith("end."));
    assert.ok(chunksOf(`${words}end. Next ${words}`)[0]!.text.endsWith("end."));
    assert.ok(chunksOf(words.repeat(3)).every((chunk) => chunk.text.endsWith("word")));
  });

  it("of the longest document are few enough for one search, and take no time", () => {
    for (const worst of [
      "x".repeat(1e6),
      "a b".repeat(333_333),
      "x\n\n".repeat(333_333),
      `${"\n".repeat(700)}x`.repeat(1400),
    ])
      assert.ok(chunksOf(worst).length < 5000);
  }).timeout(240_000);
});

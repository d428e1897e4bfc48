import assert from "node:assert/strict";

import fc from "fast-check";

import { CitedStream } from "../../../runtime/agent/cited-stream.ts";
import { readAnswer } from "../../../runtime/agent/prompt.ts";
import { sources } from "../../../runtime/agent/sources.ts";

const shown = sources(
  [1, 2].map((n) => ({ id: String(n), uri: `s3://own/${n}.md`, text: "own" })),
  [],
);

describe("words as they come", () => {
  it("come to what the whole answer is, however they are cut, and to nothing where that is none", () => {
    const piece = fc.constantFrom(
      "[1]",
      " [2]",
      "[9]",
      " [",
      "3",
      "]",
      "&lt;",
      "&amp;",
      "so",
      " ",
      "\n",
      ".",
      "NO_",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), fc.integer({ min: 1, max: 5 }), (pieces, size) => {
        const reply = pieces.join("");
        const stream = new CitedStream(() => shown);
        const words: string[] = [];
        for (let at = 0; at < reply.length; at += size) words.push(stream.push(reply.slice(at, at + size)));
        const text = words.join("");
        const whole = readAnswer(reply, shown);
        // The last piece may be the beginning of something: the whole answer follows the words in any case.
        if (whole.answered) assert.ok(whole.answer.startsWith(text.trimEnd()), `${reply} -> ${text}`);
        else assert.equal(text, "");
      }),
      { numRuns: 2000 },
    );
  });

  it("end where the model says that there is no answer", () => {
    const stream = new CitedStream(() => shown);
    const words = ["It is so [1]. ", "But NO_AN", "SWER really [2]."].map((text) => stream.push(text));
    assert.equal(words.join(""), "It is so [1]. But ");
  });
});

import assert from "node:assert/strict";
import { oneTimeCode, timeStep, toBase32 } from "../../verify/one-time-code.ts";

/** RFC 6238, appendix B: the rows of SHA-1, of which six digits are the last six of its eight. */
const SECRET = toBase32(Buffer.from("12345678901234567890"));
const CODES: readonly (readonly [number, string])[] = [
  [59, "94287082"],
  [1_111_111_109, "07081804"],
  [1_111_111_111, "14050471"],
  [1_234_567_890, "89005924"],
  [2_000_000_000, "69279037"],
  [20_000_000_000, "65353130"],
];

describe("one-time codes", () => {
  for (const [seconds, code] of CODES)
    it(`are those of RFC 6238 at ${seconds} s`, () => {
      assert.equal(oneTimeCode(SECRET, timeStep(seconds * 1000)), code.slice(2));
    });

  it("take a secret in base32, with and without padding, and nothing else", () => {
    assert.equal(SECRET, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assert.equal(oneTimeCode("gezdgnbvgy3tqojqgezdgnbvgy3tqojq====", 1), oneTimeCode(SECRET, 1));
    assert.throws(() => oneTimeCode("not base32!", 1), /base32/);
  });
});

import assert from "node:assert/strict";
import { asJson, FORMAT } from "../../../../policies/isolation/report/json.ts";
import { HOSTILE_TEXTS, hostile, NOT_PROVEN } from "./verdicts.ts";

describe("the verdict as JSON", () => {
  it("is the verdict, after its format's name, keys in an order that stays", () => {
    const parsed = JSON.parse(asJson(NOT_PROVEN)) as Record<string, unknown>;
    assert.deepEqual(Object.keys(parsed), [
      "format",
      "environment",
      "proven",
      "figures",
      "counterexamples",
      "gaps",
      "exceptions",
      "matrix",
      "tenants",
    ]);
    assert.equal(parsed["format"], FORMAT);
    delete parsed["format"];
    assert.deepEqual(parsed, NOT_PROVEN);
  });

  it("keeps hostile texts as they are, and itself in lines", () => {
    for (const text of HOSTILE_TEXTS) {
      const written = asJson(hostile(text));
      assert.doesNotMatch(written, /(?!\n)\p{Cc}/u);
      assert.equal((JSON.parse(written) as { environment: string }).environment, text);
    }
  });
});

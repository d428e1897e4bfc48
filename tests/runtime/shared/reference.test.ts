import assert from "node:assert/strict";

import { queryOf } from "../../../runtime/shared/reference.ts";

describe("a query of the reference corpus", () => {
  it("is the question, up to Bedrock's limit of 1,000 characters", () => {
    assert.equal(queryOf("How soon?"), "How soon?");
    assert.equal(queryOf("x".repeat(2000)), "x".repeat(1000));
  });

  it("is not cut between the halves of a character", () => {
    assert.equal(queryOf("\u{1F600}".repeat(1500)), "\u{1F600}".repeat(1000));
  });
});

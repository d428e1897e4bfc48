import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { ISOLATION_FILE, isolationDocument } from "../../../../policies/isolation-document.ts";
import { generated } from "../../../../policies/isolation/prove/document.ts";
import { GRANTS } from "../../../../policies/isolation/prove/grants/index.ts";

describe("docs/isolation.md", () => {
  it("has the matrix and the exceptions that the proof has: node policies/isolation-document.ts", () => {
    assert.equal(readFileSync(ISOLATION_FILE, "utf8"), isolationDocument());
  });

  it("says where nothing else refuses", () => {
    assert.match(isolationDocument(), /\| knowledge base +\| silo +\|[^\n]*_nothing else_/);
  });

  it("names every role that reaches more than one tenant's", () => {
    for (const { who, exception } of GRANTS)
      for (const role of exception === undefined ? [] : who)
        assert.ok(isolationDocument().includes(`\`${role}\``), role);
  });

  it("can't lose a place for either", () => {
    assert.throws(() => generated("# Nothing"), /has no place for its matrix/);
  });
});

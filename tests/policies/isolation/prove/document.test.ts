import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { ISOLATION_FILE, isolationDocument } from "../../../../policies/isolation-document.ts";
import { generated } from "../../../../policies/isolation/prove/document.ts";
import { CLAIMS } from "../../../../policies/isolation/prove/guarantee.ts";
import { GRANTS } from "../../../../policies/isolation/prove/grants/index.ts";

describe("docs/isolation.md", () => {
  it("has the matrix and the exceptions that the proof has: node policies/isolation-document.ts", () => {
    assert.equal(readFileSync(ISOLATION_FILE, "utf8"), isolationDocument());
  });

  it("says where nothing else refuses", () => {
    assert.match(isolationDocument(), /\| knowledge base +\| silo +\|[^\n]*_nothing else_/);
  });

  it("has rows of claims that a test of a real database shows, each by its title", () => {
    const tests = readFileSync(
      new URL("../../../runtime/shared/tenant-claims.test.ts", import.meta.url),
      "utf8",
    );
    for (const { shownBy } of CLAIMS) assert.ok(tests.includes(`it("${shownBy}", async () =>`), shownBy);
    const alone = [...tests.matchAll(/it\("([^"]* alone refuses?[^"]*)"/g)].map(([, title]) => title);
    assert.deepEqual(
      alone,
      CLAIMS.map(({ shownBy }) => shownBy),
    );
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

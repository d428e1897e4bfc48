import assert from "node:assert/strict";
import { ownerFaults } from "../../cli/owners.ts";

const ACME = "/tenants/config/dev/acme.yaml";
const OTHER = "/tenants/config/dev/other.yaml";

describe("owners of tenants' files", () => {
  const cases: readonly (readonly [what: string, text: string, faults: readonly RegExp[]])[] = [
    ["a line each", `* @a/b\n${ACME} @a/b @a/acme\n${OTHER} @a/b # theirs\n`, []],
    [
      "no line",
      `* @a/b\n${ACME} @a/b\n`,
      [/^\.github\/CODEOWNERS: tenants\/config\/dev\/other\.yaml has no line/],
    ],
    ["a line in a comment", `${ACME} @a/b\n# ${OTHER} @a/b\n`, [/other\.yaml has no line/]],
    ["no owner", `${ACME} @a/b\n${OTHER}\n`, [/^\.github\/CODEOWNERS:2: .*other\.yaml has no owner/]],
    ["no owner but a comment", `${ACME} @a/b\n${OTHER} # @a/b\n`, [/:2: .*has no owner/]],
    [
      "a wider line after it",
      `${ACME} @a/b\n/tenants/ @a/b\n${OTHER} @a/b\n`,
      [/:1: lines of tenants' files come last/],
    ],
    [
      "a file that is gone",
      `${ACME} @a/b\n${OTHER} @a/b\n/tenants/config/dev/gone.yaml @a/b\n`,
      [/:3: there is no file tenants\/config\/dev\/gone\.yaml$/],
    ],
    [
      "another environment's, which isn't looked at",
      `${ACME} @a/b\n${OTHER} @a/b\n/tenants/config/live/x.yaml @a/b\n`,
      [],
    ],
  ];
  for (const [what, text, expected] of cases)
    it(`${expected.length === 0 ? "takes" : "names"} ${what}`, () => {
      const faults = ownerFaults(text, [ACME, OTHER]);
      assert.equal(faults.length, expected.length, faults.join("\n"));
      expected.forEach((pattern, index) => {
        assert.match(faults[index] ?? "", pattern);
      });
    });
});

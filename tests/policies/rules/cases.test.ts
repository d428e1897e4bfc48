/** Every rule that has cases as data: what passes, and all that is said of what does not. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { rules } from "../../../policies/catalogue.ts";
import { EMBEDDED, judged, readCases, UNKNOWN_MARK, type CaseResource } from "../support/cases.ts";

const FOLDER = new URL("../../scenarios/rules/", import.meta.url);
const files = readdirSync(FOLDER).filter((file) => file.endsWith(".yaml"));

/** The same resources under types that no rule knows. */
const retyped = (resources: Readonly<Record<string, CaseResource>>): Record<string, CaseResource> =>
  Object.fromEntries(
    Object.entries(resources).map(([name, resource]) => [
      name,
      { ...resource, type: "aws:other/thing:Thing" },
    ]),
  );

/** A stack may be named as one likes: by its name alone none is the embedded account's. */
const NOT_EMBEDDED: Readonly<Record<string, readonly string[]>> = {
  "on another account": ["444455556666"],
  "on another account, to which the embedded one's is named more often": [EMBEDDED, EMBEDDED, "444455556666"],
  "where no account is named": [],
};

for (const file of files) {
  const name = file.replace(/\.yaml$/, "");
  const { resources, cases, otherTypes = true } = readCases(new URL(file, FOLDER));

  describe(`rule ${name}`, () => {
    const rule = rules.find((each) => each.name === name);
    if (!rule) throw new Error(`tests/scenarios/rules/${file}: no rule ${name}`);

    it("passes what is right", async () => {
      assert.deepEqual(await judged(rule, resources, {}), []);
    });

    if (otherTypes)
      it("looks at no other type", async () => {
        assert.deepEqual(await judged(rule, retyped(resources), {}), []);
      });

    for (const each of cases)
      it(`${each.violations.length === 0 ? "passes" : "blocks"}: ${each.name}`, async () => {
        assert.deepEqual(await judged(rule, resources, each), each.violations);
      });

    for (const each of cases.filter(({ stack }) => stack === "local"))
      for (const [where, accounts] of Object.entries(NOT_EMBEDDED))
        it(`blocks all the same ${where}: ${each.name}`, async () => {
          assert.notDeepEqual(await judged(rule, resources, each, accounts), []);
        });

    it("has a case that it blocks, and one of a value that is not known", () => {
      const unknown = cases.filter((each) => JSON.stringify([each.set, each.add]).includes(UNKNOWN_MARK));
      assert.ok(cases.some((each) => each.violations.length > 0 && !unknown.includes(each)));
      assert.ok(unknown.some((each) => each.violations.length > 0));
    });
  });
}

it("every rule has cases: as data, or in a test of its own", () => {
  const own = readdirSync(new URL("./", import.meta.url)).map((file) => file.replace(/\.test\.ts$/, ""));
  // The proof has cases of its own, beside those of what it is made of.
  const tested = new Set(["isolation-proof", ...files.map((file) => file.replace(/\.yaml$/, "")), ...own]);
  const untested = rules.map(({ name }) => name).filter((name) => !tested.has(name));
  assert.deepEqual(untested, []);
});

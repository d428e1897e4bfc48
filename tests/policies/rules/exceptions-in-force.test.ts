import assert from "node:assert/strict";
import { rules } from "../../../policies/catalogue.ts";
import type { Rule } from "../../../policies/support/rule.ts";
import { resource, UNKNOWN, violations } from "../support/stack.ts";

const ruleNamed = (name: string): Rule => {
  const found = rules.find((rule) => rule.name === name);
  if (!found) throw new Error(`no rule ${name}`);
  return found;
};
const rotation = ruleNamed("kms-rotation");
const listing = ruleNamed("exceptions-in-force");
const key = (name: string, enableKeyRotation: unknown = false) =>
  resource("aws:kms/key:Key", name, { enableKeyRotation });
const URN = "urn:pulumi:test::bulkhead::aws:kms/key:Key::legacy";
const exception = (more: Record<string, unknown> = {}) => ({
  resource: "aws:kms/key:Key::legacy",
  reason: "moves to another account",
  expires: "2999-12-31",
  ...more,
});
/** What the rule says, and then the list. */
const run = async (exceptions: unknown, stack = [key("legacy"), key("other")]) => ({
  said: await violations(rotation, stack, { exceptions }),
  listed: await violations(listing, stack),
});

const BOTH = ["legacy: is not rotated", "other: is not rotated"];

describe("rule exceptions-in-force", () => {
  it("lists what is excepted, and only that resource is", async () => {
    for (const named of ["aws:kms/key:Key::legacy", URN])
      assert.deepEqual(await run([exception({ resource: named })]), {
        said: ["other: is not rotated"],
        listed: [
          `stack: kms-rotation is not applied to ${named} until 2999-12-31 (moves to another account); keeps back 1 of its violations`,
        ],
      });
  });

  it("tells an exception that is not needed", async () => {
    const { said, listed } = await run([exception()], [key("legacy", true)]);
    assert.deepEqual(said, []);
    assert.match(listed[0] ?? "", /keeps nothing back: remove it$/);
  });

  it("lists nothing when nothing is excepted, and forgets the last run's", async () => {
    await run([exception()]);
    assert.deepEqual(await run(undefined), { said: BOTH, listed: [] });
  });

  it("covers what is not proven, and nothing that is said of the stack as a whole", async () => {
    const { said } = await run([exception()], [key("legacy", UNKNOWN)]);
    assert.deepEqual(said, []);
  });

  it("holds for its last day, and not for the next", async () => {
    const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    assert.deepEqual((await run([exception({ expires: day(1) })])).said, ["other: is not rotated"]);
    const expired = day(-2);
    assert.deepEqual((await run([exception({ expires: expired })])).said, [
      `stack: exceptions[0]: aws:kms/key:Key::legacy: expired on ${expired} (moves to another account)`,
      ...BOTH,
    ]);
  });

  const wrong: Record<string, [unknown, string]> = {
    "no list": ["all", "exceptions: expected a list"],
    "no object": [["all"], "exceptions[0]: expected an object of resource, reason and expires"],
    "no day": [
      [{ resource: URN, reason: "x" }],
      "exceptions[0]: expected an object of resource, reason and expires",
    ],
    "no reason": [[exception({ reason: " " })], "exceptions[0]: aws:kms/key:Key::legacy has no reason"],
    "a day that is none": [
      [exception({ expires: "2027-02-30" })],
      'exceptions[0]: aws:kms/key:Key::legacy: expires is "2027-02-30", expected a day as 2027-01-31',
    ],
    "for ever": [
      [exception({ expires: "never" })],
      'exceptions[0]: aws:kms/key:Key::legacy: expires is "never", expected a day as 2027-01-31',
    ],
    "a type alone": [
      [exception({ resource: "aws:kms/key:Key" })],
      'exceptions[0]: resource "aws:kms/key:Key" is neither a URN nor type::name',
    ],
    "every resource": [
      [exception({ resource: "*" })],
      'exceptions[0]: resource "*" is neither a URN nor type::name',
    ],
  };
  for (const [what, [exceptions, fault]] of Object.entries(wrong))
    it(`a malformed one is a violation, and excepts nothing: ${what}`, async () => {
      assert.deepEqual(await run(exceptions), { said: [`stack: ${fault}`, ...BOTH], listed: [] });
    });

  it("is advice, and blocks nothing", () => {
    assert.equal(listing.enforcementLevel, "advisory");
  });
});

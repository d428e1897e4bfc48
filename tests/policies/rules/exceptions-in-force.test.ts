import assert from "node:assert/strict";
import { rules } from "../../../policies/catalogue.ts";
import { readExceptions } from "../../../policies/support/exceptions.ts";
import { rule, type Rule } from "../../../policies/support/rule.ts";
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
const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const SOON = day(90);
const exception = (more: Record<string, unknown> = {}) => ({
  resource: "aws:kms/key:Key::legacy",
  reason: "moves to another account",
  expires: SOON,
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
          `stack: kms-rotation is not applied to ${named} until ${SOON} (moves to another account); keeps back 1 of its violations`,
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
    assert.deepEqual((await run([exception({ expires: day(1) })])).said, ["other: is not rotated"]);
    const expired = day(-2);
    assert.deepEqual((await run([exception({ expires: expired })])).said, [
      `stack: exceptions[0]: aws:kms/key:Key::legacy: expired on ${expired} (moves to another account)`,
      ...BOTH,
    ]);
  });

  it("is for the resource that it names, and for none whose name begins so", async () => {
    const near = [
      key("legacy::copy"),
      key("legacy-copy"),
      resource("aws:kms/replicaKey:ReplicaKey", "legacy", {}),
    ];
    const { said, listed } = await run([exception()], near);
    assert.equal(said.length, 2, said.join("\n"));
    assert.match(listed[0] ?? "", /keeps nothing back/);
  });

  it("is for one resource: one whose type and name two have, of two components, is a violation", async () => {
    const twin = (of: string) => ({
      ...key("legacy"),
      urn: `urn:pulumi:test::bulkhead::${of}$aws:kms/key:Key::legacy`,
    });
    const twins = [twin("bulkhead:a:A"), twin("bulkhead:b:B")];
    const { said, listed } = await run([exception()], twins);
    assert.deepEqual(said, [
      "stack: exceptions[0]: aws:kms/key:Key::legacy is 2 resources: name one by its URN",
      "legacy: is not rotated",
      "legacy: is not rotated",
    ]);
    assert.deepEqual(listed, []);
    const one = await run([exception({ resource: twins[0]?.urn })], twins);
    assert.deepEqual(one.said, ["legacy: is not rotated"]);
  });

  it("holds for the day that it is in UTC, wherever the pack runs", () => {
    const on = (today: string) =>
      readExceptions([exception({ expires: "2027-01-31" })], [], today).faults.length;
    assert.deepEqual([on("2027-01-30"), on("2027-01-31"), on("2027-02-01")], [0, 0, 1]);
  });

  it("is listed although the rule stops: the run tells what it was not applied to", async () => {
    const stops = rule({
      name: "stops",
      description: "Stops.",
      severity: "low",
      remediation: "Mend it.",
      validate: () => {
        throw new Error("no reason");
      },
    });
    assert.equal((await violations(stops, [key("legacy")], { exceptions: [exception()] })).length, 1);
    assert.match((await violations(listing, []))[0] ?? "", /^stack: stops is not applied to aws:kms/);
  });

  for (const whole of ["isolation-proof", "exceptions-in-force"])
    it(`can't be from ${whole}, which is about no resource alone`, async () => {
      const said = await violations(ruleNamed(whole), [key("legacy")], { exceptions: [exception()] });
      assert.deepEqual(said, ["stack: exceptions: this rule takes none"]);
      assert.deepEqual(await violations(listing, []), []);
    });

  const wrong: Record<string, [unknown, string]> = {
    "no list": ["all", "exceptions: expected a list"],
    "no object": [["all"], "exceptions[0]: expected an object of resource, reason and expires"],
    "no day": [
      [{ resource: URN, reason: "x" }],
      "exceptions[0]: expected an object of resource, reason and expires",
    ],
    "no reason": [[exception({ reason: " " })], "exceptions[0]: aws:kms/key:Key::legacy has no reason"],
    "a reason that nobody sees": [
      [exception({ reason: "\u200b\u200b" })],
      "exceptions[0]: aws:kms/key:Key::legacy has no reason",
    ],
    "a reason that writes lines of its own": [
      [exception({ reason: "x\nPolicies: all passed" })],
      "exceptions[0]: aws:kms/key:Key::legacy: its reason has more than a line of text",
    ],
    "for years": [
      [exception({ expires: day(368) })],
      `exceptions[0]: aws:kms/key:Key::legacy: expires on ${day(368)}, more than 366 days from now`,
    ],
    "a day with a time": [
      [exception({ expires: "2027-01-31T23:59:59-12:00" })],
      'exceptions[0]: aws:kms/key:Key::legacy: expires is "2027-01-31T23:59:59-12:00", expected a day as 2027-01-31',
    ],
    "a day as a number": [
      [exception({ expires: 20270131 })],
      "exceptions[0]: aws:kms/key:Key::legacy: expires is 20270131, expected a day as 2027-01-31",
    ],
    "what is not expected besides": [
      [exception({ rule: "*" })],
      "exceptions[0]: expected an object of resource, reason and expires",
    ],
    "several resources": [
      [exception({ resource: [URN, `${URN}2`] })],
      `exceptions[0]: resource ${JSON.stringify([URN, `${URN}2`])} is neither a URN nor type::name`,
    ],
    ...Object.fromEntries(
      [
        "aws:kms/key:Key::*",
        "aws:kms/*:Key::legacy",
        "urn:pulumi:test::bulkhead::aws:kms/key:Key::leg*",
        "aws:kms/key:Key::legac?",
      ].map((pattern) => [
        `a pattern, ${pattern}`,
        [
          [exception({ resource: pattern })],
          `exceptions[0]: resource "${pattern}" has a wildcard: name one resource`,
        ],
      ]),
    ),
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

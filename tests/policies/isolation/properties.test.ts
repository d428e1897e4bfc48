import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type AccessRequest,
  compileWildcard,
  decide,
  type NamedPolicy,
  parsePolicy,
  PolicyError,
  type Statement,
} from "../../../policies/isolation/index.ts";

/** The definition, by recursion: right, and exponential. */
function naive(pattern: readonly string[], text: readonly string[]): boolean {
  const [p, ...rest] = pattern;
  if (p === undefined) return text.length === 0;
  if (p === "*") return naive(rest, text) || (text.length > 0 && naive(pattern, text.slice(1)));
  return text.length > 0 && (p === "?" || p === text[0]) && naive(rest, text.slice(1));
}

const letters = (...units: string[]) => fc.array(fc.constantFrom(...units), { maxLength: 8 });

describe("evaluator, properties: wildcards", () => {
  it("match as a naive matcher does", () => {
    fc.assert(
      fc.property(
        letters("a", "b", "*", "?", "/", "😀"),
        letters("a", "b", "/", "\n", "😀"),
        (pattern, text) => {
          assert.equal(compileWildcard(pattern.join(""))(text.join("")), naive(pattern, text));
        },
      ),
      { numRuns: 5000 },
    );
  });

  it("match a text made from the pattern", () => {
    fc.assert(
      fc.property(letters("a", "b", "*", "?", "**"), fc.string({ maxLength: 5 }), (pattern, filler) => {
        const text = pattern
          .join("")
          .replaceAll("?", "x")
          .replaceAll("*", () => filler);
        assert.ok(compileWildcard(pattern.join(""))(text));
      }),
    );
  });

  it("do not blow up on hostile patterns", () => {
    const started = performance.now();
    assert.equal(compileWildcard(`${"*a".repeat(2000)}b`)("a".repeat(5000)), false);
    assert.equal(compileWildcard(`${"*?a".repeat(500)}b`)("a".repeat(2000)), false);
    assert.ok(performance.now() - started < 1000);
  });
});

const TAGS = ["tenant_id", "team"];
const VALUES = ["acme", "acme-2", "globex"];
const condition = fc.option(
  fc.record({
    operator: fc.constantFrom("StringEquals", "StringNotEquals", "StringLike", "StringNotEqualsIfExists"),
    key: fc.constantFrom(...TAGS.map((tag) => `aws:PrincipalTag/${tag}`), "aws:RequestTag/tenant_id"),
    value: fc.constantFrom(...VALUES, "acme*", "${aws:PrincipalTag/team}"),
  }),
);
const statement = (effect: fc.Arbitrary<"Allow" | "Deny">, principal: boolean): fc.Arbitrary<Statement> =>
  fc
    .record({
      effect,
      action: fc.constantFrom("s3:GetObject", "s3:*", "s3:Put*", "*"),
      resource: fc.constantFrom("*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/${aws:PrincipalTag/tenant_id}/*"),
      whom: fc.constantFrom("*", "111122223333", "arn:aws:iam::111122223333:role/r", "444455556666"),
      condition,
    })
    .map(({ effect: Effect, action, resource, whom, condition: asked }) => ({
      Effect,
      Action: action,
      Resource: resource,
      ...(principal ? { Principal: whom === "*" ? whom : { AWS: whom } } : {}),
      ...(asked ? { Condition: { [asked.operator]: { [asked.key]: asked.value } } } : {}),
    }));
const policy = (name: string, statements: readonly Statement[]): NamedPolicy => ({
  name,
  document: { Version: "2012-10-17", Statement: statements },
});
const either = fc.constantFrom<"Allow" | "Deny">("Allow", "Deny");
const tags = fc.dictionary(fc.constantFrom(...TAGS), fc.constantFrom(...VALUES));
const request: fc.Arbitrary<AccessRequest> = fc
  .record({
    tags,
    action: fc.constantFrom("s3:GetObject", "s3:PutObject"),
    tenant: fc.constantFrom(...VALUES),
    resourceAccount: fc.constantFrom("111122223333", "444455556666"),
    asked: fc.option(fc.constantFrom(...VALUES)),
  })
  .map(({ tags: carried, action, tenant, resourceAccount, asked }) => ({
    principal: {
      kind: "role-session",
      account: "111122223333",
      roleArn: "arn:aws:iam::111122223333:role/r",
      sessionArn: "arn:aws:sts::111122223333:assumed-role/r/s",
      tags: carried,
    },
    action,
    resource: `arn:aws:s3:::b/${tenant}/x`,
    resourceAccount,
    context: asked === null ? {} : { "aws:RequestTag/tenant_id": asked },
  }));
const world = fc.record({
  request,
  identity: fc.array(statement(either, false), { maxLength: 3 }),
  resource: fc.array(statement(either, true), { maxLength: 3 }),
  boundary: fc.option(fc.array(statement(either, false), { maxLength: 3 })),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

function judge({ request: asked, identity, resource, boundary }: World) {
  return decide(asked, {
    identity: [policy("identity", identity)],
    resource: [policy("resource", resource)],
    ...(boundary ? { boundary: policy("boundary", boundary) } : {}),
  });
}

describe("evaluator, properties: decisions", () => {
  it("another Deny, anywhere, never allows more", () => {
    fc.assert(
      fc.property(
        world,
        statement(fc.constant("Deny"), true),
        statement(fc.constant("Deny"), false),
        fc.constantFrom<"identity" | "resource" | "boundary">("identity", "resource", "boundary"),
        (before, ofResource, ofIdentity, where) => {
          // A boundary where there was none is another matter: see below.
          fc.pre(before[where] !== null);
          const added = where === "resource" ? ofResource : ofIdentity;
          const after = { ...before, [where]: [...(before[where] ?? []), added] };
          assert.ok(!judge(after).allowed || judge(before).allowed);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("another Allow of the identity never refuses what was allowed", () => {
    fc.assert(
      fc.property(world, statement(fc.constant("Allow"), false), (before, allow) => {
        const after = { ...before, identity: [...before.identity, allow] };
        assert.ok(!judge(before).allowed || judge(after).allowed);
      }),
      { numRuns: 2000 },
    );
  });

  it("a boundary never allows more", () => {
    fc.assert(
      fc.property(world, (bounded) => {
        assert.ok(!judge(bounded).allowed || judge({ ...bounded, boundary: null }).allowed);
      }),
      { numRuns: 2000 },
    );
  });

  it("the letter case of tag keys, context keys and actions changes nothing", () => {
    fc.assert(
      fc.property(world, fc.boolean(), (before, upper) => {
        const turn = (text: string): string => (upper ? text.toUpperCase() : text.toLowerCase());
        const keys = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
          Object.fromEntries(Object.entries(record).map(([key, value]) => [turn(key), value]));
        const { principal, context, action } = before.request;
        assert.ok(principal.kind === "role-session");
        const turned = {
          ...before.request,
          principal: { ...principal, tags: keys(principal.tags) },
          context: keys(context),
          action: turn(action),
        };
        assert.equal(judge({ ...before, request: turned }).reason, judge(before).reason);
      }),
      { numRuns: 2000 },
    );
  });

  it("the order of statements changes nothing but which of them is named", () => {
    fc.assert(
      fc.property(world, (before) => {
        const turned = {
          ...before,
          identity: before.identity.toReversed(),
          resource: before.resource.toReversed(),
        };
        assert.equal(judge(turned).reason, judge(before).reason);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("evaluator, properties: documents", () => {
  it("any JSON is read or refused by a PolicyError", () => {
    const part = fc.oneof(
      fc.jsonValue(),
      fc.record({
        Effect: either,
        Action: fc.jsonValue(),
        Resource: fc.jsonValue(),
        Condition: fc.jsonValue(),
      }),
    );
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.record({ Version: fc.constant("2012-10-17"), Statement: part })),
        (value) => {
          try {
            parsePolicy(typeof value === "string" ? value : JSON.stringify(value));
          } catch (error) {
            assert.ok(error instanceof PolicyError, String(error));
            assert.ok(error.message.startsWith(`${error.place}: `));
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { z } from "zod";
import { ROUTES } from "../../infra/documents/open-api.ts";
import { bodySchema, REQUEST_BODIES, requestBodies } from "../../runtime/request-bodies.ts";

const FILE = new URL("../../runtime/contract/request-bodies.json", import.meta.url);

/** Texts of all kinds: padded, decomposed, too long, with names of files and addresses among them. */
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.constantFrom(
    " question? ",
    "policy.md",
    "e\u0301te\u0301.txt",
    "ann@acme.example",
    " ANN@acme.example ",
    "",
  ),
  fc.nat({ max: 2500 }).map((length) => ` ${"x".repeat(length)} `),
);
const groups = fc.array(fc.constantFrom("regular", "platinum", "admin"), { maxLength: 60 });
/** Bodies that are nearly right: some members are left out, of another type, or more than there are. */
const body = fc.record(
  {
    question: fc.oneof(text, fc.integer()),
    name: fc.oneof(text, fc.constant(null)),
    content: fc.oneof(text, fc.array(text)),
    email: text,
    groups: fc.oneof(groups, fc.constant("regular")),
    tenant: fc.constant("acme"),
  },
  { requiredKeys: [] },
);

describe("what API Gateway is told of bodies", () => {
  it("is what the functions' checks generate (node runtime/request-bodies.ts writes it)", () => {
    assert.equal(readFileSync(FILE, "utf8"), requestBodies());
  });

  it("is there for every route that takes one, and for no other", () => {
    const taking = ROUTES.map(({ method, path }) => `${method.toUpperCase()} ${path}`).filter((route) =>
      /^(POST|PUT|PATCH) /.test(route),
    );
    assert.deepEqual(Object.keys(REQUEST_BODIES).sort(), taking.sort());
  });

  for (const [route, check] of Object.entries(REQUEST_BODIES)) {
    const told = z.fromJSONSchema(bodySchema(check) as Parameters<typeof z.fromJSONSchema>[0]);

    it(`refuses nothing that the function takes: ${route}`, () => {
      let taken = 0;
      fc.assert(
        fc.property(body, (value) => {
          for (const each of [value, pick(value, bodySchema(check))]) {
            if (!check.safeParse(each).success) continue;
            taken += 1;
            assert.ok(told.safeParse(each).success, JSON.stringify(each));
          }
        }),
        { numRuns: 2000 },
      );
      assert.ok(taken >= 5, `only ${taken} bodies were taken`);
    });

    it(`refuses other types, what is missing and what is too much: ${route}`, () => {
      for (const wrong of [null, [], "text", 7, {}, { tenant: "acme" }])
        assert.ok(!told.safeParse(wrong).success);
      const { properties } = bodySchema(check) as { properties: object };
      const right = Object.fromEntries(
        Object.entries(properties).map(([name, of]: [string, { type: string }]) => [
          name,
          of.type === "array" ? [] : "x",
        ]),
      );
      assert.ok(told.safeParse(right).success);
      for (const name of Object.keys(properties))
        assert.ok(!told.safeParse({ ...right, [name]: 7 }).success, name);
      assert.ok(!told.safeParse({ ...right, tenant: "acme" }).success);
    });
  }
});

/** Only the members that a schema names, so that a random body is now and then a right one. */
function pick(value: Readonly<Record<string, unknown>>, schema: object): object {
  const { properties } = schema as { properties: object };
  return Object.fromEntries(Object.entries(value).filter(([name]) => name in properties));
}

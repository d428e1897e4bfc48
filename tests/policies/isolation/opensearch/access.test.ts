import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { parse } from "yaml";
import { decideIndexAccess, type SecurityConfiguration } from "../../../../policies/isolation/index.ts";

interface Scenario {
  readonly what: string;
  readonly roles: Readonly<Record<string, unknown>>;
  readonly cases: readonly {
    readonly action: string;
    readonly index?: string;
    readonly aliases?: readonly string[];
    readonly by?: string;
    readonly reason?: string;
    readonly names?: string;
    readonly filter?: object;
  }[];
}

const file = new URL("../../../scenarios/opensearch-roles/access.yaml", import.meta.url);
const scenarios = parse(readFileSync(file, "utf8")) as readonly Scenario[];
const CALLER = "arn:aws:iam::111122223333:role/bulkhead.dev.data.cobalt";

const mapped = (
  roles: Scenario["roles"],
  mapping: object = { backend_roles: [CALLER] },
): SecurityConfiguration => ({
  roles,
  mappings: Object.fromEntries(Object.keys(roles).map((name) => [name, mapping])),
});

describe("OpenSearch's security roles", () => {
  for (const { what, roles, cases } of scenarios)
    describe(what, () => {
      for (const { by, reason, names, filter, ...request } of cases)
        it(`${request.action} on ${request.index ?? "the cluster"}: ${by ?? String(reason)}`, () => {
          const decision = decideIndexAccess({ ...request, roleArn: CALLER }, mapped(roles));
          const [role, statement] = by?.split(" ") ?? [];
          assert.equal(decision.allowed, by !== undefined, decision.detail);
          assert.equal(decision.reason, reason ?? "allowed");
          if (by !== undefined)
            assert.deepEqual(decision.by, {
              kind: "resource",
              policy: `OpenSearch role ${role ?? ""}`,
              statement,
            });
          assert.match(decision.detail, new RegExp(names ?? ""));
          assert.deepEqual(decision.documentFilter, filter);
        });
    });

  const everything = {
    one: {
      cluster_permissions: ["*"],
      index_permissions: [{ index_patterns: ["*"], allowed_actions: ["*"] }],
    },
  };
  const search = { action: "indices:data/read/search", index: "kb.cobalt.1" };

  describe("are the caller's", () => {
    const mappings: [string, object, string][] = [
      [
        "mapped to its role's ARN",
        { backend_roles: ["arn:aws:iam::111122223333:role/other", CALLER], users: [] },
        "allowed",
      ],
      [
        "not mapped to an ARN that starts the same",
        { backend_roles: [`${CALLER}-marine`, CALLER.slice(0, -1)] },
        "implicit-deny",
      ],
      ["not mapped to anybody", {}, "implicit-deny"],
      ["not by a mapping of users", { backend_roles: [CALLER], users: ["someone"] }, "unsupported"],
      ["not by a mapping of hosts", { backend_roles: [CALLER], hosts: ["10.0.0.1"] }, "unsupported"],
      ["not by several backend roles at once", { and_backend_roles: [CALLER] }, "unsupported"],
      ["not by a pattern", { backend_roles: ["*"] }, "unsupported"],
      ["not by an attribute", { backend_roles: ["${user.name}"] }, "unsupported"],
    ];
    for (const [what, mapping, reason] of mappings)
      it(what, () => {
        const decision = decideIndexAccess({ ...search, roleArn: CALLER }, mapped(everything, mapping));
        assert.equal(decision.reason, reason, decision.detail);
      });

    it("not by a mapping of a role that is not there", () => {
      const security = { roles: {}, mappings: { one: { backend_roles: [CALLER] } } };
      assert.equal(decideIndexAccess({ ...search, roleArn: CALLER }, security).reason, "implicit-deny");
    });

    it("refused for everyone while one mapping is not understood", () => {
      const security = {
        roles: everything,
        mappings: { one: { backend_roles: [CALLER] }, other: { backend_roles: [], users: ["*"] } },
      };
      const decision = decideIndexAccess({ ...search, roleArn: CALLER }, security);
      assert.match(decision.detail, /mapping of OpenSearch role other: users/);
    });
  });

  it("of any tenant cover no index, and no alias, of any other", () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,5}$/);
    const id = fc
      .tuple(fc.stringMatching(/^[a-z][a-z0-9]{1,4}$/), fc.array(part, { maxLength: 2 }))
      .map(([first, more]) => [first, ...more].join("-"));
    // Ids that share a beginning are what could go wrong.
    const pair = fc
      .oneof(
        fc.tuple(id, id),
        fc.tuple(id, part).map(([a, b]): [string, string] => [a, `${a}-${b}`]),
      )
      .filter(([a, b]) => a !== b);
    fc.assert(
      fc.property(pair, fc.boolean(), fc.constantFrom("", ".1", ".23"), ([a, b], swap, suffix) => {
        const [own, other] = swap ? [b, a] : [a, b];
        const role = {
          index_permissions: [{ index_patterns: [`kb.${own}`, `kb.${own}.*`], allowed_actions: ["*"] }],
        };
        const on = (tenant: string) =>
          decideIndexAccess(
            { ...search, roleArn: CALLER, index: `kb.${tenant}${suffix}`, aliases: [`kb.${tenant}`] },
            mapped({ one: role }),
          ).allowed;
        assert.deepEqual([on(own), on(other)], [true, false]);
      }),
    );
  });
});

import assert from "node:assert/strict";
import { classesOf, reducedModels } from "../../../../policies/isolation/classes/index.ts";
import type { AccountModel, Role, Table } from "../../../../policies/isolation/model/account.ts";
import { TENANT_ID } from "../../../../policies/isolation/model/readers/stack.ts";
import { requestsOf } from "../../../../policies/isolation/prove/space/index.ts";

function role(id: string, resource = `arn:aws:s3:::kb-${id}/${id}/*`): Role {
  const policy = (name: string) => ({
    urn: `urn:${id}:${name}`,
    name: `${name} of ${id}`,
    document: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow" as const, Action: "s3:*", Resource: resource }],
    },
  });
  return {
    urn: `urn:${id}`,
    owner: id,
    name: `data.${id}`,
    arn: `arn:aws:iam::111122223333:role/data.${id}`,
    tags: {},
    trust: policy("trust"),
    identity: [policy("data")],
    boundary: undefined,
  };
}

/** A table of the naming contract, with items of tenants, each under a key of its own. */
function table(name: string, owners: readonly string[]): Table {
  return {
    urn: `urn:table:${name}`,
    name: `bulkhead-dev-${name}`,
    arn: `arn:aws:dynamodb:us-east-1:111122223333:table/bulkhead-dev-${name}`,
    tags: {},
    policy: undefined,
    indexes: [],
    stream: false,
    items: owners.map((owner, i) => ({
      urn: `urn:${name}:${i}`,
      owner,
      partition: `client-${String(i).padStart(8, "0")}`,
      attributes: { tenant_id: { S: owner } },
    })),
  };
}

function account(
  roles: readonly Role[],
  platform: readonly Role[] = [],
  tables: readonly Table[] = [],
): AccountModel {
  const none = {
    buckets: [],
    keys: [],
    tables,
    knowledgeBases: [],
    profiles: [],
    guardrails: [],
    collections: [],
    accessPolicies: [],
    domains: [],
    secrets: [],
    functions: [],
    memories: [],
    clusters: [],
    gaps: [],
  };
  return {
    ...none,
    where: { environment: "dev", account: "111122223333", region: "us-east-1", partition: "aws" },
    tenants: roles.map(({ owner = "" }) => ({ id: owner, tier: "silo", urn: `urn:tenant:${owner}` })),
    roles: [...roles, ...platform],
    resources: roles.length,
  };
}

const membersOf = (model: AccountModel): readonly (readonly string[])[] =>
  classesOf(model).classes.map(({ members }) => members);

describe("classes of tenants", () => {
  it("hold tenants that are alike up to their id, whatever word it is", () => {
    assert.deepEqual(membersOf(account(["acme", "acme-2", "data", "kb", "globex"].map((id) => role(id)))), [
      ["acme", "acme-2", "data", "globex", "kb"],
    ]);
  });

  it("leave out a tenant whose policy differs in one character", () => {
    const different = role("globex", "arn:aws:s3:::kb-globex/globex*");
    assert.deepEqual(membersOf(account([role("acme"), role("acme-2"), different])), [
      ["acme", "acme-2"],
      ["globex"],
    ]);
  });

  it("leave out a tenant whose policy names another one", () => {
    const model = account([role("acme"), role("acme-2"), role("globex", "arn:aws:s3:::kb-acme/acme/*")]);
    const { classes, singled } = classesOf(model);
    assert.deepEqual(
      classes.map(({ members }) => members),
      [["acme", "acme-2"], ["globex"]],
    );
    assert.deepEqual([...singled.keys()], ["acme"]);
  });

  it("hold tenants of which one has machine clients, whom no request is about", () => {
    const [acme, globex] = [role("acme"), role("globex")];
    const of = (...tables: readonly Table[]): AccountModel => account([acme, globex], [], tables);
    const some = of(table("memberships", ["acme", "acme", "globex"]));
    assert.deepEqual(membersOf(some), [["acme", "globex"]]);
    assert.deepEqual(requestsOf(some), requestsOf(of(table("memberships", []))));
  });

  it("leave out a tenant that has an item more where tenants are told apart", () => {
    const [acme, globex] = [role("acme"), role("globex")];
    for (const name of ["registry", "users", "budgets", "sessions", "of-a-later-day"])
      assert.deepEqual(membersOf(account([acme, globex], [], [table(name, ["acme"])])), [
        ["globex"],
        ["acme"],
      ]);
  });

  it("leave out a tenant that has anything else of its own: a statement, a role, a tag, an owner's name for it", () => {
    const acme = role("acme");
    const globex = role("globex");
    const [policy] = globex.identity;
    assert.ok(policy);
    const [statement] = [policy.document.Statement].flat();
    assert.ok(statement);
    const with_ = (document: object): Role => ({
      ...globex,
      identity: [{ ...policy, document: { ...policy.document, ...document } }],
    });
    const different: readonly (readonly Role[])[] = [
      [with_({ Statement: [statement, { Effect: "Allow", Action: "s3:GetObject", Resource: "*" }] })],
      [with_({ Statement: [{ ...statement, Condition: { Bool: { "aws:SecureTransport": "true" } } }] })],
      [with_({ Version: "2008-10-17" })],
      [{ ...globex, tags: { tenant_id: "globex" } }],
      [{ ...globex, boundary: policy }],
      [{ ...globex, trust: { ...globex.trust, document: { Version: "2012-10-17", Statement: [] } } }],
      [globex, { ...role("globex"), urn: "urn:other", name: "ingest.globex" }],
    ];
    for (const roles of different)
      assert.deepEqual(membersOf({ ...account([acme, globex]), roles: [acme, ...roles] }), [
        ["globex"],
        ["acme"],
      ]);
  });

  it("single out a tenant that the platform names, and judge it one by one", () => {
    const platform: Role = { ...role("acme"), urn: "urn:platform", owner: undefined, name: "broker" };
    const found = classesOf(account([role("acme"), role("acme-2"), role("globex")], [platform]));
    assert.deepEqual([...found.singled.keys()], ["acme"]);
    for (const { model } of reducedModels(found)) assert.ok(model.tenants.some(({ id }) => id === "acme"));
  });

  it("give the tenant of any id, exactly as a member of that id is", () => {
    const [first] = classesOf(account([role("acme"), role("acme-2")])).classes;
    assert.deepEqual(first?.instance("globex").roles, JSON.parse(JSON.stringify([role("globex")])));
  });

  it("are judged by a member of each and by made tenants, whose ids are ids and nobody's", () => {
    const found = classesOf(account([role("acme"), role("abc"), role("globex", "*")]));
    const [only] = reducedModels(found);
    assert.ok(only);
    assert.equal(only.made.size, 2);
    for (const id of only.made) assert.ok(TENANT_ID.test(id) && !found.parts.has(id), id);
    assert.equal(only.model.tenants.length, 4);
  });
});

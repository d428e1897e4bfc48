import assert from "node:assert/strict";
import { classesOf, reducedModels } from "../../../../policies/isolation/classes/index.ts";
import type { AccountModel, Role } from "../../../../policies/isolation/model/account.ts";
import { TENANT_ID } from "../../../../policies/isolation/model/readers/stack.ts";

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

function account(roles: readonly Role[], platform: readonly Role[] = []): AccountModel {
  const none = {
    buckets: [],
    keys: [],
    tables: [],
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

import assert from "node:assert/strict";

import { openStore, readHits, visibleTo } from "../../../runtime/shared/store.ts";
import { TenantContext } from "../../../runtime/shared/tenant-context.ts";
import { grant, poolItem, registryItem } from "../support/grants.ts";
import { serveOpenSearch } from "../support/opensearch-server.ts";

const context = (groups: readonly string[] = ["regular"]) =>
  TenantContext.fromGrant(grant("acme", { groups }));
const hit = (id: string, source: object = {}) => ({
  _id: id,
  _source: {
    text: `text ${id}`,
    "x-amz-bedrock-kb-source-uri": `s3://b/${id}`,
    tenant_id: "acme",
    ...source,
  },
});
const answer = (...hits: object[]) => ({ timed_out: false, _shards: { failed: 0 }, hits: { hits } });

describe("store", () => {
  it("asks by vector and by words, both limited to what the user may see, and fuses the two", async () => {
    const server = await serveOpenSearch(({ body }) =>
      JSON.stringify(body).includes('"knn"')
        ? [200, answer(hit("a"), hit("b"))]
        : [200, answer(hit("b"), hit("c"))],
    );
    const who = context();
    const item = registryItem("acme", {
      store: { ...registryItem("acme").store, endpoint: server.endpoint },
    });
    const store = openStore({ AWS_ENDPOINT_URL: server.origin }, "us-east-1", item);
    const query = { text: "deductible", vector: [1, 0], size: 2 };
    const found = await store.search(who, query, AbortSignal.timeout(5000));
    server.close();
    await who.close();

    assert.deepEqual(found, [
      { id: "b", uri: "s3://b/b", text: "text b" },
      { id: "a", uri: "s3://b/a", text: "text a" },
    ]);
    assert.equal(server.seen.length, 2);
    for (const { method, path, headers, body } of server.seen) {
      assert.deepEqual([method, path], ["POST", "/_aoss/c1/kb/_search"]);
      assert.match(headers["authorization"]!, /Credential=key-acme\/\d{8}\/us-east-1\/aoss\/aws4_request/);
      assert.equal(headers["x-amz-security-token"], "session");
      assert.ok(JSON.stringify(body).includes(JSON.stringify(visibleTo(who))));
      assert.deepEqual((body as { _source: unknown })._source, [
        "text",
        "x-amz-bedrock-kb-source-uri",
        "tenant_id",
        "groups",
      ]);
    }
  });

  it("asks a pool's index the same way, signed for the domain", async () => {
    const server = await serveOpenSearch(() => [200, answer(hit("a"))]);
    const store = { kind: "pool", endpoint: server.endpoint, index: "kb.acme" } as const;
    const opened = openStore({ AWS_ENDPOINT_URL: server.origin }, "us-east-1", poolItem("acme", { store }));
    const who = context();
    await opened.search(who, { text: "q", vector: [1], size: 1 }, AbortSignal.timeout(5000));
    await who.close();
    server.close();
    assert.deepEqual(
      server.seen.map(({ method, path }) => `${method} ${path}`),
      ["POST /_aoss/c1/kb.acme/_search", "POST /_aoss/c1/kb.acme/_search"],
    );
    for (const { headers } of server.seen)
      assert.match(headers["authorization"]!, /Credential=key-acme\/\d{8}\/us-east-1\/es\/aws4_request/);
  });

  it("shows what one leg alone has found", async () => {
    for (const leg of ["knn", "match"]) {
      const server = await serveOpenSearch(({ body }) => [
        200,
        JSON.stringify(body).includes(`"${leg}"`) ? answer(hit("only")) : answer(),
      ]);
      const store = { ...registryItem("acme").store, endpoint: server.endpoint };
      const opened = openStore(
        { AWS_ENDPOINT_URL: server.origin },
        "us-east-1",
        registryItem("acme", { store }),
      );
      const who = context();
      const found = await opened.search(who, { text: "q", vector: [1], size: 1 }, AbortSignal.timeout(5000));
      await who.close();
      server.close();
      assert.deepEqual(
        found.map(({ id }) => id),
        ["only"],
      );
    }
  });

  it("asks for no documents' records", () => {
    assert.deepEqual(visibleTo(context()).bool.must_not, [{ exists: { field: "record" } }]);
  });

  it("lets a user see what is limited to no group, or to one of the user's own", () => {
    const unlimited = { bool: { must_not: [{ exists: { field: "groups" } }] } };
    const filterOf = (groups: readonly string[]) => visibleTo(context(groups)).bool.filter;
    assert.deepEqual(filterOf(["a", "b"]), [
      { term: { tenant_id: "acme" } },
      { bool: { should: [unlimited, { terms: { groups: ["a", "b"] } }], minimum_should_match: 1 } },
    ]);
    assert.deepEqual(filterOf([])[1], { bool: { should: [unlimited], minimum_should_match: 1 } });
  });

  const faults: readonly (readonly [name: string, source: object])[] = [
    ["another tenant's chunk", { tenant_id: "globex" }],
    ["a chunk whose tenant's id only starts like this one's", { tenant_id: "acme-2" }],
    ["a chunk without a tenant", { tenant_id: undefined }],
    ["a chunk of several tenants", { tenant_id: ["acme", "globex"] }],
    ["a chunk of a group that the user isn't in", { groups: ["platinum"] }],
    ["a chunk of one group in plain text", { groups: "platinum" }],
    ["a chunk of no group at all", { groups: [] }],
  ];
  for (const [name, source] of faults)
    it(`never shows ${name}, even if the store returns it`, () => {
      assert.throws(() => readHits(answer(hit("a"), hit("b", source)), context()), {
        name: "IsolationFault",
      });
    });

  it("refuses partial answers", () => {
    for (const body of [
      { ...answer(), timed_out: true },
      { ...answer(), _shards: { failed: 1 } },
      { hits: { hits: [] } },
      { error: { type: "x" } },
    ])
      assert.throws(() => readHits(body, context()));
  });

  it("turns a refusal into an error of a dependency, and does not go to an endpoint that is not https", async () => {
    const server = await serveOpenSearch(() => [403, { error: { type: "forbidden" } }]);
    const item = registryItem("acme", {
      store: { ...registryItem("acme").store, endpoint: server.endpoint },
    });
    const query = { text: "q", vector: [1], size: 1 };
    const search = (env: Readonly<Record<string, string>>) =>
      openStore(env, "us-east-1", item).search(context(), query, AbortSignal.timeout(5000));
    await assert.rejects(search({ AWS_ENDPOINT_URL: server.origin }), { name: "DependencyUnavailable" });
    const before = server.seen.length;
    await assert.rejects(search({}), { name: "ConfigurationError" });
    assert.equal(server.seen.length, before);
    server.close();
  });
});

import assert from "node:assert/strict";
import { BatchGetCollectionCommand, OpenSearchServerlessClient } from "@aws-sdk/client-opensearchserverless";
import type { Client } from "@opensearch-project/opensearch";
import { embed } from "../../../local/gateway/model/embedding.ts";
import {
  deployNetwork,
  deployTenant,
  DIMENSIONS,
  INDEX_DEFINITION,
  names,
  openSearch,
  statusOf,
  TENANTS,
} from "./knowledge-account.ts";
import { startTestGateway, type TestGateway } from "./support.ts";

const ADMIN_MAY = { Effect: "Allow", Action: "aoss:*", Resource: "*" } as const;
const chunk = (text: string, more: object = {}) => ({
  text,
  vector: embed(text, DIMENSIONS),
  tenant_id: "acme",
  ...more,
});

describe("OpenSearch Serverless", () => {
  let test: TestGateway;
  let admin: Client;
  let own: Client;
  before(async () => {
    test = await startTestGateway((deployment) => {
      deployment.role("admin", { policy: [ADMIN_MAY] });
      // Its IAM policy lets it into every collection: only data-access policies are left to refuse it.
      deployment.role("trusted-by-iam", { policy: [ADMIN_MAY] });
      for (const tenant of TENANTS) deployTenant(deployment, tenant);
    });
    for (const tenant of TENANTS) {
      const client = openSearch(test, tenant, "admin");
      await client.indices.create({ index: "kb", body: INDEX_DEFINITION as object });
      await client.bulk({
        index: "kb",
        body: [
          { index: {} },
          chunk(`The deductible of ${tenant} is 500 dollars.`, { groups: ["platinum"], tenant_id: tenant }),
          { index: {} },
          chunk(`Storm damage at ${tenant} is reported within a week.`, { tenant_id: tenant }),
        ],
      });
    }
    admin = openSearch(test, "acme", "admin");
    own = openSearch(test, "acme", "data.acme", { tenant_id: "acme" });
  });
  after(() => test.stop());

  it("finds by words and by vector, and filters", async () => {
    const question = "what is the deductible";
    const words = await own.search({ index: "kb", body: { query: { match: { text: question } } } });
    const vector = embed(question, DIMENSIONS);
    const near = await own.search({
      index: "kb",
      body: { size: 1, query: { knn: { vector: { vector, k: 2 } } }, _source: ["text"] },
    });
    const filter = { bool: { must_not: [{ exists: { field: "groups" } }] } };
    const hidden = await own.search({
      index: "kb",
      body: { query: { knn: { vector: { vector, k: 5, filter } } } },
    });
    const texts = (answer: typeof words) =>
      answer.body.hits.hits.map((hit) => (hit._source as { text: string }).text);
    assert.deepEqual(texts(near), ["The deductible of acme is 500 dollars."]);
    assert.equal(texts(words)[0], "The deductible of acme is 500 dollars.");
    assert.deepEqual(texts(hidden), ["Storm damage at acme is reported within a week."]);
    assert.equal((await own.count({ index: "kb" })).body.count, 2);
  });

  const filters: [string, object][] = [
    ["a query", { fuzzy: { text: "x" } }],
    ["an option of match", { match: { text: { query: "x", fuzziness: 2 } } }],
    ["an option of bool", { bool: { filter: [{ match_all: {} }], filters: [] } }],
    ["a clause inside", { bool: { filter: [{ script: {} }] } }],
    ["a key beside the query", { term: { tenant_id: "acme" }, range: {} }],
  ];
  for (const [what, query] of filters)
    it(`refuses ${what} that it does not know`, async () => {
      assert.equal(await statusOf(own.search({ index: "kb", body: { query } })), 400);
    });

  it("takes no id of the caller's, no refresh, and no index that is not there", async () => {
    assert.equal(await statusOf(admin.index({ index: "kb", id: "mine", body: chunk("x") })), 400);
    assert.equal(await statusOf(admin.index({ index: "kb", refresh: true, body: chunk("x") })), 400);
    assert.equal(await statusOf(admin.index({ index: "other", body: chunk("x") })), 404);
    assert.equal(await statusOf(admin.indices.create({ index: "kb" })), 400);
    assert.equal(await statusOf(admin.index({ index: "kb", body: { vector: [1, 2] } })), 400);
  });

  it("deletes documents by query and by id, and an index with what it holds", async () => {
    await admin.indices.create({ index: "scratch", body: INDEX_DEFINITION as object });
    await admin.bulk({
      index: "scratch",
      body: [{ index: {} }, chunk("one"), { index: {} }, chunk("two"), { index: {} }, chunk("three")],
    });
    const { body } = await admin.deleteByQuery({
      index: "scratch",
      body: { query: { match: { text: "two" } } },
    });
    assert.equal((body as { deleted?: number }).deleted, 1);
    const left = (await admin.search({ index: "scratch" })).body.hits.hits;
    await admin.delete({ index: "scratch", id: left[0]!._id! });
    assert.equal((await admin.count({ index: "scratch" })).body.count, 1);
    await admin.indices.delete({ index: "scratch" });
    assert.equal((await admin.indices.exists({ index: "scratch" })).statusCode, 404);
    await admin.indices.create({ index: "scratch", body: INDEX_DEFINITION as object });
    assert.equal((await admin.count({ index: "scratch" })).body.count, 0);
    await admin.indices.delete({ index: "scratch" });
  });

  it("sees that an index was deleted behind its back", async () => {
    await admin.indices.create({ index: "gone", body: INDEX_DEFINITION as object });
    await admin.index({ index: "gone", body: chunk("x") });
    test.gateway.account.table("aoss-indices").delete(`${names("acme").collectionId}/gone`);
    assert.equal(await statusOf(admin.search({ index: "gone" })), 404);
  });

  describe("keeps others out", () => {
    const search = { query: { match_all: {} } };
    const raw = (client: Client, method: string, path: string, body?: string) =>
      statusOf(client.transport.request({ method, path, ...(body === undefined ? {} : { bulkBody: body }) }));

    it("another tenant's role, by IAM", async () => {
      const stranger = openSearch(test, "acme", "data.borealis", { tenant_id: "borealis" });
      assert.equal(await statusOf(stranger.search({ index: "kb", body: search })), 403);
      assert.equal(test.gateway.decisions().at(-1)?.action, "aoss:APIAccessAll");
    });

    it("a session without the tag, and one re-tagged as the other tenant", async () => {
      assert.equal(
        await statusOf(openSearch(test, "acme", "data.acme").search({ index: "kb", body: search })),
        403,
      );
      const retagged = openSearch(test, "acme", "data.borealis", { tenant_id: "acme" });
      assert.equal(await statusOf(retagged.search({ index: "kb", body: search })), 403);
    });

    const ways: [string, string, string, string?][] = [
      ["path", "POST", "/kb/_search"],
      ["comma list", "POST", "/scratch,kb/_search"],
      ["encoded comma list", "POST", "/scratch%2Ckb/_search"],
      ["wildcard", "POST", "/k*/_search"],
      ["wildcard that matches nothing", "POST", "/zz*/_search"],
      ["_all", "GET", "/_all/_search"],
      ["no index", "GET", "/_search"],
      ["body of _msearch", "POST", "/_msearch", '{"index":"kb"}\n{"query":{"match_all":{}}}\n'],
      ["body of _mget", "POST", "/_mget", '{"docs":[{"_index":"kb","_id":"1"}]}\n'],
      ["body of _bulk", "POST", "/_bulk", '{"index":{"_index":"kb"}}\n{"text":"x"}\n'],
      ["body of another index's _bulk", "POST", "/scratch/_bulk", '{"delete":{"_index":"kb","_id":"1"}}\n'],
      ["deletion", "DELETE", "/kb"],
      ["delete by query", "POST", "/kb/_delete_by_query", '{"query":{"match_all":{}}}\n'],
      ["creation", "PUT", "/mine"],
      ["mapping", "GET", "/kb/_mapping"],
    ];
    for (const [way, method, path, body] of ways)
      it(`a role that no data-access policy names: ${way}`, async () => {
        const client = openSearch(test, "acme", "trusted-by-iam");
        assert.equal(await raw(client, method, path, body), 403);
        assert.equal(test.gateway.decisions().at(-1)?.allowed, false);
        assert.match(test.gateway.decisions().at(-1)!.resource, /^index\/dev-acme\//);
      });

    it("a reader that writes, by path and in a body", async () => {
      assert.equal(await statusOf(own.index({ index: "kb", body: chunk("planted") })), 403);
      assert.equal(await raw(own, "POST", "/kb/_bulk", '{"index":{}}\n{"text":"planted"}\n'), 403);
      assert.equal(await statusOf(own.indices.delete({ index: "kb" })), 403);
    });

    it("a reader of one index that lists another beside it", async () => {
      await admin.indices.create({ index: "secret" });
      for (const path of ["/kb,secret/_search", "/*/_search", "/_all/_search", "/_search"])
        assert.equal(await raw(own, "POST", path), 403);
      assert.equal(await raw(own, "POST", "/kb/_msearch", '{"index":"secret"}\n{}\n'), 403);
      await admin.indices.delete({ index: "secret" });
      assert.equal(await raw(own, "POST", "/*/_search"), 200);
    });

    it("paths that could be read in two ways", async () => {
      const { origin } = test.gateway;
      const { collectionId } = names("borealis");
      for (const path of [
        `/kb/..%2f..%2f${collectionId}/kb/_search`,
        "/kb%2F_search",
        "/%2e%2e/kb/_search",
        "/kb//_search",
        "/kb%00/_search",
        "/kb%252f/_search",
      ])
        assert.equal(await raw(admin, "GET", path), 400, `${origin}${path}`);
    });

    it("everyone, where no network policy names the collection or the functions' network", async () => {
      deployNetwork(test.deployment, "borealis", { SourceServices: ["bedrock.amazonaws.com"] });
      const borealis = openSearch(test, "borealis", "data.borealis", { tenant_id: "borealis" });
      assert.equal(await statusOf(borealis.search({ index: "kb" })), 403);
      deployNetwork(test.deployment, "borealis", { SourceVPCEs: ["vpce-1"] });
      assert.equal(await statusOf(borealis.search({ index: "kb" })), 200);
    });
  });

  it("tells a collection's endpoint by name, to who may ask", async () => {
    const client = new OpenSearchServerlessClient(test.as("admin"));
    const { collectionDetails, collectionErrorDetails } = await client.send(
      new BatchGetCollectionCommand({ names: ["dev-acme", "dev-none"] }),
    );
    assert.deepEqual(
      [collectionDetails?.[0]?.status, collectionErrorDetails?.[0]?.errorCode],
      ["ACTIVE", "NOT_FOUND"],
    );
    const stranger = new OpenSearchServerlessClient(test.as("data.acme", { tenant_id: "acme" }));
    await assert.rejects(stranger.send(new BatchGetCollectionCommand({ names: ["dev-acme"] })), {
      name: "AccessDeniedException",
    });
  });
});

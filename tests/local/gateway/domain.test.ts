import assert from "node:assert/strict";
import { DescribeDomainCommand, OpenSearchClient } from "@aws-sdk/client-opensearch";
import type { Client } from "@opensearch-project/opensearch";
import { DIMENSIONS, deployDomain, domainArn, INDEX_DEFINITION, openSearch } from "./domain-account.ts";
import { statusOf } from "./knowledge-account.ts";
import { roleArn, startTestGateway, type TestGateway } from "./support.ts";

const DOMAIN = "bulkhead-test";
const vector = (...numbers: number[]): number[] =>
  Array.from({ length: DIMENSIONS }, (_unused, i) => numbers[i] ?? 0);
const TENANT_ID = (tenant: string): string => JSON.stringify({ term: { tenant_id: tenant } });
const READ = ["indices:data/read/search*", "indices:data/read/get*", "indices:data/read/mget*"];

describe("OpenSearch domain", () => {
  let test: TestGateway;
  let admin: Client;
  let reader: Client;
  let writer: Client;
  const put = (kind: string, name: string, body: object) =>
    admin.transport.request({ method: "PUT", path: `/_plugins/_security/api/${kind}/${name}`, body });

  before(async () => {
    test = await startTestGateway((deployment) => {
      const all = { Effect: "Allow", Action: "es:*", Resource: "*" } as const;
      for (const role of ["search-admin", "reader", "writer", "unmapped"])
        deployment.role(role, { policy: [all] });
      deployDomain(deployment, DOMAIN);
      deployDomain(deployment, "plain", { fineGrained: false, explicitIndex: "true" });
    });
    admin = openSearch(test, DOMAIN, "search-admin");
    reader = openSearch(test, DOMAIN, "reader");
    writer = openSearch(test, DOMAIN, "writer");
    await admin.indices.create({ index: "kb.cobalt.1", body: INDEX_DEFINITION as object });
    await admin.indices.putAlias({ index: "kb.cobalt.1", name: "kb.cobalt" });
    await put("roles", "tenant.cobalt.reader", {
      cluster_permissions: ["indices:data/read/msearch", "indices:data/read/mget"],
      index_permissions: [
        { index_patterns: ["kb.cobalt", "kb.cobalt.*"], allowed_actions: READ, dls: TENANT_ID("cobalt") },
      ],
    });
    await put("rolesmapping", "tenant.cobalt.reader", { backend_roles: [roleArn("reader")] });
    await put("roles", "tenant.cobalt.writer", {
      cluster_permissions: ["indices:data/write/bulk", "indices:data/read/scroll*"],
      index_permissions: [
        {
          index_patterns: ["kb.cobalt", "kb.cobalt.*"],
          allowed_actions: ["indices:data/write/*", "indices:data/read/search"],
        },
      ],
    });
    await put("rolesmapping", "tenant.cobalt.writer", { backend_roles: [roleArn("writer")] });
    await writer.bulk({
      index: "kb.cobalt",
      body: [
        { index: { _id: "a.0" } },
        { text: "Marine cargo is covered.", tenant_id: "cobalt", vector: vector(1) },
        { index: { _id: "a.1" } },
        { text: "Drones are not covered.", tenant_id: "cobalt", vector: vector(0, 1) },
        { create: { _id: "x.0" } },
        { text: "Marine cargo of a stranger.", tenant_id: "acme", vector: vector(1, 0.01) },
      ],
    });
  });
  after(() => test.stop());

  const idsOf = (answer: { body: { hits: { hits: { _id?: string }[] } } }) =>
    answer.body.hits.hits.map((hit) => hit._id);

  it("answers searches through the alias, by words and by vector", async () => {
    const words = await writer.search({ index: "kb.cobalt", body: { query: { match: { text: "marine" } } } });
    const near = await writer.search({
      index: "kb.cobalt",
      body: { size: 1, query: { knn: { vector: { vector: vector(0, 1), k: 1 } } } },
    });
    assert.deepEqual(new Set(idsOf(words)), new Set(["a.0", "x.0"]));
    assert.deepEqual(idsOf(near), ["a.1"]);
    assert.equal(words.body.hits.hits[0]!._index, "kb.cobalt.1");
  });

  it("hides what the role's document query does not match, from every read", async () => {
    const all = { query: { match_all: {} } };
    assert.deepEqual(idsOf(await reader.search({ index: "kb.cobalt", body: all })), ["a.0", "a.1"]);
    const near = { query: { knn: { vector: { vector: vector(1, 0.01), k: 1 } } } };
    // The hidden document is the nearest one, and takes no place.
    assert.deepEqual(idsOf(await reader.search({ index: "kb.cobalt", body: near })), ["a.0"]);
    assert.equal((await reader.count({ index: "kb.cobalt" })).body.count, 2);
    assert.equal(await statusOf(reader.get({ index: "kb.cobalt", id: "x.0" })), 404);
    assert.equal(await statusOf(reader.get({ index: "kb.cobalt", id: "a.0" })), 200);
    const { body } = await reader.mget({ index: "kb.cobalt", body: { ids: ["a.0", "x.0"] } });
    assert.deepEqual(
      body.docs.map((each) => "found" in each && each.found),
      [true, false],
    );
    const multi = await reader.msearch({ index: "kb.cobalt", body: [{}, all] as object[] });
    assert.equal((multi.body.responses[0] as { hits: { total: { value: number } } }).hits.total.value, 2);
  });

  it("keeps versions that the writer counts: an older write loses", async () => {
    const write = async (version: number, text: string) => {
      const header = { index: { _id: "v.0", version, version_type: "external" } };
      const { body } = await writer.bulk({
        index: "kb.cobalt",
        body: [header, { text, tenant_id: "cobalt" }] as object[],
      });
      return body.items[0]!.index!.status;
    };
    assert.deepEqual(
      [await write(5, "five"), await write(4, "four"), await write(6, "six")],
      [201, 409, 200],
    );
    const stale = { delete: { _id: "v.0", version: 3, version_type: "external" } };
    const { body } = await writer.bulk({ index: "kb.cobalt", body: [stale] as object[] });
    assert.equal(body.items[0]!.delete!.status, 409);
    assert.equal((await reader.get({ index: "kb.cobalt", id: "v.0" })).body._version, 6);
    await writer.delete({ index: "kb.cobalt", id: "v.0" });
  });

  it("deletes by query what the caller may read, and needs all that this takes", async () => {
    await admin.index({ index: "kb.cobalt.1", id: "gone", body: { text: "gone", tenant_id: "cobalt" } });
    const query = { query: { match: { text: "gone" } } };
    assert.equal(await statusOf(reader.deleteByQuery({ index: "kb.cobalt", body: query })), 403);
    const { body } = await writer.deleteByQuery({ index: "kb.cobalt", body: query, refresh: true });
    assert.equal((body as { deleted?: number }).deleted, 1);
  });

  it("manages indices and aliases", async () => {
    await admin.indices.create({ index: "scratch.1", body: { aliases: { scratch: {} } } });
    assert.equal((await admin.indices.exists({ index: "scratch" })).body, true);
    assert.equal((await admin.indices.existsAlias({ name: "scratch" })).body, true);
    assert.deepEqual((await admin.indices.getAlias({ name: "scratch" })).body, {
      "scratch.1": { aliases: { scratch: {} } },
    });
    await admin.indices.create({ index: "scratch.2" });
    await admin.indices.updateAliases({
      body: {
        actions: [
          { remove: { index: "scratch.1", alias: "scratch" } },
          { add: { index: "scratch.2", alias: "scratch" } },
        ],
      },
    });
    assert.deepEqual(Object.keys((await admin.indices.getMapping({ index: "scratch" })).body), ["scratch.2"]);
    assert.equal(await statusOf(admin.indices.delete({ index: "scratch" })), 400);
    assert.equal(await statusOf(admin.indices.create({ index: "scratch" })), 400);
    assert.equal(await statusOf(admin.indices.putAlias({ index: "scratch.1", name: "scratch.2" })), 400);
    await admin.indices.refresh({ index: "scratch" });
    await admin.indices.delete({ index: "scratch.1,scratch.2" });
    assert.equal((await admin.indices.existsAlias({ name: "scratch" })).body, false);
    assert.equal(await statusOf(admin.search({ index: "scratch" })), 404);
  });

  it("shows, replaces and deletes roles and mappings, and refuses those that it could not decide by", async () => {
    const api = (method: string, path: string, body?: object) =>
      statusOf(
        admin.transport.request({ method, path: `/_plugins/_security/api/${path}`, ...(body && { body }) }),
      );
    const role = { index_permissions: [{ index_patterns: ["t"], allowed_actions: ["read"] }] };
    assert.deepEqual(
      [await api("PUT", "roles/t", role), await api("PUT", "roles/t", role), await api("GET", "roles/t")],
      [201, 200, 200],
    );
    assert.equal(await api("PUT", "rolesmapping/none", { backend_roles: [roleArn("reader")] }), 404);
    assert.equal(await api("PUT", "rolesmapping/t", { users: ["someone"] }), 400);
    assert.equal(await api("PUT", "rolesmapping/t", { backend_roles: ["*"] }), 400);
    const substituted = { index_patterns: ["kb.${attr.jwt.tenant_id}"], allowed_actions: ["read"] };
    assert.equal(await api("PUT", "roles/t", { index_permissions: [substituted] }), 400);
    assert.equal(await api("PUT", "roles/all_access", role), 403);
    assert.equal(await api("PUT", "rolesmapping/all_access", { backend_roles: [roleArn("reader")] }), 403);
    assert.deepEqual([await api("DELETE", "roles/t"), await api("DELETE", "roles/t")], [200, 404]);
    assert.equal(await api("GET", "internalusers"), 400);
  });

  it("asks no role where fine-grained access control is off, and takes indices in bodies where the setting lets it", async () => {
    const plain = openSearch(test, "plain", "unmapped");
    await plain.indices.create({ index: "one" });
    const { body } = await plain.bulk({ body: [{ index: { _index: "one" } }, { text: "x" }] });
    assert.equal(body.errors, false);
    assert.equal(await statusOf(openSearch(test, DOMAIN, "unmapped").search({ index: "kb.cobalt" })), 403);
  });

  it("is described to who may ask", async () => {
    const { DomainStatus } = await new OpenSearchClient(test.as("search-admin")).send(
      new DescribeDomainCommand({ DomainName: DOMAIN }),
    );
    assert.equal(DomainStatus?.Endpoint, `127.0.0.1:1/_domain/${DOMAIN}`);
    const statement = {
      Effect: "Allow",
      Action: "es:DescribeDomain",
      Resource: domainArn("other"),
    } as const;
    test.deployment.role("stranger", { policy: [statement] });
    const stranger = new OpenSearchClient(test.as("stranger"));
    await assert.rejects(stranger.send(new DescribeDomainCommand({ DomainName: DOMAIN })), {
      name: "AccessDeniedException",
    });
    await assert.rejects(stranger.send(new DescribeDomainCommand({ DomainName: "other" })), {
      name: "ResourceNotFoundException",
    });
  });
});

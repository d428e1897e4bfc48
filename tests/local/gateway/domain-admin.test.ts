import assert from "node:assert/strict";
import { poolIndex } from "../../../runtime/search-admin/pool-index.ts";
import { poolRole } from "../../../runtime/search-admin/pool-role.ts";
import { createDocumentIndex } from "../../../runtime/ingest/document-index.ts";
import { deployDomain, openSearch } from "./domain-account.ts";
import { statusOf } from "./knowledge-account.ts";
import { roleArn, startTestGateway, type TestGateway } from "./support.ts";

const DOMAIN = "bulkhead-test";

/** The admin function's work and the ingest function's, on the gateway's domain. */
describe("OpenSearch domain, as the runtime uses it", () => {
  let test: TestGateway;
  before(async () => {
    test = await startTestGateway((deployment) => {
      for (const role of ["search-admin", "data.cobalt", "ingest.cobalt"])
        deployment.role(role, { policy: [{ Effect: "Allow", Action: "es:*", Resource: "*" }] });
      deployDomain(deployment, DOMAIN);
    });
  });
  after(() => test.stop());

  it("makes a tenant's index and roles, fills it, is read by its reader only, and takes them away", async () => {
    const parts = {
      find: () => Promise.resolve("https://search.example"),
      connect: () => openSearch(test, DOMAIN, "search-admin"),
      wait: { seconds: 0 },
    };
    const place = { domain: DOMAIN, alias: "kb.cobalt" };
    const index = { ...place, index: "kb.cobalt.1", dimensions: 4 };
    const role = (access: "read" | "write", caller: string) => ({
      ...place,
      role: `tenant.cobalt.${access}`,
      access,
      tenant: "cobalt",
      roleArn: roleArn(`${caller}.cobalt`),
    });
    const reader = role("read", "data");
    const writer = role("write", "ingest");
    // Twice: an invocation is repeated.
    for (let i = 0; i < 2; i++) {
      await poolIndex(parts).apply("index", index);
      for (const each of [reader, writer]) await poolRole(parts).apply("role", each);
    }

    const documents = createDocumentIndex(openSearch(test, DOMAIN, "ingest.cobalt"), "kb.cobalt", "cobalt");
    const source = { text: "Marine cargo", tenant_id: "cobalt", key: "cobalt/a.md", version: "1" };
    await documents.write([{ put: "a.0", source }, { remove: "a.1" }]);
    assert.deepEqual(
      (await documents.find("cobalt/a.md")).map(({ id }) => id),
      ["a.0"],
    );
    const data = openSearch(test, DOMAIN, "data.cobalt");
    assert.equal(await statusOf(data.search({ index: "kb.cobalt" })), 200);
    const writing = { index: "kb.cobalt", body: [{ delete: { _id: "a.0" } }] };
    assert.equal(await statusOf(data.bulk(writing)), 403);

    for (const each of [reader, writer]) await poolRole(parts).remove("role", each);
    assert.equal(await statusOf(data.search({ index: "kb.cobalt" })), 403);
    await poolIndex(parts).remove("index", index);
    const admin = openSearch(test, DOMAIN, "search-admin");
    assert.equal((await admin.indices.existsAlias({ name: "kb.cobalt" })).body, false);
  });
});

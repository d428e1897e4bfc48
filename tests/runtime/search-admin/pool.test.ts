import assert from "node:assert/strict";

import { PATHS } from "../../../local/gateway/contract.ts";
import { createDocumentIndex } from "../../../runtime/ingest/document-index.ts";
import type { DocumentIndex, Write } from "../../../runtime/ingest/reconcile.ts";
import { domainByRegistry } from "../../../runtime/search-admin/domain.ts";
import { poolIndex } from "../../../runtime/search-admin/pool-index.ts";
import { poolRole } from "../../../runtime/search-admin/pool-role.ts";
import { crud } from "../../../runtime/shared/admin.ts";
import { openStore } from "../../../runtime/shared/store.ts";
import { TenantContext } from "../../../runtime/shared/tenant-context.ts";
import { deployDomain, openSearch } from "../../local/gateway/domain-account.ts";
import { roleArn, startTestGateway } from "../../local/gateway/support.ts";
import type { TestGateway } from "../../local/gateway/support.ts";
import { grant, poolItem } from "../support/grants.ts";
import { logged } from "../support/quiet.ts";

const DOMAIN = "bulkhead-test";
const TENANTS = ["acme", "acme-2"];

const indexInput = (action: string, tenant: string, changes: object = {}) => ({
  kind: "pool-index",
  name: tenant,
  body: { domain: DOMAIN, alias: `kb.${tenant}`, index: `kb.${tenant}.1`, dimensions: 2, ...changes },
  revision: "1",
  tf: { action, prev_input: null },
});
const roleInput = (action: string, tenant: string, access: "read" | "write", changes: object = {}) => ({
  kind: "pool-role",
  name: `${tenant}.${access}`,
  body: {
    domain: DOMAIN,
    role: `tenant.${tenant}.${access === "read" ? "reader" : "writer"}`,
    access,
    tenant,
    alias: `kb.${tenant}`,
    roleArn: roleArn(`${access}.${tenant}`),
    ...changes,
  },
  revision: "1",
  tf: { action, prev_input: null },
});

const chunk = (tenant: string, text: string, vector: readonly number[], more: object = {}) => ({
  tenant_id: tenant,
  text,
  vector,
  key: `${tenant}/a.md`,
  version: "1",
  "x-amz-bedrock-kb-source-uri": `s3://b/${tenant}/${text}`,
  ...more,
});

/** On the embedded account's domain, with the roles' decisions made from what these functions wrote. */
describe("search-admin: a pool tenant's index and roles", () => {
  let test: TestGateway;
  let run: (event: unknown) => Promise<Readonly<Record<string, unknown>>>;
  let domains: { exists: boolean };
  const indexOf = (tenant: string, as = tenant): DocumentIndex =>
    createDocumentIndex(openSearch(test, DOMAIN, `write.${as}`), `kb.${tenant}`, tenant);
  const write = (tenant: string, ...writes: Write[]) => indexOf(tenant).write(writes);
  const search = async (tenant: string, text: string, vector: readonly number[], as = tenant) => {
    const { accessKeyId, secretAccessKey, sessionToken } = test.as(`read.${as}`).credentials;
    const base = grant(tenant);
    const context = TenantContext.fromGrant({
      ...base,
      credentials: { ...base.credentials, accessKeyId, secretAccessKey, sessionToken },
    });
    const endpoint = test.gateway.origin + PATHS.domain(DOMAIN);
    const item = poolItem(tenant, { store: { kind: "pool", endpoint, index: `kb.${tenant}` } });
    const store = openStore({ AWS_ENDPOINT_URL: test.gateway.origin }, "us-east-1", item);
    const found = await store.search(context, { text, vector, size: 3 }, AbortSignal.timeout(5000));
    await context.close();
    return found.map((passage) => passage.text);
  };

  before(async () => {
    test = await startTestGateway((deployment) => {
      const all = { Effect: "Allow", Action: "es:*", Resource: "*" } as const;
      for (const role of ["search-admin", ...TENANTS.flatMap((id) => [`read.${id}`, `write.${id}`])])
        deployment.role(role, { policy: [all] });
      deployDomain(deployment, DOMAIN);
    });
    domains = { exists: true };
    const parts = {
      find: (name: string) =>
        Promise.resolve(domains.exists && name === DOMAIN ? "https://search.example/x" : undefined),
      connect: (endpoint: string) => {
        assert.equal(endpoint, "https://search.example/x");
        return openSearch(test, DOMAIN, "search-admin");
      },
      wait: { seconds: 0.3, everySeconds: 0.01 },
    };
    const handler = crud({ "pool-index": poolIndex(parts), "pool-role": poolRole(parts) });
    run = async (event) => (await logged(() => handler(event))).result;
    for (const tenant of TENANTS) {
      // As often as they like.
      for (const action of ["create", "create", "update"]) {
        await run(indexInput(action, tenant));
        await run(roleInput(action, tenant, "read"));
        await run(roleInput(action, tenant, "write"));
      }
      await write(tenant, { put: "a", source: chunk(tenant, `deductible of ${tenant}`, [1, 0]) });
    }
  });
  after(() => test.stop());

  it("let each tenant write and search its own", async () => {
    for (const tenant of TENANTS)
      assert.deepEqual(await search(tenant, "deductible", [1, 0]), [`deductible of ${tenant}`]);
    assert.deepEqual(await indexOf("acme").find("acme/a.md"), [{ id: "a", version: "1" }]);
  });

  it("let no tenant read or write another's, also where the names start alike", async () => {
    for (const [own, other] of [TENANTS, TENANTS.toReversed()] as [string, string][]) {
      await assert.rejects(search(other, "deductible", [1, 0], own), { name: "DependencyUnavailable" });
      await assert.rejects(indexOf(other, own).find(`${other}/a.md`));
      await assert.rejects(
        indexOf(other, own).write([{ put: "x", source: chunk(other, "planted", [1, 0]) }]),
      );
    }
    assert.deepEqual(await search("acme-2", "planted", [1, 0]), ["deductible of acme-2"]);
  });

  it("hide what another tenant's ingestion put into the index by mistake", async () => {
    await write("acme", { put: "stray", source: chunk("acme-2", "stray", [1, 0]) });
    assert.deepEqual(await search("acme", "stray", [1, 0]), ["deductible of acme"]);
    await write("acme", { remove: "stray" });
  });

  it("find a chunk by either leg alone, and never a document's record", async () => {
    await write(
      "acme",
      { put: "words", source: chunk("acme", "hailstorm", [-1, 0]) },
      { put: "near", source: chunk("acme", "zzz", [0, 1]) },
      ...["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"].map((n): Write => ({
        put: `far${n}`,
        source: chunk("acme", `other ${n}`, [0.1, 0.9]),
      })),
      {
        put: "r",
        source: chunk("acme", "hailstorm record", [0, 1], { record: "document", state: "indexed" }),
      },
    );
    const found = await search("acme", "hailstorm", [0, 1]);
    assert.ok(found.includes("hailstorm"), "by words only: its vector is the farthest of all");
    assert.ok(found.includes("zzz"), "by its vector only");
    assert.ok(!found.includes("hailstorm record"));
  });

  it("keep undeclared fields out, and say which write was refused", async () => {
    await assert.rejects(
      write("acme", { put: "x", source: { ...chunk("acme", "t", [1, 0]), surprise: 1 } }),
      (error) => /bulk index: HTTP 400 strict_dynamic_mapping_exception/.test(String((error as Error).cause)),
    );
  });

  it("put back what somebody widened", async () => {
    const admin = openSearch(test, DOMAIN, "search-admin");
    const put = (kind: string, body: object) =>
      admin.transport.request({
        method: "PUT",
        path: `/_plugins/_security/api/${kind}/tenant.acme.reader`,
        body,
      });
    await put("roles", { index_permissions: [{ index_patterns: ["kb.*"], allowed_actions: ["*"] }] });
    await put("rolesmapping", { backend_roles: [roleArn("read.acme"), roleArn("read.acme-2")] });
    assert.deepEqual(await search("acme-2", "deductible", [1, 0], "acme"), ["deductible of acme-2"]);
    await run(roleInput("update", "acme", "read"));
    await assert.rejects(search("acme-2", "deductible", [1, 0], "acme"));
    await assert.rejects(search("acme", "deductible", [1, 0], "acme-2"));
    assert.deepEqual(await search("acme", "deductible", [1, 0]).then((found) => found.length), 3);
  });

  it("refuse other dimensions than the index has, and an alias that is somebody else's too", async () => {
    await assert.rejects(run(indexInput("update", "acme", { dimensions: 3 })), /has 2 dimensions, not 3/);
    await assert.rejects(
      run(indexInput("create", "acme", { index: "kb.acme.2" })),
      /alias kb\.acme is of kb\.acme\.1, kb\.acme\.2, not of kb\.acme\.2 alone/,
    );
    const admin = openSearch(test, DOMAIN, "search-admin");
    await admin.indices.delete({ index: "kb.acme.2" });
  });

  const bad: readonly (readonly [name: string, event: unknown])[] = [
    ["an index under another tenant's alias", indexInput("create", "acme", { alias: "kb.acme-2" })],
    ["an index that is a pattern", indexInput("create", "acme", { index: "kb.acme.*" })],
    ["an alias that is a list", indexInput("create", "acme", { alias: "kb.acme,kb.b" })],
    ["a role for another tenant's alias", roleInput("create", "acme", "read", { alias: "kb.acme-2" })],
    ["a role for all", roleInput("create", "acme", "read", { alias: "*" })],
    [
      "a role named with an attribute",
      roleInput("create", "acme", "read", { role: "tenant.acme.${user.name}" }),
    ],
    ["another tenant's role", roleInput("create", "acme", "read", { role: "tenant.acme-2.reader" })],
    ["another tenant's IAM role", roleInput("create", "acme", "read", { roleArn: roleArn("read.globex") })],
    [
      "an IAM role by pattern",
      roleInput("create", "acme", "read", { roleArn: "arn:aws:iam::000000000000:role/*" }),
    ],
    ["a tenant by pattern", roleInput("create", "acme", "read", { tenant: "*" })],
    ["a field that is unknown", roleInput("create", "acme", "read", { cluster_permissions: ["*"] })],
  ];
  for (const [name, event] of bad)
    it(`refuse ${name}`, async () => {
      await assert.rejects(run(event));
    });

  it("are deleted as often as one likes, and with a domain that is gone", async () => {
    for (let n = 0; n < 2; n++) {
      await run(roleInput("delete", "acme", "read"));
      await run(roleInput("delete", "acme", "write"));
      await run(indexInput("delete", "acme"));
    }
    await assert.rejects(search("acme", "deductible", [1, 0]));
    const admin = openSearch(test, DOMAIN, "search-admin");
    await assert.rejects(admin.indices.getMapping({ index: "kb.acme.1" }));
    assert.deepEqual(await search("acme-2", "deductible", [1, 0]), ["deductible of acme-2"]);
    domains.exists = false;
    await run(indexInput("delete", "acme-2"));
    await run(roleInput("delete", "acme-2", "read"));
    await assert.rejects(run(indexInput("create", "acme-2")), /there is no domain named/);
  });
});

describe("search-admin: where the domain is", () => {
  const credentials = { accessKeyId: "a", secretAccessKey: "b", sessionToken: "c" };
  const found = (item: Readonly<Record<string, unknown>> | undefined, name = DOMAIN) => {
    const asked: unknown[] = [];
    const find = domainByRegistry(
      (...args) => {
        asked.push(args);
        return Promise.resolve(item);
      },
      "registry",
      credentials,
    );
    return find(name).then((endpoint) => ({ endpoint, asked }));
  };
  const item = {
    tenant_id: "--platform",
    record: "domain",
    name: DOMAIN,
    endpoint: "https://search.example",
  };

  it("is said by the platform's own item of the registry", async () => {
    const { endpoint, asked } = await found(item);
    assert.equal(endpoint, "https://search.example");
    assert.deepEqual(asked, [[credentials, "registry", { tenant_id: "--platform", record: "domain" }]]);
  });

  it("is nowhere without the item, and for another domain's name", async () => {
    assert.equal((await found(undefined)).endpoint, undefined);
    assert.equal((await found(item, "another")).endpoint, undefined);
  });

  it("is not guessed from an item that is wrong", async () => {
    await assert.rejects(found({ ...item, endpoint: "not an address" }));
    await assert.rejects(found({ tenant_id: "--platform", record: "domain" }));
  });
});

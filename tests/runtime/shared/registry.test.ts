import assert from "node:assert/strict";

import { createStatusReader, parseRegistryItem, readRoute } from "../../../runtime/shared/registry.ts";
import { TenantContext } from "../../../runtime/shared/tenant-context.ts";
import { grant, poolItem, registryItem } from "../support/grants.ts";

const own = { accessKeyId: "own", secretAccessKey: "own", sessionToken: "own" };
const asItem = (item: object) => item as Readonly<Record<string, unknown>>;

describe("registry", () => {
  it("reads a good item", () => {
    const item = registryItem("acme");
    assert.deepEqual(parseRegistryItem(asItem(item), "acme"), item);
  });

  it("names every attribute that is wrong", () => {
    const bad = { tenant_id: "acme", record: "x", status: "on", groups: "regular", store: { kind: "silo" } };
    assert.throws(() => parseRegistryItem(bad, "acme"), {
      message:
        "registry item of acme is not valid: record, status, tier, plan, name, bucket, chat_profile, groups, " +
        "store.kind, store.endpoint, store.index, store.knowledgeBaseId, store.dataSourceId",
    });
  });

  it("reads a pool tenant's item, whose index is its own alias and whose tier and store agree", () => {
    const item = poolItem("acme");
    assert.deepEqual(parseRegistryItem(asItem(item), "acme"), item);
    const faults: readonly (readonly [changes: object, fault: RegExp])[] = [
      [{ tier: "silo" }, /store\.kind/],
      [{ store: { ...item.store, index: "kb.acme-2" } }, /store\.index/],
      [{ store: { ...item.store, index: "kb.acme,kb.globex" } }, /store\.index/],
      [{ store: { ...item.store, endpoint: "" } }, /store\.endpoint/],
    ];
    for (const [changes, fault] of faults)
      assert.throws(() => parseRegistryItem(asItem({ ...item, ...changes }), "acme"), fault);
  });

  it("refuses another tenant's item", () => {
    assert.throws(() => parseRegistryItem(asItem(registryItem("globex")), "acme"), /tenant_id/);
  });

  it("reads a status once for concurrent requests, and again after a failure", async () => {
    let reads = 0;
    const readStatus = createStatusReader(
      () => {
        reads += 1;
        if (reads === 1) return Promise.reject(new Error("down"));
        return Promise.resolve(asItem(registryItem("acme")));
      },
      "registry",
      own,
    );
    await assert.rejects(readStatus("acme"), /down/);
    const items = await Promise.all([readStatus("acme"), readStatus("acme"), readStatus("acme")]);
    assert.equal(reads, 2);
    assert.deepEqual(new Set(items.map((item) => item?.status)), new Set(["active"]));
  });

  it("answers each tenant with its own item", async () => {
    const readStatus = createStatusReader(
      (_credentials, _table, key) => Promise.resolve(asItem(registryItem(key["tenant_id"]!))),
      "registry",
      own,
    );
    const [acme, globex] = await Promise.all([readStatus("acme"), readStatus("globex")]);
    assert.equal(acme?.tenant_id, "acme");
    assert.equal(globex?.tenant_id, "globex");
  });

  it("reads a route with the tenant's own credentials and key", async () => {
    const context = TenantContext.fromGrant(grant("acme"));
    const item = await readRoute(
      (credentials, table, key) => {
        assert.equal(credentials.accessKeyId, "key-acme");
        assert.deepEqual([table, key], ["registry", { tenant_id: "acme", record: "tenant" }]);
        return Promise.resolve(asItem(registryItem("acme")));
      },
      "registry",
      context,
    );
    assert.equal(item.bucket, "bulkhead-test-111122223333-acme");
  });

  for (const [name, item] of [
    ["suspended", registryItem("acme", { status: "suspended" })],
    ["leaving", registryItem("acme", { status: "offboarding" })],
    ["gone", undefined],
  ] as const)
    it(`routes nothing for a tenant that is ${name}`, async () => {
      const context = TenantContext.fromGrant(grant("acme"));
      const getItem = () => Promise.resolve(item && asItem(item));
      await assert.rejects(readRoute(getItem, "registry", context), { name: "TenantNotActive" });
    });
});

import assert from "node:assert/strict";

import { batchesOf, checkBulk } from "../../../runtime/ingest/document-index.ts";
import { createTenantOfBucket } from "../../../runtime/ingest/event.ts";
import { createIngest } from "../../../runtime/ingest/ingest.ts";
import { createOpenTenant } from "../../../runtime/ingest/sessions.ts";
import type { OpenTenant } from "../../../runtime/ingest/sessions.ts";
import { createAssumeTenantRole } from "../../../runtime/shared/assume-role.ts";
import type { GetItem } from "../../../runtime/shared/dynamodb.ts";
import { DependencyUnavailable } from "../../../runtime/shared/errors.ts";
import { sidecar } from "../../../runtime/shared/sidecar.ts";
import { MemoryBucket } from "../support/bucket.ts";
import { poolItem, registryItem } from "../support/grants.ts";
import { ingestObjects, MemoryIndex } from "../support/pool.ts";
import { logged } from "../support/quiet.ts";

const tenantOf = createTenantOfBucket("bulkhead-test-111122223333-{tenant}");
const bucketOf = (tenant: string) => `bulkhead-test-111122223333-${tenant}`;
const eventOf = (...keys: string[]) => ({
  Records: keys.map((key) => ({
    eventSource: "aws:s3",
    eventName: "ObjectCreated:Put",
    s3: { bucket: { name: bucketOf(key.split("/")[0]!) }, object: { key } },
  })),
});
/** Of one call: a time-out that began when this file was loaded would run out in a long run of tests. */
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

describe("ingest: an event", () => {
  function setUp(failing: (text: string) => boolean = () => false) {
    const bucket = new MemoryBucket();
    const index = new MemoryIndex();
    let closed = 0;
    const openTenant: OpenTenant = ({ tenantId, bucket: name }) =>
      Promise.resolve(
        tenantId === "silo"
          ? { refused: "the tenant is not in the pool" }
          : {
              tenantId,
              bucket: name,
              objects: ingestObjects(bucket),
              index,
              embed: (texts) =>
                texts.some(failing)
                  ? Promise.reject(new DependencyUnavailable("embedding model"))
                  : Promise.resolve(texts.map(() => [1])),
              pipeline: "p",
              close: () => {
                closed += 1;
                return Promise.resolve();
              },
            },
      );
    const put = (key: string, content: string | Buffer) => {
      bucket.put(key, content);
      bucket.put(`${key}.metadata.json`, sidecar("acme", undefined));
    };
    return { put, index, ingest: createIngest(tenantOf, openTenant), closed: () => closed };
  }

  it("is handled document by document: a broken one does not stop the others", async () => {
    const { put, index, ingest, closed } = setUp();
    put("acme/broken.md", Buffer.from([0xff]));
    put("acme/good.md", "text");
    const { result, lines } = await logged(() =>
      ingest(eventOf("acme/broken.md", "silo/x.md", "acme/good.md"), soon()),
    );
    assert.deepEqual([...result.documents].map(({ key, outcome }) => [key, outcome]).sort(), [
      ["acme/broken.md", "failed"],
      ["acme/good.md", "indexed"],
    ]);
    assert.deepEqual(result.refusals, [
      { refused: "the tenant is not in the pool", bucket: bucketOf("silo") },
    ]);
    assert.deepEqual(
      index.chunks().map((chunk) => chunk["key"]),
      ["acme/good.md"],
    );
    assert.ok(lines.some((line) => line["outcome"] === "refused"));
    assert.equal(closed(), 1);
  });

  it("fails after all of it was tried, if a service failed for a part of it", async () => {
    const { put, index, ingest } = setUp((text) => text === "unlucky");
    put("acme/unlucky.md", "unlucky");
    put("acme/good.md", "text");
    await logged(() =>
      assert.rejects(ingest(eventOf("acme/unlucky.md", "acme/good.md"), soon()), {
        name: "IngestIncomplete",
        message: "1 of 2 documents could not be ingested",
      }),
    );
    assert.deepEqual(
      index.chunks().map((chunk) => chunk["key"]),
      ["acme/good.md"],
    );
  });
});

describe("ingest: a tenant's session", () => {
  const CREDENTIALS = {
    AccessKeyId: "k",
    SecretAccessKey: "s",
    SessionToken: "t",
    Expiration: new Date(Date.now() + 9e5),
  };
  async function open(item: object | undefined, tenantId = "acme", bucket = bucketOf(tenantId)) {
    const assumed: Record<string, unknown>[] = [];
    const sts = {
      send: (command: { input: Record<string, unknown> }) => {
        assumed.push(command.input);
        return Promise.resolve({ Credentials: CREDENTIALS });
      },
    };
    const getItem: GetItem = (credentials, table, key) => {
      assert.deepEqual([credentials.accessKeyId, table, key["tenant_id"]], ["k", "registry", tenantId]);
      return Promise.resolve(item as Readonly<Record<string, unknown>> | undefined);
    };
    const template = "arn:aws:iam::111122223333:role/bulkhead.test.ingest.{tenant}";
    const openTenant = createOpenTenant(
      {},
      "us-east-1",
      { registryTable: "registry", embeddingModelId: "m", embeddingDimensions: 2 },
      createAssumeTenantRole(sts as never, "INGEST_ROLE_ARN_TEMPLATE", template),
      getItem,
    );
    const opened = await openTenant({ tenantId, bucket }, soon());
    if (!("refused" in opened)) await opened.close();
    return { opened, assumed };
  }

  it("is the tenant's ingest role's, tagged, for the event's tenant alone", async () => {
    const { opened, assumed } = await open(poolItem("acme"));
    assert.ok(!("refused" in opened));
    assert.equal(opened.tenantId, "acme");
    assert.deepEqual(assumed, [
      {
        RoleArn: "arn:aws:iam::111122223333:role/bulkhead.test.ingest.acme",
        RoleSessionName: "acme.ingest",
        SourceIdentity: "ingest",
        Tags: [{ Key: "tenant_id", Value: "acme" }],
        DurationSeconds: 900,
      },
    ]);
  });

  const refused: readonly (readonly [name: string, item: object | undefined, reason: string])[] = [
    ["is not registered", undefined, "the tenant is not registered"],
    ["is a silo", registryItem("acme"), "the tenant is not in the pool"],
    [
      "has another bucket",
      poolItem("acme", { bucket: bucketOf("acme-2") }),
      "the bucket is not the tenant's",
    ],
  ];
  for (const [name, item, reason] of refused)
    it(`is not opened for a tenant that ${name}`, async () => {
      assert.deepEqual((await open(item)).opened, { refused: reason });
    });

  it("is opened for a suspended tenant, whose data are kept in step", async () => {
    assert.ok(!("refused" in (await open(poolItem("acme", { status: "suspended" }))).opened));
  });

  it("is not opened by another tenant's registry item", async () => {
    await assert.rejects(open(poolItem("globex")), { name: "ConfigurationError" });
  });
});

describe("ingest: bulk requests", () => {
  const good = { index: { status: 201 } };

  it("are split by size, in order", () => {
    const writes = ["a", "b", "c", "d", "e", "f"].map((put) => ({ put, source: { text: "x".repeat(100) } }));
    const batches = batchesOf([...writes, { remove: "z" }], 300);
    assert.deepEqual(
      batches.map(({ count }) => count),
      [2, 2, 3],
    );
    assert.deepEqual(batches.flatMap(({ body }) => body).slice(0, 2), [
      { index: { _id: "a" } },
      { text: "x".repeat(100) },
    ]);
    assert.deepEqual(batches.at(-1)!.body.at(-1), { delete: { _id: "z" } });
    assert.equal(batchesOf(writes, 1).length, 6);
  });

  it("succeed with every item only, a deletion also of what is not there", () => {
    checkBulk({ errors: false, items: [good, { delete: { status: 404 } }] }, 2);
    const bad: readonly (readonly [items: readonly object[], expected: number])[] = [
      [[good, { index: { status: 429, error: { type: "rejected" } } }], 2],
      [[{ delete: { status: 404, error: { type: "index_not_found_exception" } } }], 1],
      [[{ delete: { status: 403, error: { type: "security_exception" } } }], 1],
      [[good], 2],
    ];
    for (const [items, expected] of bad)
      assert.throws(
        () => {
          checkBulk({ errors: false, items }, expected);
        },
        { name: "DependencyUnavailable" },
      );
  });
});

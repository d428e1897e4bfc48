import assert from "node:assert/strict";

import fc from "fast-check";

import { isTenantId } from "../../../runtime/contract/names.ts";
import { createTenantOfBucket, readEvent } from "../../../runtime/ingest/event.ts";

const tenantOf = createTenantOfBucket("bulkhead-test-111122223333-{tenant}");
const BUCKET = "bulkhead-test-111122223333-acme";
const record = (key: string, changes: { bucket?: string; name?: string; source?: string } = {}) => ({
  eventSource: changes.source ?? "aws:s3",
  eventName: changes.name ?? "ObjectCreated:Put",
  s3: { bucket: { name: changes.bucket ?? BUCKET }, object: { key, eTag: "x", sequencer: "1" } },
});
const read = (...records: unknown[]) => readEvent({ Records: records }, tenantOf);

describe("ingest: events", () => {
  it("name tenant and document, each once, metadata as its document", () => {
    const { subjects, refusals } = read(
      record("acme/Stra%C3%9Fe+1.md"),
      record("acme/Stra%C3%9Fe%201.md.metadata.json", { name: "ObjectRemoved:DeleteMarkerCreated" }),
      record("acme/a%2Bb.txt", { name: "ObjectRemoved:Delete" }),
    );
    assert.deepEqual(refusals, []);
    assert.deepEqual(subjects, [
      { tenantId: "acme", bucket: BUCKET, key: "acme/Straße 1.md" },
      { tenantId: "acme", bucket: BUCKET, key: "acme/a+b.txt" },
    ]);
  });

  const refused: readonly (readonly [name: string, record: unknown, reason: RegExp])[] = [
    ["another bucket", record("acme/a.md", { bucket: "somebody-elses" }), /not a tenant's bucket/],
    [
      "a bucket of another environment",
      record("acme/a.md", { bucket: "bulkhead-prod-111122223333-acme" }),
      /not a tenant's/,
    ],
    [
      "the reference bucket",
      record("acme/a.md", { bucket: "bulkhead-test-111122223333--reference" }),
      /not a tenant's/,
    ],
    [
      "a bucket that ends in a tenant's name",
      record("acme/a.md", { bucket: `x-${BUCKET}` }),
      /not a tenant's/,
    ],
    [
      "a bucket that starts with a tenant's name",
      record("acme/a.md", { bucket: `${BUCKET}-` }),
      /not a tenant's/,
    ],
    ["a bucket in upper case", record("acme/a.md", { bucket: BUCKET.toUpperCase() }), /not a tenant's/],
    ["no tenant at all", record("acme/a.md", { bucket: "bulkhead-test-111122223333-" }), /not a tenant's/],
    [
      "the template itself",
      record("acme/a.md", { bucket: "bulkhead-test-111122223333-{tenant}" }),
      /not a tenant's/,
    ],
    ["another tenant's prefix", record("globex/a.md"), /below the tenant's prefix/],
    ["another tenant's prefix that starts alike", record("acme-2/a.md"), /below the tenant's prefix/],
    ["no prefix", record("a.md"), /below the tenant's prefix/],
    ["the prefix alone", record("acme/"), /below the tenant's prefix/],
    ["the prefix's own metadata", record("acme/.metadata.json"), /below the tenant's prefix/],
    ["an encoding that is none", record("acme/%zz.md"), /URL-encoded/],
    ["bytes that are no UTF-8", record("acme/%ff.md"), /URL-encoded/],
    ["another kind of event", record("acme/a.md", { name: "ObjectRestore:Post" }), /not the record/],
    ["another service", record("acme/a.md", { source: "aws:sqs" }), /not the record/],
    ["nothing", undefined, /not the record/],
    [
      "a bucket that is no text",
      { ...record("acme/a.md"), s3: { bucket: { name: ["x"] }, object: { key: "k" } } },
      /not the record/,
    ],
  ];
  for (const [name, given, reason] of refused)
    it(`refuses ${name}, and nothing else beside it`, () => {
      const { subjects, refusals } = read(given, record("acme/good.md"));
      assert.deepEqual(
        subjects.map(({ key }) => key),
        ["acme/good.md"],
      );
      assert.equal(refusals.length, 1);
      assert.match(refusals[0]!.refused, reason);
    });

  it("refuses what is no event", () => {
    for (const event of [undefined, null, "x", {}, { Records: {} }, { Event: "s3:TestEvent" }])
      assert.deepEqual(readEvent(event, tenantOf), {
        subjects: [],
        refusals: [{ refused: "not an S3 event" }],
      });
  });

  it("find a tenant in its bucket's name, and in no other", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9-]{1,24}$/), (id) => {
        assert.equal(tenantOf(`bulkhead-test-111122223333-${id}`), isTenantId(id) ? id : undefined);
      }),
    );
  });

  it("need a template that ends in the tenant", () => {
    for (const template of ["", "{tenant}", "a-{tenant}-b", "a-{tenant}{tenant}", "a-tenant", "a{tenant}"])
      assert.throws(() => createTenantOfBucket(template), { name: "ConfigurationError" }, template);
  });
});

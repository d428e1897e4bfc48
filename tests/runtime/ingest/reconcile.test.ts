import assert from "node:assert/strict";

import fc from "fast-check";

import { chunksOf } from "../../../runtime/ingest/chunks.ts";
import { reconcile, StillChanging } from "../../../runtime/ingest/reconcile.ts";
import type { DocumentIndex, ReconcileParts } from "../../../runtime/ingest/reconcile.ts";
import { MAX_CONTENT_BYTES } from "../../../runtime/shared/document-rules.ts";
import { documentId } from "../../../runtime/shared/pool-index.ts";
import { closedSidecar, NOBODY, sidecar } from "../../../runtime/shared/sidecar.ts";
import { MemoryBucket } from "../support/bucket.ts";
import { ingestObjects, MemoryIndex } from "../support/pool.ts";
import type { Step } from "../support/pool.ts";

const KEY = "acme/a.md";
const SIDECAR = `${KEY}.metadata.json`;

function setUp({
  bucket = new MemoryBucket(),
  step,
  pipeline = "p1",
}: { bucket?: MemoryBucket; step?: Step; pipeline?: string } = {}) {
  const index = new MemoryIndex(step);
  let embedded = 0;
  const parts: ReconcileParts = {
    tenantId: "acme",
    bucket: "b",
    objects: ingestObjects(bucket, step),
    index,
    embed: async (texts) => {
      await step?.("embed");
      embedded += texts.length;
      return texts.map((text) => [text.length]);
    },
    pipeline,
  };
  return { bucket, index, parts, embedded: () => embedded };
}

/** Long enough for several chunks, and telling its version. */
const textOf = (version: number, sentences: number) =>
  Array.from({ length: sentences }, (_, n) => `Version ${version}, sentence ${n} of the document.`).join(" ");

describe("ingest: one document", () => {
  it("becomes chunks in order, with their places, limits and source, and a record", async () => {
    const { bucket, index, parts } = setUp();
    const text = textOf(1, 80);
    const etag = bucket.put(KEY, text);
    const sidecarEtag = bucket.put(SIDECAR, sidecar("acme", ["platinum"]));
    assert.equal(await reconcile(parts, KEY), "indexed");
    const expected = chunksOf(text);
    assert.ok(expected.length > 2);
    const id = documentId(KEY);
    const version = `${etag} ${sidecarEtag} p1`;
    const common = {
      tenant_id: "acme",
      "x-amz-bedrock-kb-source-uri": "s3://b/acme/a.md",
      key: KEY,
      version,
      groups: ["platinum"],
    };
    assert.deepEqual(
      Object.fromEntries(index.documents),
      Object.fromEntries([
        ...expected.map((chunk, n) => [
          `${id}.${n}`,
          {
            ...common,
            ...chunk,
            vector: [chunk.text.length],
            metadata: JSON.stringify({ source: "s3://b/acme/a.md" }),
          },
        ]),
        [
          id,
          {
            ...common,
            record: "document",
            state: "indexed",
            etag,
            sidecar: sidecarEtag,
            bytes: text.length,
            chunks: expected.length,
          },
        ],
      ]),
    );
  });

  it("is not embedded again for a repeated event, but for another way of embedding", async () => {
    const { bucket, index, parts, embedded } = setUp();
    bucket.put(KEY, "text");
    bucket.put(SIDECAR, sidecar("acme", undefined));
    await reconcile(parts, KEY);
    assert.equal(await reconcile(parts, KEY), "unchanged");
    assert.equal(embedded(), 1);
    assert.equal(await reconcile({ ...parts, pipeline: "p2" }, KEY), "indexed");
    assert.equal(embedded(), 2);
    assert.equal(index.chunks().length, 1);
  });

  it("leaves no chunk of a longer version, and nothing at all when it is deleted", async () => {
    const { bucket, index, parts } = setUp();
    bucket.put(SIDECAR, sidecar("acme", undefined));
    bucket.put(KEY, textOf(1, 100));
    await reconcile(parts, KEY);
    bucket.put(KEY, "short");
    await reconcile(parts, KEY);
    assert.deepEqual(
      index.chunks().map((chunk) => chunk["text"]),
      ["short"],
    );
    bucket.entries.delete(KEY);
    assert.equal(await reconcile(parts, KEY), "removed");
    assert.equal(index.documents.size, 0);
  });

  it("shows nobody a document that is being written, also if it was indexed before", async () => {
    const { bucket, index, parts } = setUp();
    bucket.put(KEY, "text");
    bucket.put(SIDECAR, sidecar("acme", undefined));
    await reconcile(parts, KEY);
    bucket.put(SIDECAR, closedSidecar("acme", undefined, "1"));
    assert.equal(await reconcile(parts, KEY), "pending");
    assert.equal(index.chunks().length, 0);
    assert.deepEqual(index.records()[0]!["groups"], [NOBODY]);
  });

  const broken: readonly (readonly [
    name: string,
    content: string | Buffer,
    metadata: string | undefined,
    reason: RegExp,
  ])[] = [
    ["is not UTF-8", Buffer.from([0x61, 0xff, 0x62]), sidecar("acme", ["regular"]), /not text in UTF-8/],
    ["ends in half a character", Buffer.from("ü").subarray(0, 1), sidecar("acme", ["regular"]), /UTF-8/],
    ["is binary", "PK\u0003\u0004", sidecar("acme", ["regular"]), /not plain text/],
    ["is empty", " \n", sidecar("acme", ["regular"]), /holds no text/],
    [
      "is too big",
      "x".repeat(MAX_CONTENT_BYTES + 1),
      sidecar("acme", ["regular"]),
      /more than 1000000 bytes/,
    ],
    ["has no metadata", "text", undefined, /no metadata file/],
    ["has metadata that is no JSON", "text", "{", /not JSON/],
    ["has metadata without a tenant", "text", '{"metadataAttributes":{}}', /tenant_id/],
    ["has another tenant's metadata", "text", sidecar("acme-2", undefined), /tenant_id/],
    [
      "has groups that are no texts",
      "text",
      '{"metadataAttributes":{"tenant_id":"acme","groups":[1]}}',
      /groups/,
    ],
    ["has no group at all", "text", '{"metadataAttributes":{"tenant_id":"acme","groups":[]}}', /groups/],
    ["has too much metadata", "text", sidecar("acme", ["x".repeat(11_000)]), /10240 bytes/],
  ];
  for (const [name, content, metadata, reason] of broken)
    it(`has failed, with a reason and without chunks, if it ${name}`, async () => {
      const { bucket, index, parts } = setUp();
      bucket.put(KEY, "good");
      bucket.put(SIDECAR, sidecar("acme", undefined));
      await reconcile(parts, KEY);
      const etag = bucket.put(KEY, content);
      if (metadata === undefined) bucket.entries.delete(SIDECAR);
      else bucket.put(SIDECAR, metadata);
      assert.equal(await reconcile(parts, KEY), "failed");
      assert.equal(index.chunks().length, 0);
      const [record, ...others] = index.records();
      assert.equal(others.length, 0);
      assert.match(record!["reason"] as string, reason);
      assert.equal(record!["etag"], etag);
      const unreadable = /metadata/.test(reason.source) || !metadata?.includes("regular");
      assert.deepEqual(record!["groups"], unreadable ? [NOBODY] : ["regular"]);
    });

  it("has failed if it is no Markdown or text", async () => {
    const { bucket, index, parts } = setUp();
    bucket.put("acme/a.pdf", "text");
    bucket.put("acme/a.pdf.metadata.json", sidecar("acme", undefined));
    assert.equal(await reconcile(parts, "acme/a.pdf"), "failed");
    assert.match(index.records()[0]!["reason"] as string, /\.md or \.txt/);
  });

  it("is whole also if another handler writes a chunk anew just before an older writer's, under its id, is removed", async () => {
    const { bucket, index, parts } = setUp();
    bucket.put(KEY, textOf(1, 80));
    bucket.put(SIDECAR, sidecar("acme", undefined));
    await reconcile(parts, KEY);
    const [older] = index.chunks();
    bucket.put(KEY, textOf(2, 80));
    let [writing, removing] = [0, 0];
    const disturbed: DocumentIndex = {
      find: (key) => index.find(key),
      write: async (writes) => {
        const removes = writes.every((write) => "remove" in write);
        if (removes && removing++ === 0) await reconcile(parts, KEY);
        await index.write(writes);
        if (removes || writing++ > 0) return;
        // A writer of the first version that was slow.
        index.documents.set(`${documentId(KEY)}.0`, older!);
        index.refresh();
      },
    };
    assert.equal(await reconcile({ ...parts, index: disturbed }, KEY), "indexed");
    assert.equal(removing, 1);
    assert.deepEqual(
      index
        .chunks()
        .map((chunk) => chunk["text"])
        .sort(),
      chunksOf(textOf(2, 80))
        .map(({ text }) => text)
        .sort(),
    );
  });

  it("is given up for now if it changes each time", async () => {
    const bucket = new MemoryBucket();
    const step: Step = (what) => {
      if (what === "embed") bucket.put(KEY, "another");
      return Promise.resolve();
    };
    const { parts } = setUp({ bucket, step });
    bucket.put(KEY, "text");
    bucket.put(SIDECAR, sidecar("acme", undefined));
    await assert.rejects(reconcile(parts, KEY), StillChanging);
  });
});

describe("ingest: events in any order", () => {
  type Change = readonly [what: "put" | "delete" | "limit" | "close" | "unlimit", sentences: number];
  const change: fc.Arbitrary<Change> = fc.tuple(
    fc.constantFrom("put", "put", "delete", "limit", "close", "unlimit"),
    fc.constantFrom(1, 40, 90),
  );
  const NAMES = ["acme/a.md", "acme/a.md.md"];

  function apply(bucket: MemoryBucket, key: string, [what, sentences]: Change, version: number): void {
    const beside = `${key}.metadata.json`;
    if (what === "put") bucket.put(key, textOf(version, sentences));
    else if (what === "delete") bucket.entries.delete(key);
    else if (what === "limit") bucket.put(beside, sidecar("acme", [`g${sentences}`]));
    else if (what === "close") bucket.put(beside, closedSidecar("acme", undefined, String(version)));
    else bucket.put(beside, sidecar("acme", undefined));
  }

  /** Which chunks there have to be, from the bucket alone. */
  function expected(bucket: MemoryBucket): readonly string[] {
    return NAMES.flatMap((key) => {
      const text = bucket.text(key);
      const limits = bucket.text(`${key}.metadata.json`);
      if (text === undefined || limits === undefined || limits.includes(NOBODY)) return [];
      const groups = /"g\d+"/.exec(limits)?.[0] ?? "all";
      return chunksOf(text).map((chunk) => `${key} ${groups} ${chunk.start} ${chunk.text}`);
    }).sort();
  }

  function held(index: MemoryIndex): readonly string[] {
    return index
      .chunks()
      .map(({ key, groups, start, text }) =>
        [key, groups === undefined ? "all" : JSON.stringify((groups as string[])[0]), start, text].join(" "),
      )
      .sort();
  }

  const changes = fc.array(fc.tuple(fc.constantFrom(0, 1), change, fc.integer({ min: 1, max: 3 })), {
    minLength: 1,
    maxLength: 8,
  });

  for (const etagsByContent of [false, true])
    it(`end in exactly the present documents' chunks (${etagsByContent ? "ETags by content" : "an ETag per write"})`, async () => {
      await fc.assert(
        fc.asyncProperty(
          changes,
          fc.scheduler(),
          fc.infiniteStream(fc.nat(19)),
          async (script, scheduler, dice) => {
            const bucket = new MemoryBucket({ etagsByContent });
            let failures = 6;
            // Any step of any handler comes at any time, may take as long as many others, and may be where its process ends.
            const step: Step = async (what) => {
              const roll = Number(dice.next().value ?? 2);
              const waits = roll === 1 ? 40 : 1;
              for (let n = 0; n < waits; n++) await scheduler.schedule(Promise.resolve(), what);
              if (failures > 0 && roll === 0) {
                failures -= 1;
                throw new Error("the process ended");
              }
            };
            const { index, parts } = setUp({ bucket, step });
            const handling: Promise<unknown>[] = [];
            const handle = async (key: string) => {
              await scheduler.schedule(Promise.resolve(), "event");
              for (let attempt = 0; attempt < 50; attempt++)
                try {
                  return await reconcile(parts, key);
                } catch {
                  // Lambda's retry comes after a minute, when everything has long been refreshed.
                  await scheduler.schedule(Promise.resolve(), "retry");
                  index.refresh();
                }
              throw new Error("never handled");
            };
            const writer = async () => {
              for (const [n, [name, what, events]] of script.entries()) {
                const pause = (dice.next().value ?? 0) * 3;
                for (let wait = 0; wait <= pause; wait++)
                  await scheduler.schedule(Promise.resolve(), "change");
                apply(bucket, NAMES[name]!, what, n);
                for (let each = 0; each < events; each++) handling.push(handle(NAMES[name]!));
              }
            };
            const writing = writer();
            await scheduler.waitFor(writing);
            await scheduler.waitFor(Promise.all(handling));
            assert.deepEqual(held(index), expected(bucket));
            for (const key of NAMES) {
              const record = index.documents.get(documentId(key));
              const touched = script.some(([name]) => NAMES[name] === key);
              assert.equal(record !== undefined, touched && bucket.entries.has(key), key);
              if (record) assert.equal(record["etag"], bucket.entries.get(key)!.etag);
            }
          },
        ),
        { numRuns: 200 },
      );
    }).timeout(240_000);
});

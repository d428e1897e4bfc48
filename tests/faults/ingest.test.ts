/** Ingestion while services fail: the event is handed back, and the index never says of half a document that it is indexed. */
import assert from "node:assert/strict";
import { sidecar } from "../../runtime/shared/sidecar.ts";
import { BUCKET, TENANT, type Dependency } from "./support/services.ts";
import { setting } from "./support/setting.ts";

const KEY = `${TENANT}/long.md`;
/** Several chunks of it. */
const textOf = (word: string): string =>
  Array.from({ length: 12 }, (_, n) => `# Part ${n}\n\n${`${word} ${n} says more. `.repeat(40)}\n`).join(
    "\n",
  );

describe("faults: ingestion", function () {
  this.timeout(240_000);
  const world = setting(["ingest"], (faulty) => {
    faulty.tier = "pool";
  });
  const { services } = world;

  const event = {
    Records: [
      {
        eventSource: "aws:s3",
        eventName: "ObjectCreated:Put",
        s3: { bucket: { name: BUCKET }, object: { key: KEY } },
      },
    ],
  };
  const ingest = () => world.functions.invoke("ingest", event, { timeoutMs: 60_000 });
  const put = (text: string): void => {
    services.bucket.put(KEY, text);
    services.bucket.put(`${KEY}.metadata.json`, sidecar(TENANT, undefined));
  };
  const shown = () => {
    const all = [...services.index.documents.values()];
    const record = all.find((each) => each["record"] !== undefined);
    const chunks = all.filter((each) => each["record"] === undefined);
    return { record, chunks, words: new Set(chunks.map((chunk) => String(chunk["text"]).includes("new"))) };
  };
  /** If the record says `indexed`, all chunks of that version are there, and no others. */
  const assertHonest = (what: string): void => {
    const { record, chunks } = shown();
    if (record?.["state"] !== "indexed") return;
    assert.equal(chunks.length, record["chunks"], `${what}: chunks`);
    for (const chunk of chunks) assert.equal(chunk["version"], record["version"], `${what}: version`);
  };
  const whole = (what: string): void => {
    const { record, chunks, words } = shown();
    assert.equal(record?.["state"], "indexed", what);
    assert.ok(chunks.length > 3);
    assert.deepEqual([...words], [true], `${what}: chunks of the old text are left`);
    assertHonest(what);
  };
  /** The old text is ingested, the new one is in the bucket. */
  const begin = async (): Promise<void> => {
    services.reset();
    put(textOf("old"));
    assert.equal((await ingest()).error, undefined);
    put(textOf("new"));
    services.counts.clear();
  };

  it("brings the new text into the index while all is well", async () => {
    await begin();
    assert.equal((await ingest()).error, undefined);
    whole("without faults");
  });

  const DEPENDENCIES: readonly Dependency[] = [
    "sts",
    "registry",
    "document store",
    "embedding model",
    "tenant store",
  ];
  for (const dependency of DEPENDENCIES)
    it(`fails as a whole wherever ${dependency} begins to fail, and the event can be delivered again`, async () => {
      await begin();
      await ingest();
      // Requests of a run without faults.
      const requests = services.counts.get(dependency) ?? 0;
      assert.ok(requests > 0);
      const steps = [...new Set([1, 2, 3, 4, 5, 6, 7, requests].filter((step) => step <= requests))];
      for (const step of steps)
        for (const fault of ["refused", "html"] as const) {
          await begin();
          services.decide = (asked, nth) => (asked === dependency && nth >= step ? fault : undefined);
          const what = `${fault} from request ${step} on`;
          const { error } = await ingest();
          assert.equal(error?.errorType, "IngestIncomplete", what);
          assertHonest(what);
          services.decide = () => undefined;
          assert.equal((await ingest()).error, undefined, what);
          whole(what);
        }
    });

  it("does not take a bulk request for done of which a part was refused, or the answer was lost", async () => {
    for (const what of ["a part", "the answer"]) {
      await begin();
      // Old chunks that are left would show it too; without them nothing but the answer to the bulk request does.
      services.index.documents.clear();
      if (what === "a part") services.bulkLimit = 2;
      else services.decide = (asked, nth) => (asked === "tenant store" && nth >= 2 ? "after" : undefined);
      const { error } = await ingest();
      assert.equal(error?.errorType, "IngestIncomplete", what);
      assertHonest(what);
      services.bulkLimit = Infinity;
      services.decide = () => undefined;
      assert.equal((await ingest()).error, undefined);
      whole(what);
    }
  });

  it("does not take a listing that is none for an empty bucket: nothing is removed", async () => {
    await begin();
    await ingest();
    for (const fault of ["html", "nothing", "empty"] as const) {
      services.decide = (asked) => (asked === "document store" ? fault : undefined);
      assert.equal((await ingest()).error?.errorType, "IngestIncomplete", fault);
      whole(fault);
    }
  });
});

import assert from "node:assert/strict";

import { documentRoutes } from "../../../runtime/documents/documents.ts";
import type { DocumentParts } from "../../../runtime/documents/documents.ts";
import { createStartIngestion } from "../../../runtime/documents/ingestion.ts";
import type { StartIngestion } from "../../../runtime/documents/ingestion.ts";
import type { State } from "../../../runtime/documents/states.ts";
import { createContextCache } from "../../../runtime/shared/credentials.ts";
import { MAX_CONTENT_BYTES } from "../../../runtime/shared/document-rules.ts";
import { closedSidecar, NOBODY, readSidecar, sidecar } from "../../../runtime/shared/sidecar.ts";
import { TenantContext } from "../../../runtime/shared/tenant-context.ts";
import { MemoryBucket } from "../support/bucket.ts";
import { grant, granted, poolItem, registryItem } from "../support/grants.ts";
import { send } from "../support/http-events.ts";

const KEY = "acme/";
const BUCKET = "bulkhead-test-111122223333-acme";

interface Options {
  readonly tier?: "silo" | "pool";
  readonly groups?: readonly string[];
  readonly bucket?: MemoryBucket;
  readonly states?: Readonly<Record<string, State>>;
}

function service({
  tier = "silo",
  groups = ["regular"],
  bucket = new MemoryBucket(),
  states = {},
}: Options = {}) {
  const writes: string[] = [];
  let started = 0;
  const before = bucket.beforeWrite;
  bucket.beforeWrite = (key) => {
    before(key);
    writes.push(key);
  };
  const startInSilo: StartIngestion = () => {
    started += 1;
    return Promise.resolve({ id: "job-1", status: "STARTING" });
  };
  const parts: DocumentParts = {
    ...partsOf(bucket, groups),
    readRoute: (context) =>
      Promise.resolve(tier === "silo" ? registryItem(context.tenantId) : poolItem(context.tenantId)),
    // The pool's answer needs no service: the real one.
    startIngestion: tier === "silo" ? startInSilo : createStartIngestion({}, "us-east-1"),
    statesOf: (_context, _tenant, documents) =>
      Promise.resolve(new Map(documents.flatMap(({ key }) => (states[key] ? [[key, states[key]]] : [])))),
  };
  const routes = documentRoutes(parts);
  const put = (body: unknown) => send(routes, { path: "/v1/documents", body: body as object });
  const list = (query?: Record<string, string>) =>
    send(routes, { method: "GET", path: "/v1/documents", ...(query && { query }) });
  const remove = (id: string) =>
    send(routes, {
      method: "DELETE",
      path: `/v1/documents/${id}`,
      resource: "/v1/documents/{id}",
      parameters: { id },
    });
  return { put, list, remove, bucket, writes, started: () => started };
}

function partsOf(bucket: MemoryBucket, groups: readonly string[] = ["regular"]): DocumentParts {
  return {
    contextForToken: createContextCache(() => Promise.resolve(granted("acme", { groups }))),
    readRoute: (context) => Promise.resolve(registryItem(context.tenantId)),
    objects: bucket.asDocuments(),
    startIngestion: () => Promise.resolve({ id: "job-1", status: "STARTING" }),
    statesOf: () => Promise.resolve(new Map()),
  };
}

/** Who may see a document now, as an ingestion would read it: undefined is everybody in the tenant. */
function visibility(bucket: MemoryBucket, name: string): unknown {
  return readSidecar(bucket.entries.get(`${KEY}${name}.metadata.json`)!.bytes, "acme").groups;
}

describe("documents: put", () => {
  it("stores text and limits under the tenant's prefix and starts the ingestion", async () => {
    const { put, bucket, writes, started } = service();
    const { status, json, lines } = await put({
      name: "Straße 1.md",
      content: "héllo",
      groups: ["platinum"],
    });
    assert.equal(status, 202);
    assert.deepEqual(json, {
      document: { name: "Straße 1.md", uri: `s3://${BUCKET}/acme/Straße 1.md`, bytes: 6 },
      ingestion: { id: "job-1", status: "STARTING" },
    });
    const key = "acme/Straße 1.md";
    assert.deepEqual(writes, [`${key}.metadata.json`, key, `${key}.metadata.json`]);
    assert.equal(bucket.text(key), "héllo");
    assert.deepEqual(visibility(bucket, "Straße 1.md"), ["platinum"]);
    assert.equal(started(), 1);
    assert.ok(!JSON.stringify(lines).includes("héllo"));
  });

  it("limits nothing where no groups are named", async () => {
    const { put, bucket } = service();
    await put({ name: "a.txt", content: "x" });
    assert.equal(visibility(bucket, "a.txt"), undefined);
  });

  it("leaves the ingestion to the bucket's event in the pool", async () => {
    const { put } = service({ tier: "pool" });
    const { json } = await put({ name: "a.txt", content: "x" });
    assert.deepEqual(json["ingestion"], { id: "", status: "PENDING" });
  });

  for (const failAt of [2, 3])
    it(`shows a text to nobody when it stops before write ${failAt} of three, and can be repeated`, async () => {
      const bucket = new MemoryBucket();
      let writes = 0;
      bucket.beforeWrite = () => {
        writes += 1;
        if (writes === failAt) throw new Error("down");
      };
      const { put, started } = service({ bucket });
      assert.equal((await put({ name: "a.txt", content: "x" })).status, 503);
      assert.deepEqual(visibility(bucket, "a.txt"), [NOBODY]);
      assert.equal(started(), 0);
      assert.equal((await put({ name: "a.txt", content: "y" })).status, 202);
      assert.equal(visibility(bucket, "a.txt"), undefined);
      assert.equal(bucket.text("acme/a.txt"), "y");
    });

  it("does not overwrite a document of groups that the user is in none of, and says no more than that", async () => {
    const bucket = new MemoryBucket();
    await service({ bucket, groups: ["platinum"] }).put({
      name: "a.md",
      content: "secret",
      groups: ["platinum"],
    });
    const { status, json } = await service({ bucket }).put({ name: "a.md", content: "x" });
    assert.equal(status, 409);
    assert.equal(json.detail, "The name is taken by another document.");
    assert.ok(!JSON.stringify(json).includes("platinum"));
    assert.equal(bucket.text("acme/a.md"), "secret");
    assert.equal(
      (await service({ bucket, groups: ["platinum"] }).put({ name: "a.md", content: "y" })).status,
      202,
    );
  });

  it("does not overwrite what nobody knows who may see", async () => {
    for (const metadata of [undefined, "{", sidecar("globex", undefined)]) {
      const bucket = new MemoryBucket();
      bucket.put("acme/a.md", "there");
      if (metadata !== undefined) bucket.put("acme/a.md.metadata.json", metadata);
      assert.equal((await service({ bucket }).put({ name: "a.md", content: "x" })).status, 409);
      assert.equal(bucket.text("acme/a.md"), "there");
    }
  });

  it("takes a name whose document is gone and whose metadata was left behind", async () => {
    const bucket = new MemoryBucket();
    bucket.put("acme/a.md.metadata.json", sidecar("acme", ["platinum"]));
    assert.equal((await service({ bucket }).put({ name: "a.md", content: "x" })).status, 202);
  });

  it("never shows one request's text under another's limits, whichever write of another comes between", async () => {
    // The other request, of a platinum user, does its three writes at any time among those of this one.
    for (const at of [
      [0, 1, 2],
      [0, 1, 3],
      [0, 2, 2],
      [1, 1, 1],
      [1, 1, 2],
      [1, 2, 3],
      [2, 2, 2],
      [1, 3, 3],
      [2, 3, 3],
    ]) {
      const bucket = new MemoryBucket();
      const other = bucket.asDocuments();
      const context = TenantContext.fromGrant(grant("acme"));
      const signal = AbortSignal.timeout(5000);
      const etags: Record<string, string | undefined> = {};
      let failed = false;
      let writes = 0;
      const step = async (n: number) => {
        if (failed) return;
        const suffix = n === 1 ? "" : ".metadata.json";
        const text = [closedSidecar("acme", ["platinum"], "other"), "secret", sidecar("acme", ["platinum"])][
          n
        ]!;
        const object = { bucket: BUCKET, key: `acme/a.md${suffix}` };
        await other.putText(context, object, text, etags[suffix], signal).then(
          ({ etag }) => (etags[suffix] = etag),
          () => (failed = true),
        );
      };
      const mine = bucket.asDocuments();
      const objects: DocumentParts["objects"] = {
        ...mine,
        putText: async (...args) => {
          for (const [n, when] of at.entries()) if (when === writes) await step(n);
          writes += 1;
          return mine.putText(...args);
        },
      };
      const parts = { ...partsOf(bucket), objects };
      await send(documentRoutes(parts), { path: "/v1/documents", body: { name: "a.md", content: "public" } });
      for (const [n, when] of at.entries()) if (when >= writes) await step(n);
      const groups = visibility(bucket, "a.md") as readonly string[] | undefined;
      if (bucket.text("acme/a.md") === "secret")
        assert.ok(groups?.[0] === "platinum" || groups?.[0] === NOBODY, `${at.join()}: ${String(groups)}`);
    }
  });

  it("takes a document of the largest size", async () => {
    const { put } = service();
    assert.equal((await put({ name: "a.txt", content: "x".repeat(MAX_CONTENT_BYTES) })).status, 202);
  });

  const good = { name: "a.md", content: "x" };
  const refused: readonly (readonly [name: string, body: object, detail: RegExp])[] = [
    ...[
      "../globex/a.md",
      "globex/a.md",
      "..\\a.md",
      ".md",
      ".hidden.md",
      "a.md.metadata.json",
      "a.md/",
      "a.pdf",
      "a\u0000.md",
      "a\n.md",
      "a.md\n",
      "%2e%2e%2fa.md",
      "a?versionId=1.md",
      "",
      "\u202egnp.md",
      `${"x".repeat(200)}.md`,
    ].map((name) => [`the name ${JSON.stringify(name)}`, { ...good, name }, /name: /] as const),
    ["a name that is a list", { ...good, name: ["a.md"] }, /name/],
    ["empty content", { ...good, content: " \n" }, /content: must not be empty/],
    [
      "too much content",
      { ...good, content: "ü".repeat(MAX_CONTENT_BYTES / 2 + 1) },
      /content: may have at most/,
    ],
    ["binary content", { ...good, content: "PK\u0003\u0004" }, /content: is not plain text/],
    ["half a character", { ...good, content: "\ud800" }, /content: is not plain text/],
    ["an empty list of groups", { ...good, groups: [] }, /groups: must not be empty/],
    ["a group that the tenant doesn't have", { ...good, groups: ["gold"] }, /no group "gold"/],
    ["the group of nobody", { ...good, groups: [NOBODY] }, /no group/],
    ["groups in one text", { ...good, groups: "regular" }, /groups/],
    ["a tenant", { ...good, tenant: "globex" }, /tenant/],
    ["a bucket", { ...good, bucket: "b" }, /bucket/],
  ];
  for (const [name, body, detail] of refused)
    it(`refuses ${name} and stores nothing`, async () => {
      const { put, writes } = service();
      const { status, json } = await put(body);
      assert.equal(status, 400, JSON.stringify(json));
      assert.match(json.detail ?? "", detail);
      assert.equal(writes.length, 0);
    });
});

describe("documents: list", () => {
  const filled = async () => {
    const bucket = new MemoryBucket();
    const { put } = service({ bucket, groups: ["platinum"] });
    await put({ name: "b.md", content: "all" });
    await put({ name: "a.md", content: "some", groups: ["platinum", "regular"] });
    await put({ name: "secret.md", content: "few", groups: ["platinum"] });
    bucket.put("acme/no-metadata.md", "x");
    bucket.put("acme/broken.md", "x");
    bucket.put("acme/broken.md.metadata.json", "{");
    bucket.put("acme/foreign.md", "x");
    bucket.put("acme/foreign.md.metadata.json", sidecar("acme-2", undefined));
    bucket.put("acme/closed.md", "x");
    bucket.put("acme/closed.md.metadata.json", closedSidecar("acme", undefined, "1"));
    bucket.put("acme/folder/c.md", "x");
    bucket.put("acme/folder/c.md.metadata.json", sidecar("acme", undefined));
    return bucket;
  };

  it("shows what the user's groups may see, with what became of it", async () => {
    const states = { "acme/a.md": { state: "failed", reason: "it holds no text" } } as const;
    const { list } = service({ bucket: await filled(), states });
    const { status, json } = await list();
    assert.equal(status, 200);
    const documents = json["documents"] as Record<string, unknown>[];
    assert.deepEqual(
      documents.map(({ modified: _, ...document }) => document),
      [
        {
          name: "a.md",
          uri: `s3://${BUCKET}/acme/a.md`,
          bytes: 4,
          state: "failed",
          reason: "it holds no text",
          groups: ["platinum", "regular"],
        },
        { name: "b.md", uri: `s3://${BUCKET}/acme/b.md`, bytes: 3, state: "pending" },
      ],
    );
    assert.equal(new Date(documents[0]!["modified"] as string).toISOString(), documents[0]!["modified"]);
    assert.ok(!JSON.stringify(json).includes("secret"));
  });

  it("goes on where a page ended, each document once", async () => {
    const bucket = new MemoryBucket();
    const { put, list } = service({ bucket });
    for (let n = 0; n < 120; n++) await put({ name: `d${String(n).padStart(3, "0")}.md`, content: "x" });
    const names: unknown[] = [];
    for (let next: string | undefined, pages = 0; pages < 10; pages++) {
      const { json } = await list(next === undefined ? undefined : { next });
      const documents = json["documents"] as { name: string }[];
      assert.ok(documents.length <= 100);
      names.push(...documents.map(({ name }) => name));
      next = json["next"] as string | undefined;
      if (next === undefined) break;
    }
    assert.equal(names.length, 120);
    assert.deepEqual(names, [...new Set(names)].sort());
  });
});

describe("documents: delete", () => {
  it("removes document and metadata, the document first, and starts what removes its passages", async () => {
    const { put, remove, bucket, writes, started } = service();
    await put({ name: "a b.md", content: "x" });
    writes.length = 0;
    const { status, json } = await remove("a%20b.md");
    assert.equal(status, 202);
    assert.deepEqual(json, { ingestion: { id: "job-1", status: "STARTING" } });
    assert.deepEqual(writes, ["acme/a b.md", "acme/a b.md.metadata.json"]);
    assert.equal(bucket.entries.size, 0);
    assert.equal(started(), 2);
    assert.equal((await remove("a%20b.md")).status, 404);
  });

  it("leaves the passages to the bucket's event in the pool", async () => {
    const { put, remove } = service({ tier: "pool" });
    await put({ name: "a.md", content: "x" });
    assert.deepEqual((await remove("a.md")).json, { ingestion: { id: "", status: "PENDING" } });
  });

  it("answers alike for what is not there and what the user may not see, and removes nothing", async () => {
    const bucket = new MemoryBucket();
    await service({ bucket, groups: ["platinum"] }).put({ name: "a.md", content: "x", groups: ["platinum"] });
    bucket.put("acme/no-metadata.md", "x");
    bucket.put("globex/a.md", "x");
    const before = bucket.entries.size;
    const { remove, started } = service({ bucket });
    const answers: string[] = [];
    for (const id of [
      "a.md",
      "none.md",
      "no-metadata.md",
      "..%2Fglobex%2Fa.md",
      "a.md.metadata.json",
      "%ff",
      "%2E%2E",
      "",
    ]) {
      const { status, json } = await remove(id);
      assert.equal(status, 404, id);
      answers.push(JSON.stringify(json));
    }
    assert.equal(new Set(answers).size, 1);
    assert.equal(bucket.entries.size, before);
    assert.equal(started(), 0);
  });
});

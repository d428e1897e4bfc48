import assert from "node:assert/strict";

import { documentRoutes } from "../../../runtime/documents/documents.ts";
import type { DocumentParts } from "../../../runtime/documents/documents.ts";
import { MAX_CONTENT_BYTES } from "../../../runtime/documents/request.ts";
import { NOBODY } from "../../../runtime/documents/sidecar.ts";
import { createContextCache } from "../../../runtime/shared/credentials.ts";
import { DependencyUnavailable } from "../../../runtime/shared/errors.ts";
import { granted, registryItem } from "../support/grants.ts";
import { send } from "../support/http-events.ts";

interface Put {
  readonly bucket: string;
  readonly key: string;
  readonly text: string;
}

function recorder(failAt = Number.POSITIVE_INFINITY) {
  const puts: Put[] = [];
  let started = 0;
  const parts: DocumentParts = {
    contextForToken: createContextCache(() => Promise.resolve(granted("acme"))),
    readRoute: (context) => Promise.resolve(registryItem(context.tenantId)),
    putText: (_context, bucket, key, text) => {
      if (puts.length === failAt) return Promise.reject(new DependencyUnavailable("document store"));
      puts.push({ bucket, key, text });
      return Promise.resolve();
    },
    startIngestion: () => {
      started += 1;
      return Promise.resolve({ id: "job-1", status: "STARTING" });
    },
  };
  const put = (body: unknown) => send(documentRoutes(parts), { path: "/v1/documents", body: body as object });
  return { put, puts, started: () => started };
}

/** Who may see the document now, as an ingestion would read it: undefined is everybody in the tenant. */
function visibility(puts: readonly Put[]): unknown {
  const sidecar = puts.findLast(({ key }) => key.endsWith(".metadata.json"));
  const { metadataAttributes } = JSON.parse(sidecar?.text ?? "{}") as {
    metadataAttributes: Record<string, { value: { stringValue?: string; stringListValue?: string[] } }>;
  };
  assert.equal(metadataAttributes["tenant_id"]?.value.stringValue, "acme");
  return metadataAttributes["groups"]?.value.stringListValue;
}

describe("documents", () => {
  it("stores text and limits under the tenant's prefix and starts the ingestion", async () => {
    const { put, puts, started } = recorder();
    const { status, json, lines } = await put({
      name: "Straße 1.md",
      content: "héllo",
      groups: ["platinum"],
    });
    assert.equal(status, 202);
    const uri = "s3://bulkhead-test-111122223333-acme/acme/Straße 1.md";
    assert.deepEqual(json, {
      document: { name: "Straße 1.md", uri, bytes: 6 },
      ingestion: { id: "job-1", status: "STARTING" },
    });
    assert.deepEqual(
      puts.map(({ bucket, key }) => `s3://${bucket}/${key}`),
      [`${uri}.metadata.json`, uri, `${uri}.metadata.json`],
    );
    assert.deepEqual(visibility(puts), ["platinum"]);
    assert.equal(started(), 1);
    assert.ok(!JSON.stringify(lines).includes("héllo"));
  });

  it("limits nothing where no groups are named", async () => {
    const { put, puts } = recorder();
    await put({ name: "a.txt", content: "x" });
    assert.equal(visibility(puts), undefined);
  });

  for (const failAt of [1, 2])
    it(`shows a text to nobody when it stops after ${failAt} of three writes`, async () => {
      const { put, puts, started } = recorder(failAt);
      assert.equal((await put({ name: "a.txt", content: "x" })).status, 503);
      assert.deepEqual(visibility(puts), [NOBODY]);
      assert.equal(started(), 0);
    });

  it("takes a document of the largest size", async () => {
    const { put } = recorder();
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
      const { put, puts } = recorder();
      const { status, json } = await put(body);
      assert.equal(status, 400, JSON.stringify(json));
      assert.match(json.detail ?? "", detail);
      assert.equal(puts.length, 0);
    });
});

import assert from "node:assert/strict";

import type { OpenSearchServerlessClient } from "@aws-sdk/client-opensearchserverless";

import { collectionIndex } from "../../../runtime/search-admin/collection-index.ts";
import { crud } from "../../../runtime/shared/admin.ts";
import { searchClient } from "../../../runtime/shared/opensearch.ts";
import { logged } from "../support/quiet.ts";
import type { Asked } from "../support/opensearch-server.ts";
import { serveOpenSearch } from "../support/opensearch-server.ts";

const own = { accessKeyId: "own", secretAccessKey: "own", sessionToken: "own" };
const input = (action: string, dimensions = 256, changes: object = {}) => ({
  kind: "collection-index",
  name: "acme",
  body: { collection: "test-acme", index: "kb", dimensions },
  revision: "1",
  tf: { action, prev_input: null },
  ...changes,
});

/** A collection that keeps one index in memory, and refuses the first `refusals` requests as new policies do. */
async function withCollection(
  run: (handler: ReturnType<typeof crud>, seen: readonly Asked[]) => Promise<void>,
  { refusals = 0, exists = true } = {},
) {
  let index: unknown;
  let left = refusals;
  const server = await serveOpenSearch(({ method, body }) => {
    if (left > 0) {
      left -= 1;
      return [403, { error: { type: "security_exception" } }];
    }
    if (method === "PUT") index = body;
    const found = index as { mappings: object } | undefined;
    if (method === "DELETE") index = undefined;
    return found
      ? [200, { kb: { mappings: found.mappings } }]
      : [404, { error: { type: "index_not_found" } }];
  });
  const detail = { name: "test-acme", status: "ACTIVE", collectionEndpoint: server.endpoint };
  const collections = {
    send: () =>
      Promise.resolve({ collectionDetails: exists ? [{ ...detail, name: "test-acme-2" }, detail] : [] }),
  } as unknown as OpenSearchServerlessClient;
  const env = { AWS_ENDPOINT_URL: server.origin };
  const handler = crud({
    "collection-index": collectionIndex({
      collections,
      connect: (endpoint) =>
        searchClient(env, "us-east-1", { service: "aoss", endpoint }, own, { attemptMs: 2000 }),
      policies: { seconds: 0.3, everySeconds: 0.01 },
      settleSeconds: 0,
    }),
  });
  try {
    await logged(() => run(handler, server.seen));
  } finally {
    server.close();
  }
}

describe("search-admin: collection index", () => {
  it("creates, updates and deletes, each as often as it likes", () =>
    withCollection(async (handler, seen) => {
      for (const action of ["create", "create", "update"])
        assert.equal((await handler(input(action)))["index"], "kb");
      const creations = seen.filter(({ method }) => method === "PUT");
      assert.equal(creations.length, 1);
      const { settings, mappings } = creations[0]!.body as {
        settings: unknown;
        mappings: { properties: Record<string, unknown> };
      };
      assert.deepEqual(settings, { index: { knn: true } });
      assert.deepEqual(mappings.properties["vector"], {
        type: "knn_vector",
        dimension: 256,
        method: { name: "hnsw", engine: "faiss", space_type: "l2" },
      });
      assert.deepEqual(mappings.properties["tenant_id"], { type: "keyword" });
      for (const action of ["delete", "delete"])
        assert.deepEqual(await handler(input(action)), {
          kind: "collection-index",
          name: "acme",
          deleted: true,
        });
    }));

  it("waits for policies to act", () =>
    withCollection(
      async (handler) => {
        assert.equal((await handler(input("create")))["index"], "kb");
      },
      {
        refusals: 3,
      },
    ));

  it("gives up on policies that never act, and says so", () =>
    withCollection(
      (handler) =>
        assert.rejects(
          handler(input("create")),
          /index kb of test-acme: not within 0.3 s: access is refused/,
        ),
      { refusals: 1e6 },
    ));

  it("refuses other dimensions than the index has", () =>
    withCollection(async (handler) => {
      await handler(input("create"));
      await assert.rejects(handler(input("update", 512)), /has 256 dimensions, not 512/);
    }));

  it("deletes the index of a collection that is gone", () =>
    withCollection(
      async (handler) => {
        assert.equal((await handler(input("delete")))["deleted"], true);
      },
      {
        exists: false,
      },
    ));

  it("does not take another collection whose name starts alike", () =>
    withCollection((handler) => assert.rejects(handler(input("create")), /no such collection/), {
      exists: false,
    }));

  const bad: readonly (readonly [name: string, event: unknown, message: RegExp])[] = [
    ["an unknown kind", input("create", 256, { kind: "role" }), /unknown kind "role"/],
    ["a kind of every object", input("create", 256, { kind: "toString" }), /unknown kind/],
    ["an unknown action", input("read"), /unknown action "read"/],
    ["an unknown field", input("create", 256, { secret: "x" }), /unknown field secret/],
    ["no envelope", input("create", 256, { tf: null }), /no tf/],
    ["nothing", null, /no kind/],
    ["a body with an unknown field", input("create", 256, { body: { collection: "test-acme", x: 1 } }), /x/],
    [
      "all indices",
      input("delete", 256, { body: { collection: "test-acme", index: "*", dimensions: 1 } }),
      /index/,
    ],
  ];
  for (const [name, event, message] of bad)
    it(`refuses ${name}`, () =>
      withCollection(async (handler, seen) => {
        await assert.rejects(handler(event), message);
        assert.equal(seen.length, 0);
      }));
});

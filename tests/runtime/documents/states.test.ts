import assert from "node:assert/strict";

import type { DocumentStatus } from "@aws-sdk/client-bedrock-agent";

import { poolStates, siloState } from "../../../runtime/documents/states.ts";
import type { Present } from "../../../runtime/documents/states.ts";
import { documentId } from "../../../runtime/shared/pool-index.ts";

const MODIFIED = new Date("2026-01-01T00:00:10.700Z");
const after = (seconds: number) => new Date(MODIFIED.getTime() + seconds * 1000);

describe("documents: states in a silo", () => {
  const cases: readonly (readonly [status: DocumentStatus | "SOMETHING_NEW", state: string])[] = [
    ["INDEXED", "indexed"],
    ["PARTIALLY_INDEXED", "failed"],
    ["METADATA_PARTIALLY_INDEXED", "failed"],
    ["METADATA_UPDATE_FAILED", "failed"],
    ["FAILED", "failed"],
    ["IGNORED", "failed"],
    ["PENDING", "pending"],
    ["STARTING", "pending"],
    ["IN_PROGRESS", "pending"],
    ["NOT_FOUND", "pending"],
    ["DELETING", "pending"],
    ["DELETE_IN_PROGRESS", "pending"],
    ["SOMETHING_NEW", "pending"],
  ];
  for (const [status, state] of cases)
    it(`${status} is ${state}`, () => {
      const detail = { status: status as DocumentStatus, updatedAt: after(1) };
      const found = siloState(detail, MODIFIED, undefined);
      assert.equal(found.state, state);
      assert.equal(found.reason !== undefined, state === "failed");
    });

  it("are the present version's only, unless an ingestion has seen it and had nothing to do", () => {
    const old = { status: "INDEXED", updatedAt: after(-60) } as const;
    assert.equal(siloState(old, MODIFIED, undefined).state, "pending");
    assert.equal(siloState(old, MODIFIED, after(-5)).state, "pending");
    assert.equal(siloState(old, MODIFIED, after(5)).state, "indexed");
    assert.equal(siloState({ status: "INDEXED" }, MODIFIED, undefined).state, "pending");
    assert.equal(siloState(undefined, MODIFIED, after(5)).state, "pending");
  });

  it("give Bedrock's reason where it has one", () => {
    const detail = { status: "FAILED", statusReason: "encrypted", updatedAt: after(1) } as const;
    assert.deepEqual(siloState(detail, MODIFIED, undefined), { state: "failed", reason: "encrypted" });
  });
});

describe("documents: states in the pool", () => {
  const present: Present = {
    key: "acme/a.md",
    uri: "s3://b/acme/a.md",
    etag: "e1",
    sidecarEtag: "s1",
    modified: MODIFIED,
  };
  const stateOf = (source?: object) => {
    const hits = source ? [{ _id: documentId("acme/a.md"), _source: { key: "acme/a.md", ...source } }] : [];
    return poolStates({ timed_out: false, _shards: { failed: 0 }, hits: { hits } }, [present]).get(
      "acme/a.md",
    );
  };
  it("are the record's, if it is the present version's, limits included", () => {
    const record = { etag: "e1", sidecar: "s1", state: "indexed" };
    assert.deepEqual(stateOf(record), { state: "indexed" });
    assert.deepEqual(stateOf({ ...record, state: "failed", reason: "r" }), { state: "failed", reason: "r" });
    assert.deepEqual(stateOf({ ...record, etag: "e0" }), { state: "pending" });
    assert.deepEqual(stateOf({ ...record, sidecar: "s0" }), { state: "pending" });
    assert.deepEqual(stateOf({ etag: "e1", state: "indexed" }), { state: "pending" });
    assert.deepEqual(stateOf(), { state: "pending" });
  });
});

import assert from "node:assert/strict";

import { outcome } from "../../../runtime/search-admin/ingestion.ts";

type Job = Parameters<typeof outcome>[1];
const job = (changes: Partial<Job>): Job => ({
  knowledgeBaseId: "KB1",
  dataSourceId: "DS1",
  ingestionJobId: "job-1",
  status: "COMPLETE",
  startedAt: new Date(0),
  updatedAt: new Date(0),
  ...changes,
});

describe("search-admin: an ingestion job's outcome", () => {
  it("tells its counts", () => {
    const statistics = { numberOfDocumentsScanned: 4, numberOfNewDocumentsIndexed: 4 };
    assert.deepEqual(outcome("ingestion", job({ statistics })), {
      job: "job-1",
      scanned: 4,
      added: 4,
      modified: 0,
      deleted: 0,
    });
  });

  it("is an error where documents failed, though the job is complete", () => {
    const statistics = { numberOfDocumentsScanned: 4, numberOfDocumentsFailed: 1 };
    assert.throws(() => outcome("ingestion of x", job({ statistics, failureReasons: ["too big"] })), {
      message: "ingestion of x: job job-1 is COMPLETE; 1 of 4 documents failed. too big",
    });
  });

  for (const status of ["FAILED", "STOPPED"] as const)
    it(`is an error where the job is ${status}`, () => {
      assert.throws(() => outcome("ingestion", job({ status })), new RegExp(`is ${status}`));
    });
});

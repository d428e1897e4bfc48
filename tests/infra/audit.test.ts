import assert from "node:assert/strict";
import { eventSelectors, watched } from "../../infra/documents/audit.ts";
import { dashboard } from "../../infra/documents/dashboard.ts";
import { platformNames, tenantNames } from "../../runtime/contract/names.ts";

const PLACE = { environment: "staging1", account: "111122223333", region: "ap-southeast-2" };

describe("the audit", () => {
  it("keeps who touched tenants' data, one selector for each type", () => {
    const types = eventSelectors(PLACE).map(
      ({ fieldSelectors }) => fieldSelectors.find(({ field }) => field === "resources.type")?.equals?.[0],
    );
    assert.deepEqual(types.sort(), [
      "AWS::AOSS::Collection",
      "AWS::Bedrock::KnowledgeBase",
      "AWS::Bedrock::Model",
      "AWS::DynamoDB::Table",
      "AWS::RDS::DBCluster",
      "AWS::S3::Object",
      undefined,
    ]);
  });

  it("records every tenant's objects, and not its own files", () => {
    const objects = eventSelectors(PLACE)
      .flatMap(({ fieldSelectors }) => fieldSelectors)
      .find(({ field }) => field === "resources.ARN");
    const kept = (bucket: string): boolean => {
      const arn = `arn:aws:s3:::${bucket}/key`;
      return (
        (objects?.startsWiths ?? []).some((start) => arn.startsWith(start)) &&
        !(objects?.notStartsWiths ?? []).some((start) => arn.startsWith(start))
      );
    };
    for (const id of ["acme", "a-b", "x99"]) assert.ok(kept(tenantNames(PLACE, id).bucket), id);
    assert.ok(!kept(platformNames(PLACE).auditBucket));
    assert.ok(!kept("bulkhead-other-111122223333-acme"));
  });

  it("watches by patterns that CloudWatch takes: braces around, 1,024 characters at most", () => {
    const deployers = Array.from({ length: 3 }, (_, n) => `arn:aws:iam::111122223333:role/deployer-${n}`);
    const patterns = watched(PLACE, deployers);
    for (const { about, pattern } of patterns) {
      assert.match(pattern, /^\{ .+ \}$/, about);
      assert.ok(pattern.length <= 1024, `${about}: ${pattern.length}`);
    }
    const change = patterns.find(({ about }) => about === "policy-change")?.pattern ?? "";
    for (const event of ["PutBucketPolicy", "PutKeyPolicy", "UpdateFunctionCode*"])
      assert.ok(change.includes(`"${event}"`), event);
    for (const arn of deployers) assert.ok(change.includes(`!= "${arn}"`));
  });

  it("shows every function that the stack has", () => {
    const body = dashboard(PLACE, ["chat", "ingest"]);
    for (const fn of ["chat", "ingest"] as const) {
      assert.ok(body.includes(platformNames(PLACE).functionName(fn)));
    }
    assert.ok(!body.includes(platformNames(PLACE).functionName("broker")));
  });
});

import assert from "node:assert/strict";
import type { Properties } from "../../../local/provider/values.ts";
import { Harness, TRUST } from "./support/harness.ts";

const POLICY = JSON.stringify({ Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }] });
const TABLE = { name: "things", hashKey: "id", attributes: [{ name: "id", type: "S" }] };
const NETWORK = JSON.stringify([
  { Rules: [{ ResourceType: "collection", Resource: ["collection/docs"] }], AllowFromPublic: true },
]);

/** A resource, and what AWS says to a second one of its name. */
const TAKEN: readonly (readonly [type: string, inputs: Properties, code: string, status: number])[] = [
  ["aws:iam/role:Role", { name: "r", assumeRolePolicy: TRUST }, "EntityAlreadyExists", 409],
  ["aws:iam/policy:Policy", { name: "p", policy: POLICY }, "EntityAlreadyExists", 409],
  ["aws:s3/bucket:Bucket", { bucket: "docs" }, "BucketAlreadyOwnedByYou", 409],
  ["aws:dynamodb/table:Table", TABLE, "ResourceInUseException", 400],
  ["aws:sqs/queue:Queue", { name: "jobs" }, "QueueNameExists", 400],
  ["aws:cloudwatch/logGroup:LogGroup", { name: "/x" }, "ResourceAlreadyExistsException", 400],
  ["aws:opensearch/domain:Domain", { domainName: "search" }, "ResourceAlreadyExistsException", 409],
  [
    "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy",
    { name: "docs", type: "network", policy: NETWORK },
    "ConflictException",
    409,
  ],
  [
    "aws:opensearch/serverlessCollectionGroup:ServerlessCollectionGroup",
    { name: "silos", standbyReplicas: "DISABLED" },
    "ConflictException",
    409,
  ],
];

describe("names that are taken", () => {
  for (const [type, inputs, code, status] of TAKEN)
    it(`${type}: ${code}`, async () => {
      const harness = new Harness();
      try {
        await harness.create(type, "one", inputs);
        await assert.rejects(harness.create(type, "two", inputs), { code, status });
        assert.equal(harness.gateway.account.resources(type).length, 1);
      } finally {
        harness.close();
      }
    });

  it("aws:kms/alias:Alias: AlreadyExistsException", async () => {
    const harness = new Harness();
    try {
      const { id } = await harness.create("aws:kms/key:Key", "k", {});
      const alias = { name: "alias/docs", targetKeyId: id };
      await harness.create("aws:kms/alias:Alias", "one", alias);
      await assert.rejects(harness.create("aws:kms/alias:Alias", "two", alias), {
        code: "AlreadyExistsException",
      });
    } finally {
      harness.close();
    }
  });
});

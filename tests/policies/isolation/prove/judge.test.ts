import assert from "node:assert/strict";
import type { PolicyDocument } from "../../../../policies/isolation/index.ts";
import { buildAccount } from "../../../../policies/isolation/model/build.ts";
import { judge } from "../../../../policies/isolation/prove/judge.ts";

describe("judge", () => {
  it("takes a policy that is none for a gap, and throws nothing", () => {
    const where = { environment: "dev", account: "111122223333", region: "us-east-1", partition: "aws" };
    const trust = {
      urn: "urn:role",
      name: "trust policy of role r",
      document: { Statement: { Effect: "Maybe" } } as unknown as PolicyDocument,
    };
    const role = { urn: "urn:role", owner: undefined, name: "r", arn: "arn:aws:iam::111122223333:role/r" };
    const account = {
      ...buildAccount([], where),
      roles: [{ ...role, tags: {}, trust, identity: [], boundary: undefined }],
    };
    const { gaps, counterexamples } = judge(account);
    assert.deepEqual(counterexamples, []);
    assert.match(gaps[0]?.what ?? "", /^trust policy of role r is not understood: .*expected Allow or Deny/);
  });

  it("takes tags whose names differ by letter case only for a gap: conditions could mean either", () => {
    const where = { environment: "dev", account: "111122223333", region: "us-east-1", partition: "aws" };
    const bucket = { urn: "urn:bucket", owner: "acme", name: "b", arn: "arn:aws:s3:::b" };
    const account = {
      ...buildAccount([], where),
      buckets: [
        { ...bucket, tags: { tenant_id: "acme", Tenant_Id: "cobalt" }, policy: undefined, keyArn: undefined },
      ],
    };
    const { gaps } = judge(account);
    assert.deepEqual(gaps, [{ urn: "urn:bucket", what: "has tags whose names differ by letter case only" }]);
  });
});

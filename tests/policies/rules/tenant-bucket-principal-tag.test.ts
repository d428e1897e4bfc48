import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { PolicyResource } from "@pulumi/policy";
import { tenantBucketPrincipalTag } from "../../../policies/rules/tenant-bucket-principal-tag.ts";
import { resource, UNKNOWN, violations } from "../support/stack.ts";

const BUCKET = "aws:s3/bucket:Bucket";
const POLICY = "aws:s3/bucketPolicy:BucketPolicy";
const ARN = "arn:aws:s3:::data-acme";
const DEPLOYER = "arn:aws:iam::111122223333:role/deployer";
const TAG = "aws:PrincipalTag/tenant_id";

interface Statement {
  Sid: string;
  Effect: string;
  Principal: unknown;
  Action: unknown;
  Resource: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

/** The good policy; each test changes one thing of it. */
function statements(): [Statement, Statement] {
  return [
    {
      Sid: "Objects",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: `${ARN}/*`,
      Condition: { StringNotEquals: { [TAG]: "acme" } },
    },
    {
      Sid: "List",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:ListBucket*",
      Resource: ARN,
      Condition: { StringNotEquals: { [TAG]: "acme" }, ArnNotEquals: { "aws:PrincipalArn": DEPLOYER } },
    },
  ];
}

const bucket = resource(BUCKET, "bucket", { bucket: "data-acme", tags: { tenant_id: "acme" } });
const policyOf = (policy: unknown, of: unknown = "data-acme") =>
  resource(POLICY, "policy", { bucket: of, policy });
const document = (...list: readonly unknown[]) => JSON.stringify({ Version: "2012-10-17", Statement: list });
const judged = (...resources: readonly PolicyResource[]) =>
  violations(tenantBucketPrincipalTag, resources, { deploymentRoles: [DEPLOYER] });
/** What is said of the bucket when its policy has this change. */
function mutated(change: (list: [Statement, Statement]) => readonly unknown[]): Promise<string[]> {
  return judged(bucket, policyOf(document(...change(statements()))));
}

describe("rule tenant-bucket-principal-tag: passes", () => {
  it("the policy that denies everyone without the tag", async () => {
    assert.deepEqual(await mutated((list) => list), []);
  });

  const same: Record<string, (objects: Statement) => void> = {
    StringNotEqualsIfExists: (s) => (s.Condition = { StringNotEqualsIfExists: { [TAG]: "acme" } }),
    "StringNotLike without a wildcard": (s) => (s.Condition = { StringNotLike: { [TAG]: "acme" } }),
    "the tag key in other letter case": (s) =>
      (s.Condition = { StringNotEquals: { "AWS:principaltag/TENANT_ID": ["acme"] } }),
    "the action in other letter case": (s) => (s.Action = ["S3:*"]),
    "NotAction for another service": (s) => {
      s.Action = undefined;
      Object.assign(s, { NotAction: "ec2:*" });
    },
    "the principal as AWS *": (s) => (s.Principal = { AWS: "*" }),
    "a resource with a wildcard at its end": (s) => (s.Resource = [`${ARN}*`]),
  };
  for (const [name, change] of Object.entries(same))
    it(`what means the same: ${name}`, async () => {
      const found = await mutated((list) => {
        change(list[0]);
        return list;
      });
      assert.deepEqual(found, []);
    });

  it("a bucket whose name is known by reference, and a policy known as an object", async () => {
    const named = resource(BUCKET, "bucket", { bucket: "data-acme", tags: { Tenant_ID: "acme" } });
    const referring = resource(
      POLICY,
      "policy",
      { bucket: UNKNOWN, policy: JSON.parse(document(...statements())) },
      { bucket: [named] },
    );
    assert.deepEqual(await judged(named, referring), []);
  });

  it("buckets of no tenant, and other types", async () => {
    const shared = resource(BUCKET, "shared", { bucket: "reference", tags: { app: "bulkhead" } });
    const table = resource("aws:dynamodb/table:Table", "t", { tags: { tenant_id: "acme" } });
    assert.deepEqual(await judged(shared, table), []);
  });
});

interface Case {
  readonly name: string;
  readonly statements: readonly unknown[];
  readonly violations: readonly string[];
}
const cases = JSON.parse(
  readFileSync(new URL("../../scenarios/rules/tenant-bucket-principal-tag.json", import.meta.url), "utf8"),
) as Case[];

describe("rule tenant-bucket-principal-tag: judges", () => {
  for (const { name, statements: list, violations: expected } of cases)
    it(name, async () => {
      assert.deepEqual(await judged(bucket, policyOf(document(...list))), expected);
    });

  it("a deployment role that the configuration does not name", async () => {
    const found = await violations(tenantBucketPrincipalTag, [bucket, policyOf(document(...statements()))]);
    assert.equal(found.length, 1);
    assert.match(
      found[0]!,
      /^bucket: s3:ListBucket, .* is allowed to arn:aws:iam::111122223333:role\/deployer without/,
    );
  });
});

describe("rule tenant-bucket-principal-tag: blocks", () => {
  const good = document(...statements());
  const named = (props: Record<string, unknown>) => resource(BUCKET, "bucket", props);
  const stacks: Record<string, [PolicyResource[], string]> = {
    "a bucket without a policy": [[bucket], "bucket: has no bucket policy"],
    "another bucket's policy": [[bucket, policyOf(good, "data-acme-2")], "bucket: has no bucket policy"],
    "a policy of a bucket that is not known": [
      [bucket, policyOf(good, UNKNOWN)],
      "bucket: not proven: it has no bucket policy, unless one whose bucket is not known before deployment",
    ],
    "a policy that refers to another bucket": [
      [
        bucket,
        resource(
          POLICY,
          "policy",
          { bucket: UNKNOWN, policy: good },
          { bucket: [resource(BUCKET, "other", {})] },
        ),
      ],
      "bucket: has no bucket policy",
    ],
    "a policy that is not known": [
      [bucket, policyOf(UNKNOWN)],
      "bucket: not proven: its bucket policy is not known before deployment",
    ],
    "a policy with a part that is not known": [
      [bucket, policyOf({ Version: "2012-10-17", Statement: [{ Effect: "Deny", Resource: UNKNOWN }] })],
      "bucket: not proven: its bucket policy is not known before deployment",
    ],
    "a name that is not known": [
      [named({ bucket: UNKNOWN, tags: { tenant_id: "acme" } }), policyOf(good)],
      "bucket: not proven: its name is not known before deployment",
    ],
    "tags that are not known": [
      [named({ bucket: "data-acme", tags: UNKNOWN }), policyOf(good)],
      "bucket: not proven whose bucket it is: its tags are not known before deployment",
    ],
    "a tenant that is not known": [
      [named({ bucket: "data-acme", tags: { tenant_id: UNKNOWN } }), policyOf(good)],
      "bucket: not proven whose bucket it is: its tag tenant_id is not known before deployment",
    ],
    "two tenants": [
      [named({ bucket: "data-acme", tags: { tenant_id: "acme", Tenant_Id: "globex" } }), policyOf(good)],
      "bucket: not proven whose bucket it is: it has the tag tenant_id 2 times",
    ],
    "two policies": [
      [bucket, policyOf(good), policyOf(good)],
      "bucket: has 2 bucket policies, of which AWS keeps the last one written",
    ],
    "a policy that is not JSON": [
      [bucket, policyOf("{")],
      "bucket: not proven: its bucket policy is not understood: document: is not JSON",
    ],
  };
  for (const [name, [stack, expected]] of Object.entries(stacks))
    it(name, async () => {
      const found = await judged(...stack);
      // The parser's own words follow.
      assert.deepEqual(
        found.map((text) => text.replace(/(is not JSON): .*/s, "$1")),
        [expected],
      );
    });

  it("a configuration that is not a list of roles", async () => {
    for (const deploymentRoles of ["*", ["*"], ["arn:aws:iam::*:role/x"], [1]])
      assert.deepEqual(await violations(tenantBucketPrincipalTag, [bucket], { deploymentRoles }), [
        "stack: not proven: the rule stopped (deploymentRoles has to be a list of role ARNs, each with its account)",
      ]);
  });
});

import assert from "node:assert/strict";
import { decide, type PolicySet, type Statement } from "../../../policies/isolation/index.ts";

const REQUEST = {
  principal: {
    kind: "role-session",
    account: "111122223333",
    roleArn: "arn:aws:iam::111122223333:role/app",
    sessionArn: "arn:aws:sts::111122223333:assumed-role/app/s",
    tags: {},
  },
  action: "s3:GetObject",
  resource: "arn:aws:s3:::b/k",
  resourceAccount: "111122223333",
  context: {},
} as const;
const ALLOW = { Effect: "Allow", Action: "s3:*", Resource: "*" } as const;
const policy = (name: string, ...statements: readonly Statement[]) => ({
  name,
  document: { Version: "2012-10-17", Statement: statements },
});

/** What people read. */
describe("evaluator, details of a decision", () => {
  const cases: readonly [string, PolicySet, string, string?][] = [
    [
      "a Deny",
      {
        identity: [policy("policy data of role app", ALLOW)],
        resource: [
          policy("bucket policy of b", { ...ALLOW, Sid: "TenantOnly", Effect: "Deny", Principal: "*" }),
        ],
      },
      "explicit deny by statement TenantOnly of bucket policy of b",
    ],
    [
      "an Allow",
      { identity: [policy("policy data of role app", ALLOW)] },
      "allowed by statement #0 of policy data of role app",
    ],
    [
      "no Allow",
      { identity: [policy("policy data of role app")], resource: [policy("bucket policy of b")] },
      "no statement allows s3:GetObject on arn:aws:s3:::b/k: not in policy data of role app, nor bucket policy of b",
    ],
    [
      "no policy",
      { identity: [] },
      "no statement allows s3:GetObject on arn:aws:s3:::b/k: not in the identity policies (there are none), nor the resource policies (there are none)",
    ],
    [
      "a boundary",
      { identity: [policy("policy data of role app", ALLOW)], boundary: policy("boundary tenant") },
      "no statement allows s3:GetObject on arn:aws:s3:::b/k: not in boundary tenant (it limits the caller)",
    ],
    [
      "two sides",
      {
        identity: [policy("id", ALLOW)],
        resource: [policy("res", { ...ALLOW, Principal: { AWS: "111122223333" } })],
      },
      "allowed by statement #0 of id and statement #0 of res",
      "444455556666",
    ],
    [
      "one side",
      { identity: [policy("id", ALLOW)], resource: [policy("res")] },
      "no statement allows s3:GetObject on arn:aws:s3:::b/k: not in res (it has to allow, because the caller is of another account)",
      "444455556666",
    ],
    [
      "what is not understood",
      { identity: [policy("id", { ...ALLOW, Condition: { StringIs: { "a:b": "c" } } })] },
      "not understood: id: Statement[0].Condition.StringIs: unknown condition operator",
    ],
  ];
  for (const [name, policies, detail, resourceAccount = REQUEST.resourceAccount] of cases)
    it(name, () => {
      assert.equal(decide({ ...REQUEST, resourceAccount }, policies).detail, detail);
    });

  it("names the statement", () => {
    const { by } = decide(REQUEST, { identity: [policy("id", { ...ALLOW, Sid: "All" })] });
    assert.deepEqual(by, { kind: "identity", policy: "id", statement: "All" });
  });
});

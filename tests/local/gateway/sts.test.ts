import assert from "node:assert/strict";
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { roleArn, startTestGateway, type TestGateway } from "./support.ts";

const BROKER_MAY = {
  Effect: "Allow",
  Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
  Resource: "*",
} as const;

/** As the design's data roles: this tenant's tag and no other, from a caller without one. */
const trustOfData = (tenant: string) =>
  [
    {
      Effect: "Allow",
      Principal: { AWS: roleArn("broker") },
      Action: ["sts:AssumeRole", "sts:TagSession"],
      Condition: {
        StringEquals: { "aws:RequestTag/tenant_id": tenant },
        "ForAllValues:StringEquals": { "aws:TagKeys": ["tenant_id"] },
        Null: {
          "aws:TagKeys": "false",
          "sts:TransitiveTagKeys": "true",
          "aws:PrincipalTag/tenant_id": "true",
        },
      },
    },
  ] as const;

describe("STS", () => {
  let test: TestGateway;
  before(async () => {
    test = await startTestGateway((deployment) => {
      deployment.role("broker", { policy: [BROKER_MAY] });
      deployment.role("stranger", { policy: [BROKER_MAY] });
      deployment.role("powerless");
      deployment.role("data.acme", { trust: trustOfData("acme") });
      deployment.role("data.beta", { trust: trustOfData("beta") });
      deployment.role("open", { policy: [BROKER_MAY], tags: { Team: "blue", tenant_id: "none" } });
    });
  });
  after(() => test.stop());

  type Who = Parameters<TestGateway["as"]>;
  const assume = (who: Who, input: Partial<AssumeRoleCommandInput>) =>
    new STSClient(test.as(...who)).send(
      new AssumeRoleCommand({ RoleArn: roleArn("data.acme"), RoleSessionName: "someone", ...input }),
    );
  const ACME = [{ Key: "tenant_id", Value: "acme" }];

  it("says who the caller is", async () => {
    const answer = await new STSClient(test.as("broker")).send(new GetCallerIdentityCommand({}));
    assert.equal(answer.Arn, "arn:aws:sts::111122223333:assumed-role/broker/test");
    assert.equal(answer.Account, "111122223333");
  });

  it("gives the broker a tenant's session, whose credentials work", async () => {
    const answer = await assume(["broker"], { Tags: ACME, DurationSeconds: 900 });
    assert.equal(answer.AssumedRoleUser?.Arn, "arn:aws:sts::111122223333:assumed-role/data.acme/someone");
    const left = (answer.Credentials!.Expiration!.getTime() - Date.now()) / 1000;
    assert.ok(left > 890 && left <= 900, String(left));
    const credentials = {
      accessKeyId: answer.Credentials!.AccessKeyId!,
      secretAccessKey: answer.Credentials!.SecretAccessKey!,
      sessionToken: answer.Credentials!.SessionToken!,
    };
    const me = await new STSClient({ ...test.as("broker"), credentials }).send(
      new GetCallerIdentityCommand({}),
    );
    assert.equal(me.Arn, answer.AssumedRoleUser.Arn);
  });

  const refusals: readonly {
    readonly name: string;
    readonly who?: Who;
    readonly input: Partial<AssumeRoleCommandInput>;
    readonly error: string;
  }[] = [
    { name: "a session without a tag", input: {}, error: "AccessDenied" },
    {
      name: "another tenant's tag",
      input: { Tags: [{ Key: "tenant_id", Value: "beta" }] },
      error: "AccessDenied",
    },
    {
      name: "another tenant's role",
      input: { RoleArn: roleArn("data.beta"), Tags: ACME },
      error: "AccessDenied",
    },
    {
      name: "a second tag",
      input: { Tags: [...ACME, { Key: "admin", Value: "yes" }] },
      error: "AccessDenied",
    },
    {
      name: "a transitive tag",
      input: { Tags: ACME, TransitiveTagKeys: ["tenant_id"] },
      error: "AccessDenied",
    },
    {
      name: "a source identity that trust does not let set",
      input: { Tags: ACME, SourceIdentity: "john" },
      error: "AccessDenied",
    },
    {
      name: "a caller whom the role does not trust",
      who: ["stranger"],
      input: { Tags: ACME },
      error: "AccessDenied",
    },
    {
      name: "a tenant's session that hops",
      who: ["broker", { Tenant_ID: "acme" }],
      input: { Tags: ACME },
      error: "AccessDenied",
    },
    {
      name: "a role that is not there",
      input: { RoleArn: roleArn("data.nobody"), Tags: ACME },
      error: "AccessDenied",
    },
    {
      name: "a caller without permission",
      who: ["powerless"],
      input: { RoleArn: roleArn("open") },
      error: "AccessDenied",
    },
    {
      name: "a key in two cases",
      input: { Tags: [...ACME, { Key: "Tenant_ID", Value: "beta" }] },
      error: "InvalidParameterValue",
    },
    {
      name: "a wildcard in a value",
      input: { Tags: [{ Key: "tenant_id", Value: "*" }] },
      error: "ValidationError",
    },
    { name: "a key of AWS's own", input: { Tags: [{ Key: "aws:x", Value: "y" }] }, error: "ValidationError" },
    {
      name: "51 tags",
      input: { Tags: Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: "v" })) },
      error: "ValidationError",
    },
    {
      name: "a transitive key that is no tag",
      input: { Tags: ACME, TransitiveTagKeys: ["other"] },
      error: "InvalidParameterValue",
    },
    { name: "more than an hour", input: { Tags: ACME, DurationSeconds: 3601 }, error: "ValidationError" },
    { name: "less than a quarter", input: { Tags: ACME, DurationSeconds: 899 }, error: "ValidationError" },
    {
      name: "a session name with a slash",
      input: { Tags: ACME, RoleSessionName: "a/b" },
      error: "ValidationError",
    },
    {
      name: "a field that it does not know",
      input: { Tags: ACME, ExternalId: "x2345" },
      error: "ValidationError",
    },
    {
      name: "a session policy that is no JSON",
      input: { Tags: ACME, Policy: "{" },
      error: "MalformedPolicyDocumentException",
    },
  ];
  for (const { name, who, input, error } of refusals) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(assume(who ?? ["broker"], input), { name: error });
    });
  }

  it("lets a session tag override the role's, in any case of its key", () => {
    const session = test.gateway.issueSession(roleArn("open"), "x", { tags: { Tenant_ID: "acme" } });
    assert.deepEqual(session.principal.tags, { Team: "blue", Tenant_ID: "acme" });
  });

  it("hands transitive tags on, and refuses to set them again", async () => {
    const first = await assume(["broker"], {
      RoleArn: roleArn("open"),
      Tags: ACME,
      TransitiveTagKeys: ["tenant_id"],
    });
    const credentials = {
      accessKeyId: first.Credentials!.AccessKeyId!,
      secretAccessKey: first.Credentials!.SecretAccessKey!,
      sessionToken: first.Credentials!.SessionToken!,
    };
    const chained = new STSClient({ ...test.as("open"), credentials });
    const hop = (input: Partial<AssumeRoleCommandInput>) =>
      chained.send(new AssumeRoleCommand({ RoleArn: roleArn("open"), RoleSessionName: "hop", ...input }));
    await assert.rejects(hop({ Tags: [{ Key: "TENANT_ID", Value: "beta" }] }), {
      name: "InvalidParameterValue",
    });
    await hop({});
    await assert.rejects(
      chained.send(
        new AssumeRoleCommand({ RoleArn: roleArn("data.beta"), RoleSessionName: "hop", Tags: [] }),
      ),
      { name: "AccessDenied" },
    );
  });
});

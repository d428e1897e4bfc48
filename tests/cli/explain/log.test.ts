import assert from "node:assert/strict";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { answerFrom } from "../../../cli/explain/index.ts";
import type { LoggedDecision } from "../../../local/gateway/contract.ts";
import type { Statement } from "../../../policies/isolation/types.ts";
import { deployDomain, domainArn, INDEX_DEFINITION, openSearch } from "../../local/gateway/domain-account.ts";
import { deployTenant } from "../../local/gateway/knowledge-account.ts";
import * as knowledge from "../../local/gateway/knowledge-account.ts";
import { queueArn, roleArn, startTestGateway, type TestGateway } from "../../local/gateway/support.ts";

const DOMAIN = "bulkhead-test";
const KEY = "11111111-1111-4111-8111-111111111111";
const ofTenant = (tenant: string): Pick<Statement, "Condition"> => ({
  Condition: { StringEquals: { "aws:PrincipalTag/tenant_id": tenant } },
});
const POLICY: readonly Statement[] = [
  { Sid: "Objects", Effect: "Allow", Action: "s3:*Object", Resource: "*", ...ofTenant("acme") },
  {
    Sid: "List",
    Effect: "Allow",
    Action: "s3:ListBucket",
    Resource: "*",
    Condition: { StringLike: { "s3:prefix": "acme/*" } },
  },
  {
    Sid: "OwnItems",
    Effect: "Allow",
    Action: "dynamodb:GetItem",
    Resource: "*",
    Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["${aws:PrincipalTag/tenant_id}"] } },
  },
  { Sid: "Rest", Effect: "Allow", Action: ["kms:*", "sts:*", "es:*", "aoss:*"], Resource: "*" },
];
const TRUST: readonly Statement[] = [
  { Sid: "Assume", Effect: "Allow", Principal: { AWS: roleArn("caller") }, Action: "sts:AssumeRole" },
  {
    Sid: "Tag",
    Effect: "Allow",
    Principal: { AWS: roleArn("caller") },
    Action: "sts:TagSession",
    Condition: { StringEquals: { "aws:RequestTag/tenant_id": "acme" } },
  },
];

describe("bulkhead explain and the decision log", function () {
  this.timeout(240_000);

  let test: TestGateway;
  let logged: readonly LoggedDecision[];
  before(async () => {
    test = await startTestGateway((deployment) => {
      deployment.role("caller", { policy: POLICY });
      deployment.role("search-admin", { policy: POLICY });
      deployment.role("target", { trust: TRUST });
      deployment.bucket("bulkhead-test", {
        Sid: "NoSecrets",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::bulkhead-test/secret/*",
      });
      deployment.key(KEY, "alias/test", {
        Sid: "Delegate",
        Effect: "Allow",
        Principal: { AWS: "111122223333" },
        Action: "kms:*",
        Resource: "*",
        Condition: {
          StringLike: { "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::bulkhead-test/acme/*" },
        },
      });
      deployment.put(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "bulkhead-test",
        {
          bucket: "bulkhead-test",
          rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: KEY } }],
        },
      );
      deployment.queue(
        "jobs",
        {},
        {
          Sid: "Send",
          Effect: "Allow",
          Principal: { AWS: roleArn("caller") },
          Action: "sqs:SendMessage",
          Resource: queueArn("jobs"),
        },
      );
      deployDomain(deployment, DOMAIN);
      deployTenant(deployment, "acme");
    });
    await test.createTable("items", "tenant");
    await makeCalls();
    logged = test.gateway.decisions();
  });
  after(() => test.stop());

  /** Each of them may be refused: what counts is what is logged. */
  async function makeCalls(): Promise<void> {
    const quietly = async (call: Promise<unknown>): Promise<void> => {
      await call.catch(() => undefined);
    };
    for (const tenant of ["acme", "globex"]) {
      const as = test.as("caller", { tenant_id: tenant });
      const s3 = new S3Client({ ...as, forcePathStyle: true });
      for (const key of ["acme/a.txt", "globex/a.txt", "secret/a.txt"]) {
        const object = { Bucket: "bulkhead-test", Key: key };
        await quietly(s3.send(new PutObjectCommand({ ...object, Body: "a" })));
        await quietly(s3.send(new GetObjectCommand(object)));
      }
      for (const Prefix of ["acme/", "globex/"])
        await quietly(s3.send(new ListObjectsV2Command({ Bucket: "bulkhead-test", Prefix })));
      await quietly(
        new DynamoDBClient(as).send(
          new GetItemCommand({ TableName: "items", Key: { tenant: { S: "acme" } } }),
        ),
      );
      await quietly(
        new STSClient(as).send(
          new AssumeRoleCommand({
            RoleArn: roleArn("target"),
            RoleSessionName: "test",
            Tags: [{ Key: "tenant_id", Value: tenant }],
          }),
        ),
      );
      await quietly(
        new SQSClient(as).send(
          new SendMessageCommand({
            QueueUrl: "https://sqs.us-east-1.amazonaws.com/111122223333/jobs",
            MessageBody: "a",
          }),
        ),
      );
      await quietly(openSearch(test, DOMAIN, "caller", { tenant_id: tenant }).search({ index: "kb.acme.1" }));
      await quietly(
        knowledge.openSearch(test, "acme", "caller", { tenant_id: tenant }).search({ index: "kb" }),
      );
    }
    const admin = openSearch(test, DOMAIN, "search-admin");
    await admin.indices.create({ index: "kb.acme.1", body: INDEX_DEFINITION as object });
    await quietly(admin.search({ index: "kb.acme.1" }));
  }

  it("say the same of every call: verdict, statement and sentence", async () => {
    const services = new Set<string>();
    for (const { principal, action, resource, tags = {}, context = {}, ...line } of logged) {
      if (resource.includes("/_plugins/")) continue;
      const { steps } = await answerFrom(test.account.folder, { principal, action, resource, tags, context });
      const step = steps.find((each) => each.action === action && each.resource === resource);
      const { allowed, reason, by, detail } = line;
      const what = `${principal} ${action} ${resource}`;
      assert.ok(step, what);
      const { decision } = step;
      assert.deepEqual(
        { allowed: decision.allowed, reason: decision.reason, by: decision.by, detail: decision.detail },
        { allowed, reason, by, detail },
        what,
      );
      services.add(`${action.split(":")[0] ?? ""} ${allowed ? "allowed" : "refused"}`);
    }
    const both = ["s3", "kms", "sts", "dynamodb", "indices"].flatMap((each) => [
      `${each} allowed`,
      `${each} refused`,
    ]);
    for (const each of [...both, "sqs allowed", "es allowed", "aoss allowed", "aoss refused"])
      assert.ok(services.has(each), `${each}: ${[...services].sort().join(", ")}`);
  });

  it("the key of an object is a decision of its own in both", async () => {
    const read = logged.find(({ action, allowed }) => action === "kms:Decrypt" && allowed);
    assert.ok(read);
    const { steps } = await answerFrom(test.account.folder, {
      principal: roleArn("caller"),
      action: "s3:GetObject",
      resource: "arn:aws:s3:::bulkhead-test/acme/a.txt",
      tags: { tenant_id: "acme" },
      context: {},
    });
    assert.deepEqual(
      steps.map(({ action }) => action),
      ["s3:GetObject", "kms:Decrypt"],
    );
    assert.equal(steps[1]?.decision.detail, read.detail);
  });

  it("on a domain's path, OpenSearch's roles decide after IAM", async () => {
    const { steps, allowed } = await answerFrom(test.account.folder, {
      principal: roleArn("caller"),
      action: "es:ESHttpPost",
      resource: `${domainArn(DOMAIN)}/kb.acme.1/_search`,
      tags: {},
      context: {},
    });
    assert.equal(allowed, false);
    assert.deepEqual(
      steps.map(({ action, decision }) => [action, decision.reason]),
      [
        ["es:ESHttpPost", "allowed"],
        ["indices:data/read/search", "implicit-deny"],
      ],
    );
  });
});

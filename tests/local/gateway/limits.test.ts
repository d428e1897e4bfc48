/** Every limit that is listed: one more is refused as listed, and as much as is allowed is not. */
import assert from "node:assert/strict";
import { BedrockAgentRuntimeClient, RetrieveCommand } from "@aws-sdk/client-bedrock-agent-runtime";
import { BedrockRuntimeClient, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ExecuteStatementCommand } from "@aws-sdk/client-rds-data";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { PATHS, type AwsError } from "../../../local/gateway/contract.ts";
import { LIMITS } from "../../../local/gateway/limits.ts";
import { IngestionJobs } from "../../../local/gateway/services/bedrock-jobs.ts";
import { KNOWLEDGE_BASE } from "../../../local/gateway/services/bedrock-records.ts";
import { CLUSTER_ARN, dataClient, deployCluster, MASTER_SECRET, putMasterSecret } from "./claims-cluster.ts";
import { MODEL, deployTenant, names, openSearch } from "./knowledge-account.ts";
import { deployDomain } from "./domain-account.ts";
import { deployFunction } from "./functions/support.ts";
import { openSearchAt } from "./open-search.ts";
import { startTestGateway, type TestGateway } from "./support.ts";

const MIB = 1024 * 1024;
const OPERATOR = "bulkhead-deployer";
const ROLE = "arn:aws:iam::111122223333:role/data";
const many = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const x = (length: number): string => "x".repeat(length);

type Attack = (test: TestGateway, size: number) => PromiseLike<unknown>;

interface Case {
  /** As much as is allowed; one more is refused. */
  readonly most: number;
  readonly send: Attack;
}

const assume = (test: TestGateway, input: object) =>
  new STSClient(test.as(OPERATOR)).send(
    new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: "test", ...input }),
  );
const invoke = (test: TestGateway, body: string) =>
  new BedrockRuntimeClient(test.as(OPERATOR)).send(new InvokeModelCommand({ modelId: MODEL, body }));
const event =
  (InvocationType: "Event" | "RequestResponse"): Attack =>
  (test, size) =>
    new LambdaClient(test.as(OPERATOR)).send(
      new InvokeCommand({ FunctionName: "deaf", InvocationType, Payload: JSON.stringify(x(size - 2)) }),
    );
const retrieve = (test: TestGateway, text: string, numberOfResults: number) =>
  new BedrockAgentRuntimeClient(test.as(names("acme").dataRole, { tenant_id: "acme" })).send(
    new RetrieveCommand({
      knowledgeBaseId: names("acme").knowledgeBaseId,
      retrievalQuery: { text },
      retrievalConfiguration: { vectorSearchConfiguration: { numberOfResults } },
    }),
  );
const padded = (size: number): string => {
  const frame = JSON.stringify({ query: { match: { text: "" } } });
  return JSON.stringify({ query: { match: { text: x(size - frame.length) } } });
};
const statement = (test: TestGateway, sql: string, value: string | number) =>
  dataClient(test, OPERATOR).send(new ExecuteStatementCommand(executeInput(sql, value)));
const executeInput = (sql: string, value: string | number) => ({
  resourceArn: CLUSTER_ARN,
  secretArn: MASTER_SECRET,
  sql,
  parameters: [
    { name: "p", value: typeof value === "string" ? { stringValue: value } : { longValue: value } },
  ],
});
const admin = (test: TestGateway) => openSearch(test, "acme", "admin");
const master = (test: TestGateway) => openSearchAt(test, "es", PATHS.domain("pool"), "search-admin");

const CASES: Readonly<Record<Exclude<keyof typeof LIMITS, `${string}at a time`>, Case>> = {
  "S3 key": {
    most: 1024,
    send: (test, size) =>
      new S3Client({ ...test.as(OPERATOR), forcePathStyle: true }).send(
        new PutObjectCommand({ Bucket: "docs", Key: x(size), Body: "x" }),
      ),
  },
  "S3 object's user metadata": {
    // The whole names of its headers count: `x-amz-meta-a`.
    most: 2048,
    send: (test, size) =>
      new S3Client({ ...test.as(OPERATOR), forcePathStyle: true }).send(
        new PutObjectCommand({ Bucket: "docs", Key: "k", Body: "x", Metadata: { a: x(size - 12) } }),
      ),
  },
  "DynamoDB item": {
    // The names of its attributes count: `id` with one letter, `pad`.
    most: 400 * 1024,
    send: (test, size) =>
      new DynamoDBClient(test.as(OPERATOR)).send(
        new PutItemCommand({ TableName: "things", Item: { id: { S: "1" }, pad: { S: x(size - 6) } } }),
      ),
  },
  "Lambda event, synchronous": { most: 6 * MIB, send: event("RequestResponse") },
  "Lambda event, asynchronous": { most: MIB, send: event("Event") },
  "SQS message": {
    most: 4096,
    send: (test, size) =>
      new SQSClient(test.as(OPERATOR)).send(
        new SendMessageCommand({
          QueueUrl: "https://sqs.us-east-1.amazonaws.com/111122223333/jobs",
          MessageBody: x(size),
        }),
      ),
  },
  "STS session name": { most: 64, send: (test, size) => assume(test, { RoleSessionName: x(size) }) },
  "STS session tags": {
    most: 50,
    send: (test, size) => assume(test, { Tags: many(size, (i) => ({ Key: `k${i}`, Value: "v" })) }),
  },
  "STS session tag's key": {
    most: 128,
    send: (test, size) => assume(test, { Tags: [{ Key: x(size), Value: "v" }] }),
  },
  "STS session tag's value": {
    most: 256,
    send: (test, size) => assume(test, { Tags: [{ Key: "k", Value: x(size) }] }),
  },
  "STS session policy": {
    most: 2048,
    send: (test, size) => {
      const frame = '{"Version":"2012-10-17","Id":"","Statement":[]}';
      return assume(test, { Policy: frame.replace('""', `"${x(size - frame.length)}"`) });
    },
  },
  "Bedrock InvokeModel's body": {
    most: 25_000_000,
    send: (test, size) => invoke(test, `${JSON.stringify({ inputText: "x" })}${" ".repeat(size - 17)}`),
  },
  "Bedrock text to embed": {
    most: 50_000,
    send: (test, size) => invoke(test, JSON.stringify({ inputText: "x ".repeat(size).slice(0, size) })),
  },
  "Bedrock Retrieve's query": { most: 1000, send: (test, size) => retrieve(test, x(size), 3) },
  "Bedrock Retrieve's results": { most: 100, send: (test, size) => retrieve(test, "x", size) },
  "OpenSearch request to a domain": {
    most: 10 * MIB,
    send: (test, size) =>
      master(test)
        .transport.request({ method: "POST", path: "/absent/_search", body: padded(size) })
        .then(undefined, passing404),
  },
  "OpenSearch request to a collection": {
    most: 10 * MIB,
    send: (test, size) =>
      admin(test)
        .transport.request({ method: "POST", path: "/absent/_search", body: padded(size) })
        .then(undefined, passing404),
  },
  "OpenSearch results of a search": {
    most: 10_000,
    send: (test, size) => admin(test).search({ index: "absent", body: { size } }).then(undefined, passing404),
  },
  "RDS Data API request": {
    most: 4 * MIB,
    send: (test, size) => {
      const sql = "SELECT length(:p)";
      return statement(test, sql, x(size - JSON.stringify(executeInput(sql, "")).length));
    },
  },
  "RDS Data API row": {
    most: 64 * 1024,
    send: (test, size) => statement(test, "SELECT repeat('x', CAST(:p AS int))", size),
  },
  "RDS Data API result": {
    most: MIB,
    send: (test, size) =>
      statement(
        test,
        `SELECT repeat('x', least(1024, CAST(:p AS int) - 1024 * (i - 1))) FROM generate_series(1, 1025) i
         WHERE CAST(:p AS int) > 1024 * (i - 1)`,
        size,
      ),
  },
  "API Gateway payload": {
    most: 10 * MIB,
    send: async (test, size) => {
      const { status } = await fetch(`${test.gateway.origin}${PATHS.stage("api", "v")}/x`, {
        method: "POST",
        body: x(size),
      });
      if (status === 413) throw Object.assign(new Error("too large"), { statusCode: 413 });
    },
  },
};

/** There is no such index: the request was taken. */
function passing404(error: unknown): void {
  if ((error as { statusCode?: number }).statusCode !== 404) throw error;
}

/** An error's name, its type in OpenSearch, or its HTTP status. */
function told(error: unknown, expected: string): string {
  const { name, Code, statusCode, meta } = error as {
    name: string;
    /** As on the wire, in XML. */
    Code?: string;
    statusCode?: number;
    meta?: { body?: { error?: { type?: string } } };
  };
  if (expected.startsWith("HTTP ")) return `HTTP ${statusCode ?? ""}`;
  return meta?.body?.error?.type ?? Code ?? name;
}

describe("limits", function () {
  this.timeout(240_000);
  let test: TestGateway;
  before(async () => {
    test = await startTestGateway((deployment) => {
      deployment.bucket("docs");
      deployment.role("data");
      deployment.queue("jobs", { maxMessageSize: 4096 });
      deployTenant(deployment, "acme");
      deployment.role("admin", { policy: [{ Effect: "Allow", Action: "aoss:*", Resource: "*" }] });
      deployment.role("search-admin", { policy: [{ Effect: "Allow", Action: "es:*", Resource: "*" }] });
      deployDomain(deployment, "pool");
      deployment.put("aws:apigateway/restApi:RestApi", "api", {
        body: JSON.stringify({ openapi: "3.0.1", info: { title: "t", version: "1" }, paths: {} }),
      });
      deployment.put("aws:apigateway/stage:Stage", "v", { restApi: "api", stageName: "v", deployment: "d" });
      deployFunction(deployment, "deaf", { code: "exports.handler = async () => 1;" });
      deployCluster(deployment);
    });
    putMasterSecret(test);
    await test.createTable("things", "id");
    await openSearch(test, "acme", "admin").indices.create({
      index: "kb",
      body: {
        settings: { index: { knn: true } },
        mappings: { properties: { vector: { type: "knn_vector", dimension: 256 } } },
      },
    } as never);
  });
  after(() => test.stop());

  for (const [what, { most, send }] of Object.entries(CASES)) {
    const [said, error] = LIMITS[what as keyof typeof LIMITS];
    it(`${what}: ${said}, beyond ${error}`, async () => {
      await send(test, most);
      await assert.rejects(Promise.resolve(send(test, most + 1)), (thrown) => {
        assert.equal(told(thrown, error), error);
        return true;
      });
    });
  }
});

describe("limits of ingestion", () => {
  it("one job of a knowledge base at a time, five of the account", async () => {
    const test = await startTestGateway((deployment) => {
      deployTenant(deployment, "acme");
    });
    try {
      const { account } = test.gateway;
      const { knowledgeBaseId, dataSourceId } = names("acme");
      const copy = (type: string, id: string, outputs: object) => {
        const record = account.resource(type, id)!;
        return (to: string, change: object) => {
          account.putResource({ ...record, id: to, outputs: { ...record.outputs, ...outputs, ...change } });
        };
      };
      const base = copy("aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase", knowledgeBaseId, {});
      const source = copy(
        "aws:bedrock/agentDataSource:AgentDataSource",
        `${dataSourceId},${knowledgeBaseId}`,
        {},
      );
      const bases = many(6, (i) => `KNOWLEDGE${i}`);
      for (const id of bases) {
        base(id, {});
        source(`${dataSourceId},${id}`, { knowledgeBaseId: id });
      }
      // In one turn: a job is over in no time here.
      const jobs = new IngestionJobs(test.gateway);
      const start = (id: string): string => {
        try {
          const found = account.resource(
            "aws:bedrock/agentDataSource:AgentDataSource",
            `${dataSourceId},${id}`,
          )!;
          return jobs.start(account.resource(KNOWLEDGE_BASE, id)!, found, {}).status;
        } catch (error) {
          return (error as AwsError).code;
        }
      };
      const answers = [bases[0]!, ...bases].map(start);
      const four = many(4, () => "STARTING");
      assert.deepEqual(answers, ["STARTING", "ConflictException", ...four, "ServiceQuotaExceededException"]);
      assert.deepEqual(
        ["a knowledge base", "an account"].map(
          (of) => LIMITS[`Bedrock ingestion jobs of ${of} at a time` as keyof typeof LIMITS],
        ),
        [
          ["1", "ConflictException"],
          ["5", "ServiceQuotaExceededException"],
        ],
      );
      await jobs.close();
    } finally {
      await test.stop();
    }
  });
});

import assert from "node:assert/strict";
import { BedrockRuntimeClient, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { THROTTLES } from "../../../local/gateway/throttle.ts";
import { startTestGateway, type TestGateway } from "./support.ts";

type Options = ReturnType<TestGateway["as"]>;

/** One call of each service, that succeeds where nothing throttles it. */
const CALLS: Readonly<Record<string, (options: Options) => Promise<unknown>>> = {
  sts: (o) =>
    new STSClient(o).send(
      new AssumeRoleCommand({ RoleArn: "arn:aws:iam::111122223333:role/data", RoleSessionName: "test" }),
    ),
  s3: (o) => new S3Client(o).send(new PutObjectCommand({ Bucket: "docs", Key: "a", Body: "x" })),
  dynamodb: (o) =>
    new DynamoDBClient(o).send(new GetItemCommand({ TableName: "things", Key: { id: { S: "1" } } })),
  lambda: (o) => new LambdaClient(o).send(new InvokeCommand({ FunctionName: "absent" })),
  sqs: (o) => new SQSClient(o).send(new GetQueueUrlCommand({ QueueName: "absent" })),
  bedrock: (o) =>
    new BedrockRuntimeClient(o).send(
      new InvokeModelCommand({
        modelId: "amazon.titan-embed-text-v2:0",
        body: JSON.stringify({ inputText: "x", dimensions: 256, normalize: true }),
      }),
    ),
};
/** Served, and then refused for what they ask: they have passed the throttle. */
const REFUSED_ANYWAY =
  /ResourceNotFoundException|QueueDoesNotExist|NotImplemented|UnknownOperation|AWS.SimpleQueueService/;

describe("throttling", () => {
  let test: TestGateway;
  let share: number[] = [];
  let count = 0;
  before(async () => {
    // Every other call: what is asked again passes.
    test = await startTestGateway(undefined, {
      throttle: { share: 0.5, random: () => share[count++ % share.length] ?? 1 },
    });
    share = [1];
    const { deployment } = test;
    deployment.role("data", {
      trust: [
        { Effect: "Allow", Principal: { AWS: "arn:aws:iam::111122223333:root" }, Action: "sts:AssumeRole" },
      ],
    });
    deployment.bucket("docs");
    await test.createTable("things", "id");
  });
  after(() => test.stop());

  for (const [service, call] of Object.entries(CALLS)) {
    it(`${service}: answers in the service's own words`, async () => {
      [share, count] = [[0], 0];
      const [code, status] = THROTTLES[service] ?? [];
      await assert.rejects(call(test.as("bulkhead-deployer")), (error: Error & { $metadata?: object }) => {
        assert.equal(error.name, code);
        assert.equal((error.$metadata as { httpStatusCode: number }).httpStatusCode, status);
        return true;
      });
    });

    it(`${service}: the SDK's own retries get through`, async () => {
      [share, count] = [[0, 0, 1], 0];
      await call({ ...test.as("bulkhead-deployer"), maxAttempts: 4 }).catch((error: unknown) => {
        assert.match((error as Error).name, REFUSED_ANYWAY);
      });
      assert.equal(count, 3);
    });
  }
});

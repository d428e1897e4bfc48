import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { Statement } from "../../../policies/isolation/types.ts";
import { queueArn, roleArn, startTestGateway, type TestGateway } from "./support.ts";

const ALL: Statement = { Effect: "Allow", Action: "sqs:*", Resource: queueArn("*") };

describe("SQS", () => {
  let test: TestGateway;
  const url: Record<string, string> = {};
  before(async () => {
    test = await startTestGateway((deployment) => {
      url["work"] = deployment.queue("work");
      url["other"] = deployment.queue("other", { maxMessageSize: 1024, delaySeconds: 60 });
      url["quick"] = deployment.queue("quick", { visibilityTimeoutSeconds: 0 });
      url["open"] = deployment.queue(
        "open",
        {},
        {
          Effect: "Allow",
          Principal: { AWS: roleArn("nobody") },
          Action: "sqs:SendMessage",
          Resource: queueArn("open"),
        },
      );
      url["closed"] = deployment.queue(
        "closed",
        {},
        { Effect: "Deny", Principal: "*", Action: "sqs:SendMessage", Resource: queueArn("closed") },
      );
      deployment.key("11111111-2222-3333-4444-555555555555", "alias/queues", {
        Effect: "Allow",
        Principal: { AWS: roleArn("keyholder") },
        Action: "kms:*",
        Resource: "*",
      });
      url["sealed"] = deployment.queue("sealed", { kmsMasterKeyId: "alias/queues" });
      deployment.role("all", { policy: [ALL] });
      deployment.role("keyholder", { policy: [ALL] });
      deployment.role("nobody");
    });
  });
  after(() => test.stop());

  const as = (role: string) => new SQSClient(test.as(role));
  const send = (role: string, queue: string, MessageBody: string) =>
    as(role).send(new SendMessageCommand({ QueueUrl: url[queue], MessageBody }));
  const receive = async (queue: string, wait = 0) => {
    const input = {
      QueueUrl: url[queue],
      WaitTimeSeconds: wait,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ["All"],
    };
    const { Messages = [] } = await as("all").send(
      new ReceiveMessageCommand({ ...input, MessageSystemAttributeNames: ["ApproximateReceiveCount"] }),
    );
    return Messages;
  };

  it("sends, hides while someone works, and deletes", async () => {
    const MessageAttributes = {
      kind: { DataType: "String", StringValue: "test" },
      raw: { DataType: "Binary", BinaryValue: Buffer.from([1, 2]) },
    };
    const input = { QueueUrl: url["work"], MessageBody: "zäh <&>", MessageAttributes };
    const sent = await as("all").send(new SendMessageCommand(input));
    const [message, ...others] = await receive("work");
    assert.equal(others.length, 0);
    assert.equal(message?.MessageId, sent.MessageId);
    assert.equal(message?.Body, "zäh <&>");
    assert.equal(message.MessageAttributes?.["kind"]?.StringValue, "test");
    assert.equal(message.MD5OfMessageAttributes, sent.MD5OfMessageAttributes);
    assert.deepEqual(await receive("work"), []);
    const count = new GetQueueAttributesCommand({ QueueUrl: url["work"], AttributeNames: ["All"] });
    const { Attributes: during } = await as("all").send(count);
    assert.equal(during?.["ApproximateNumberOfMessages"], "0");
    assert.equal(during["ApproximateNumberOfMessagesNotVisible"], "1");
    assert.equal(during["QueueArn"], queueArn("work"));
    await as("all").send(
      new DeleteMessageCommand({ QueueUrl: url["work"], ReceiptHandle: message.ReceiptHandle }),
    );
    const { Attributes: after } = await as("all").send(count);
    assert.equal(after?.["ApproximateNumberOfMessagesNotVisible"], "0");
  });

  it("delivers again what was not deleted; only the newest receipt deletes", async () => {
    await send("all", "quick", "again");
    const [first] = await receive("quick");
    const [second] = await receive("quick");
    assert.equal(second?.Attributes?.ApproximateReceiveCount, "2");
    const remove = (ReceiptHandle: string | undefined) =>
      as("all").send(new DeleteMessageCommand({ QueueUrl: url["quick"], ReceiptHandle }));
    await remove(first?.ReceiptHandle);
    const [third] = await receive("quick");
    assert.equal(third?.Body, "again");
    await remove(third.ReceiptHandle);
    assert.deepEqual(await receive("quick"), []);
    const { ReceiptHandle } = third;
    const elsewhere = { QueueUrl: url["work"], ReceiptHandle };
    await assert.rejects(as("all").send(new DeleteMessageCommand(elsewhere)), {
      name: "ReceiptHandleIsInvalid",
    });
  });

  it("waits for a message as long as it is asked to", async () => {
    const waiting = receive("work", 2);
    await sleep(60);
    await send("all", "work", "late");
    assert.equal((await waiting)[0]?.Body, "late");
  });

  it("holds delayed messages back, and refuses those that are too long", async () => {
    await send("all", "other", "later");
    assert.deepEqual(await receive("other"), []);
    await assert.rejects(send("all", "other", "x".repeat(1025)), /shorter than 1024 bytes/);
  });

  it("tells a queue's URL", async () => {
    const { QueueUrl } = await as("all").send(new GetQueueUrlCommand({ QueueName: "work" }));
    assert.equal(QueueUrl, url["work"]);
    await assert.rejects(as("all").send(new GetQueueUrlCommand({ QueueName: "absent" })), {
      name: "QueueDoesNotExist",
    });
  });

  const REFUSED: readonly (readonly [what: string, role: string, queue: string])[] = [
    ["whom no policy allows", "nobody", "work"],
    ["whom the queue's policy denies", "all", "closed"],
    ["who may not use the queue's key", "all", "sealed"],
  ];
  for (const [what, role, queue] of REFUSED)
    it(`refuses ${what}`, () =>
      assert.rejects(send(role, queue, "m"), (error: Error) => error.name.startsWith("AccessDenied")));

  it("lets in whom the queue's policy names, for what it says", async () => {
    await send("nobody", "open", "m");
    await assert.rejects(as("nobody").send(new ReceiveMessageCommand({ QueueUrl: url["open"] })), {
      name: "AccessDeniedException",
    });
    await send("keyholder", "sealed", "m");
  });

  it("refuses what it does not serve by name", async () => {
    const QueueUrl = url["work"];
    await assert.rejects(
      as("all").send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: "1", MessageBody: "m" }] })),
      /AmazonSQS\.SendMessageBatch/,
    );
    await assert.rejects(
      as("all").send(new SendMessageCommand({ QueueUrl, MessageBody: "m", MessageGroupId: "g" })),
      /MessageGroupId/,
    );
    const foreign = "https://sqs.us-east-1.amazonaws.com/999999999999/work";
    await assert.rejects(
      as("all").send(new SendMessageCommand({ QueueUrl: foreign, MessageBody: "m" })),
      /not valid for this endpoint/,
    );
  });
});

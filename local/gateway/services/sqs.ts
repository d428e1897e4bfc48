/** Amazon SQS, as far as it is used: standard queues, AWS JSON 1.0. Source: Amazon SQS API reference, 2012-11-05. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { judge } from "../../../runtime/contract/judge.ts";
import { LOCAL_ACCOUNT } from "../../account/identity.ts";
import { AwsError, type Call, type Gateway, type Reply, type Service } from "../contract.ts";
import { useKey } from "./kms.ts";
import { type Message, type MessageAttributes, Messages, md5, md5OfAttributes } from "./sqs-messages.ts";
import { openQueue, type Queue, queueArn, queueOfUrl, queueUrl } from "./sqs-queue.ts";
import { parseJson } from "../json.ts";

/** How often a long poll looks again, in milliseconds. */
const POLL_MS = 25;

const Attribute = z.strictObject({
  DataType: z.string().regex(/^(String|Number|Binary)(\..+)?$/),
  StringValue: z.string().optional(),
  BinaryValue: z.base64().optional(),
});
const seconds = (most: number) => z.number().int().min(0).max(most).optional();
const names = z.array(z.string()).default([]);
const QueueUrl = z.string();

const INPUTS = {
  SendMessage: z.strictObject({
    QueueUrl,
    MessageBody: z.string().min(1),
    DelaySeconds: seconds(900),
    MessageAttributes: z.record(z.string().regex(/^[\w.-]{1,256}$/), Attribute).default({}),
  }),
  ReceiveMessage: z.strictObject({
    QueueUrl,
    MaxNumberOfMessages: z.number().int().min(1).max(10).default(1),
    VisibilityTimeout: seconds(43_200),
    WaitTimeSeconds: seconds(20),
    AttributeNames: names,
    MessageSystemAttributeNames: names,
    MessageAttributeNames: names,
  }),
  DeleteMessage: z.strictObject({ QueueUrl, ReceiptHandle: z.string() }),
  GetQueueAttributes: z.strictObject({ QueueUrl, AttributeNames: names }),
  GetQueueUrl: z.strictObject({
    QueueName: z.string(),
    QueueOwnerAWSAccountId: z.literal(LOCAL_ACCOUNT).optional(),
  }),
} as const;

type Operation = keyof typeof INPUTS;
type Input<Name extends Operation> = z.infer<(typeof INPUTS)[Name]>;

export function createSqsService(gateway: Gateway): Service {
  const messages = new Messages(gateway.account);
  const closing = new AbortController();
  const operations: { [Name in Operation]: (call: Call, input: Input<Name>) => object | Promise<object> } = {
    SendMessage: (call, input) => send(gateway, messages, call, input),
    ReceiveMessage: (call, input) => receive(gateway, messages, call, input, closing.signal),
    DeleteMessage: (call, input) => {
      messages.delete(open(gateway, call, "DeleteMessage", input.QueueUrl), input.ReceiptHandle);
      return {};
    },
    GetQueueAttributes: (call, input) => attributes(gateway, messages, call, input),
    GetQueueUrl: (call, { QueueName }) => {
      // An address that no queue has is none that anyone may be told of.
      const QueueUrl = queueUrl(QueueName);
      open(gateway, call, "GetQueueUrl", QueueUrl);
      return { QueueUrl };
    },
  };
  return {
    serves: (call) => call.service === "sqs",
    handle: async (call): Promise<Reply> => {
      const operation = operationOf(call);
      const input = parse(operation, call);
      const run = operations[operation] as (call: Call, input: unknown) => object | Promise<object>;
      return {
        status: 200,
        headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": call.id },
        body: JSON.stringify(await run(call, input)),
      };
    },
    close: () => {
      closing.abort();
      return Promise.resolve();
    },
  };
}

function operationOf(call: Call): Operation {
  const target = call.headers["x-amz-target"] ?? "";
  const name = target.replace(/^AmazonSQS\./, "");
  if (call.method !== "POST" || name === target || !Object.hasOwn(INPUTS, name))
    throw new AwsError(
      "UnsupportedOperation",
      `The embedded account's SQS does not serve ${target || `${call.method} ${call.rawPath}`}.`,
      400,
    );
  return name as Operation;
}

function parse(operation: Operation, call: Call): unknown {
  let body: unknown;
  try {
    body = parseJson(call.body.toString("utf8"));
  } catch {
    throw invalid("The request's body is not JSON.");
  }
  const parsed = judge(INPUTS[operation], body);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".") || operation}: ${message}`);
  throw invalid(`The embedded account's SQS does not take this ${operation}: ${faults.join("; ")}.`);
}

const invalid = (message: string): AwsError => new AwsError("InvalidParameterValue", message, 400);

const open = (gateway: Gateway, call: Call, operation: Operation, url: string): Queue =>
  openQueue(gateway, call, operation, queueOfUrl(gateway, url));

/** An encrypted queue is its key's matter too: senders have data keys made, and both ends have them decrypted. */
function useQueueKey(
  gateway: Gateway,
  call: Call,
  queue: Queue,
  actions: Parameters<typeof useKey>[2]["action"][],
) {
  for (const action of queue.kmsMasterKeyId ? actions : [])
    useKey(gateway, call, {
      action,
      key: queue.kmsMasterKeyId ?? "",
      via: "sqs",
      encryptionContext: { "aws:sqs:arn": queueArn(queue.name) },
    });
}

function send(gateway: Gateway, messages: Messages, call: Call, input: Input<"SendMessage">): object {
  const queue = open(gateway, call, "SendMessage", input.QueueUrl);
  useQueueKey(gateway, call, queue, ["kms:GenerateDataKey", "kms:Decrypt"]);
  const { MessageBody: body, MessageAttributes: given } = input;
  for (const [name, { StringValue, BinaryValue }] of Object.entries(given))
    if ((StringValue === undefined) === (BinaryValue === undefined))
      throw invalid(`The message attribute '${name}' must have one value.`);
  const size = Object.entries(given).reduce(
    (sum, [name, { DataType, StringValue = "", BinaryValue = "" }]) =>
      sum + Buffer.byteLength(name + DataType + StringValue) + Buffer.byteLength(BinaryValue, "base64"),
    Buffer.byteLength(body),
  );
  if (size > queue.maxMessageSize)
    throw invalid(
      `One or more parameters are invalid. Reason: Message must be shorter than ${queue.maxMessageSize} bytes.`,
    );
  const message = messages.send(queue, body, given, input.DelaySeconds ?? queue.delaySeconds);
  return { MessageId: message.id, MD5OfMessageBody: md5(body), ...attributesSum(given) };
}

async function receive(
  gateway: Gateway,
  messages: Messages,
  call: Call,
  input: Input<"ReceiveMessage">,
  signal: AbortSignal,
): Promise<object> {
  const queue = open(gateway, call, "ReceiveMessage", input.QueueUrl);
  useQueueKey(gateway, call, queue, ["kms:Decrypt"]);
  const system = [...input.AttributeNames, ...input.MessageSystemAttributeNames];
  const unknown = system.find((name) => name !== "All" && !Object.hasOwn(SYSTEM_ATTRIBUTES, name));
  if (unknown !== undefined)
    throw invalid(`The embedded account's SQS does not know the attribute ${unknown}.`);
  const until = Date.now() + (input.WaitTimeSeconds ?? queue.receiveWaitTimeSeconds) * 1000;
  const take = () =>
    messages.receive(
      queue,
      input.MaxNumberOfMessages,
      input.VisibilityTimeout ?? queue.visibilityTimeoutSeconds,
    );
  let received = take();
  while (received.length === 0 && Date.now() < until && !signal.aborted) {
    await sleep(POLL_MS);
    received = take();
  }
  if (received.length === 0) return {};
  return {
    Messages: received.map(({ message, handle }) => {
      const own = chosen(message.attributes, input.MessageAttributeNames);
      return {
        MessageId: message.id,
        ReceiptHandle: handle,
        Body: message.body,
        MD5OfBody: md5(message.body),
        ...(Object.keys(own).length > 0 && { MessageAttributes: own, ...attributesSum(own) }),
        ...(system.length > 0 && { Attributes: systemAttributes(message, system) }),
      };
    }),
  };
}

const attributesSum = (given: MessageAttributes): object =>
  Object.keys(given).length > 0 ? { MD5OfMessageAttributes: md5OfAttributes(given) } : {};

/** By name, `All` or `.*`, or `prefix.*`. */
function chosen(given: MessageAttributes, patterns: readonly string[]): MessageAttributes {
  const matches = (name: string): boolean =>
    patterns.some(
      (pattern) =>
        ["All", ".*", name].includes(pattern) ||
        (pattern.endsWith(".*") && name.startsWith(pattern.slice(0, -1))),
    );
  return Object.fromEntries(Object.entries(given).filter(([name]) => matches(name)));
}

const SYSTEM_ATTRIBUTES: Readonly<Record<string, (message: Message) => number>> = {
  SentTimestamp: ({ sentAt }) => sentAt,
  ApproximateReceiveCount: ({ receives }) => receives,
  ApproximateFirstReceiveTimestamp: ({ firstReceivedAt = 0 }) => firstReceivedAt,
};

function systemAttributes(message: Message, asked: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(SYSTEM_ATTRIBUTES)
      .filter(([name]) => asked.includes("All") || asked.includes(name))
      .map(([name, value]) => [name, String(value(message))]),
  );
}

function attributes(
  gateway: Gateway,
  messages: Messages,
  call: Call,
  input: Input<"GetQueueAttributes">,
): object {
  const queue = open(gateway, call, "GetQueueAttributes", input.QueueUrl);
  const { visible, inFlight, delayed } = messages.count(queue);
  const all: Readonly<Record<string, string | number>> = {
    ApproximateNumberOfMessages: visible,
    ApproximateNumberOfMessagesNotVisible: inFlight,
    ApproximateNumberOfMessagesDelayed: delayed,
    QueueArn: queueArn(queue.name),
    DelaySeconds: queue.delaySeconds,
    MaximumMessageSize: queue.maxMessageSize,
    MessageRetentionPeriod: queue.messageRetentionSeconds,
    ReceiveMessageWaitTimeSeconds: queue.receiveWaitTimeSeconds,
    VisibilityTimeout: queue.visibilityTimeoutSeconds,
  };
  const unknown = input.AttributeNames.find((name) => name !== "All" && !Object.hasOwn(all, name));
  if (unknown !== undefined) throw new AwsError("InvalidAttributeName", `Unknown Attribute ${unknown}.`, 400);
  const asked = Object.entries(all).filter(
    ([name]) => input.AttributeNames.includes("All") || input.AttributeNames.includes(name),
  );
  return { Attributes: Object.fromEntries(asked.map(([name, value]) => [name, String(value)])) };
}

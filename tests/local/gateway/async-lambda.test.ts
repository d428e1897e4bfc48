import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { Lifecycle } from "../../../local/provider/lifecycle.ts";
import { Provider } from "../../../local/provider/provider.ts";
import { settings } from "../../../local/provider/settings.ts";
import type { Statement } from "../../../policies/isolation/types.ts";
import { deployFunction, eventually, functionArn, logOf } from "./functions/support.ts";
import { type Deployment, queueArn, startTestGateway, type TestGateway } from "./support.ts";

const CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig";
const FAILS =
  "exports.handler = async (e, c) => { console.log(JSON.stringify({ n: e.n, id: c.awsRequestId })); throw new RangeError('no'); };";

const sending: Statement = { Effect: "Allow", Action: "sqs:SendMessage", Resource: queueArn("dead") };

function deploy(deployment: Deployment): void {
  deployment.queue("dead");
  deployment.queue(
    "closed",
    {},
    { Effect: "Deny", Principal: "*", Action: "sqs:SendMessage", Resource: queueArn("closed") },
  );
  const configure = (functionName: string, queue: string, maximumRetryAttempts?: number) => {
    const destinationConfig = { onFailure: { destination: queueArn(queue) } };
    deployment.put(CONFIG, functionName, { functionName, destinationConfig, maximumRetryAttempts });
  };
  deployFunction(deployment, "twice", { code: FAILS, policy: [sending] });
  configure("twice", "dead");
  deployFunction(deployment, "once", { code: FAILS, policy: [sending] });
  configure("once", "dead", 0);
  deployFunction(deployment, "refused", { code: FAILS });
  configure("refused", "dead", 0);
  deployFunction(deployment, "shut", {
    code: FAILS,
    policy: [{ ...sending, Resource: queueArn("closed") }],
  });
  configure("shut", "closed", 0);
  deployFunction(deployment, "letters", { code: FAILS, policy: [sending] });
  deployment.put(CONFIG, "letters", { functionName: "letters", maximumRetryAttempts: 0 });
  const { outputs } = deployment.account.resource("aws:lambda/function:Function", "letters") ?? {};
  deployment.put("aws:lambda/function:Function", "letters", {
    ...outputs,
    deadLetterConfig: { targetArn: queueArn("dead") },
  });
  deployFunction(deployment, "paused", { code: FAILS, policy: [sending], reservedConcurrentExecutions: 0 });
  deployFunction(deployment, "slow", {
    code: `exports.handler = async () => {
      console.log("begun");
      if (!require("fs").existsSync(process.env.FLAG)) await new Promise((resolve) => setTimeout(resolve, 50_000));
      console.log("through");
    };`,
    variables: { FLAG: join(deployment.account.folder, "flag") },
    timeout: 60,
  });
  deployFunction(deployment, "counts", {
    code: "exports.handler = async (e) => { console.log('ran', e.n); };",
  });
  deployment.role("caller", {
    policy: [
      { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: functionArn("*") },
      { Effect: "Allow", Action: "sqs:*", Resource: queueArn("*") },
    ],
  });
}

describe("asynchronous invocations", () => {
  let test: TestGateway;
  beforeEach(async () => {
    test = await startTestGateway(deploy, { asynchronous: { retryDelaysMs: [30, 60] } });
  });
  afterEach(() => test.stop());

  const send = async (FunctionName: string, event: object = { n: 1 }) => {
    const input = {
      FunctionName,
      InvocationType: "Event",
      Payload: Buffer.from(JSON.stringify(event)),
    } as const;
    const { StatusCode } = await new LambdaClient(test.as("caller")).send(new InvokeCommand(input));
    assert.equal(StatusCode, 202);
  };
  const letters = async () => {
    const input = { QueueUrl: test.deployment.queue("dead"), MaxNumberOfMessages: 10 };
    const { Messages } = await new SQSClient(test.as("caller")).send(
      new ReceiveMessageCommand({ ...input, MessageAttributeNames: ["All"] }),
    );
    return Messages;
  };
  const messages = (name: string): unknown[] =>
    logOf(test.account.folder, name).map(({ message }) => message);
  const attempts = (name: string) => messages(name).filter((each) => typeof each === "object");

  it("are tried three times, then go to the on-failure destination with what happened", async () => {
    const started = Date.now();
    await send("twice", { n: 7, text: "only in the event" });
    const [letter, ...others] = await eventually(letters);
    assert.ok(letter?.Body !== undefined && others.length === 0);
    assert.ok(Date.now() - started >= 90);
    const { timestamp, requestContext, ...rest } = JSON.parse(letter.Body) as {
      timestamp: string;
      requestContext: { requestId: string };
    };
    assert.ok(Date.parse(timestamp) >= started);
    const { requestId, ...context } = requestContext;
    assert.deepEqual(context, {
      functionArn: `${functionArn("twice")}:$LATEST`,
      condition: "RetriesExhausted",
      approximateInvokeCount: 3,
    });
    assert.deepEqual(rest, {
      version: "1.0",
      requestPayload: { n: 7, text: "only in the event" },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      responsePayload: { errorType: "RangeError", errorMessage: "no" },
    });
    // All attempts are one request.
    assert.deepEqual(attempts("twice"), Array(3).fill({ n: 7, id: requestId }));
  });

  it("are tried as often as configured", async () => {
    await send("once");
    await eventually(letters);
    assert.equal(attempts("once").length, 1);
  });

  it("go to a dead-letter queue as they came, with the error beside", async () => {
    await send("letters", { n: 3 });
    const [letter] = await eventually(letters);
    assert.equal(letter?.Body, '{"n":3}');
    const { RequestID, ErrorCode, ErrorMessage } = letter.MessageAttributes ?? {};
    assert.match(RequestID?.StringValue ?? "", /^[0-9a-f-]{36}$/);
    assert.deepEqual([ErrorCode?.StringValue, ErrorMessage?.StringValue], ["200", "no"]);
  });

  for (const [what, name] of [
    ["its role may not send", "refused"],
    ["the queue's policy refuses its role", "shut"],
  ] as const)
    it(`are lost, and the function's log says so, where ${what}`, async () => {
      await send(name);
      const line = await eventually(() =>
        messages(name).find((each) => String(each).includes("could not be sent")),
      );
      assert.match(String(line), /AccessDenied/);
      assert.equal(await letters(), undefined);
      const refusals = test.gateway
        .decisions()
        .filter(({ action, allowed }) => action === "sqs:SendMessage" && !allowed);
      assert.equal(refusals.length, 1);
    });

  it("wait while a function is throttled, which counts as no attempt", async () => {
    await send("paused");
    await new Promise((resolve) => setTimeout(resolve, 50));
    deployFunction(test.deployment, "paused", { code: FAILS, policy: [sending] });
    test.deployment.put(CONFIG, "paused", {
      functionName: "paused",
      maximumRetryAttempts: 0,
      destinationConfig: { onFailure: { destination: queueArn("dead") } },
    });
    const [letter] = await eventually(letters);
    const { requestContext } = JSON.parse(letter?.Body ?? "") as { requestContext: object };
    assert.equal((requestContext as { approximateInvokeCount: number }).approximateInvokeCount, 1);
  });

  it("begin anew when the gateway ended in the middle", async () => {
    await send("slow");
    await eventually(() => messages("slow").includes("begun"));
    mkdirSync(join(test.account.folder, "flag"));
    await test.restart();
    assert.ok(await eventually(() => messages("slow").includes("through")));
  });

  it("refuse events that are too large", async () => {
    await assert.rejects(send("counts", { text: "x".repeat(1024 * 1024) }), {
      name: "RequestTooLargeException",
    });
  });

  describe("at deployment", () => {
    const create = (type: string, inputs: Record<string, unknown>) =>
      new Provider(new Lifecycle(test.gateway)).create(
        `urn:pulumi:local::bulkhead::${type}::new`,
        inputs,
        false,
        { settings: settings({ region: "us-east-1" }), programFolder: test.account.folder },
      );
    const failingTo = (functionName: string, destination: string) => ({
      functionName,
      destinationConfig: { onFailure: { destination } },
    });
    const CASES: readonly (readonly [what: string, inputs: Record<string, unknown>, RegExp])[] = [
      ["a function that is not there", { functionName: "absent" }, /Function not found/],
      ["a queue that is not there", failingTo("counts", queueArn("absent")), /is invalid/],
      [
        "a role that may not send",
        failingTo("counts", queueArn("dead")),
        /does not have permissions to call SendMessage/,
      ],
      ["a topic", failingTo("counts", "arn:aws:sns:us-east-1:111122223333:t"), /is invalid/],
      [
        "a destination on success",
        { functionName: "counts", destinationConfig: { onSuccess: { destination: queueArn("dead") } } },
        /onSuccess/,
      ],
    ];
    for (const [what, inputs, expected] of CASES)
      it(`a configuration with ${what} fails`, () => assert.rejects(create(CONFIG, inputs), expected));

    it("a configuration whose role may send succeeds, and again", async () => {
      test.gateway.account.deleteResource(CONFIG, "twice");
      assert.equal((await create(CONFIG, failingTo("twice", queueArn("dead")))).id, "twice");
    });

    it("a queue's policy and what a queue may be are checked", async () => {
      const QUEUE = "aws:sqs/queue:Queue";
      const made = await create(QUEUE, { name: "new" });
      assert.equal(made.id, "https://sqs.us-east-1.amazonaws.com/111122223333/new");
      assert.deepEqual([made.outputs["url"], made.outputs["arn"]], [made.id, queueArn("new")]);
      await assert.rejects(create(QUEUE, { name: "new.fifo", fifoQueue: true }), /fifoQueue/);
      await assert.rejects(
        create("aws:sqs/queuePolicy:QueuePolicy", { queueUrl: "absent", policy: "{}" }),
        /does not exist/,
      );
    });
  });
});

describe("asynchronous invocations that are repeated and reordered", () => {
  let test: TestGateway;
  before(async () => {
    test = await startTestGateway(deploy, { asynchronous: { copies: 2, shuffleMs: 60 } });
  });
  after(() => test.stop());

  it("all arrive", async () => {
    for (let n = 0; n < 12; n++) test.gateway.invokeFunctionLater("counts", { n });
    const ran = await eventually(() => {
      const found = logOf(test.account.folder, "counts").filter(({ message }) =>
        String(message).startsWith("ran"),
      );
      return found.length === 24 && found.map(({ message }) => Number(String(message).slice(4)));
    });
    const inOrder = Array.from({ length: 12 }, (_, n) => [n, n]).flat();
    assert.notDeepEqual(ran, inOrder);
    assert.deepEqual(
      ran.sort((a, b) => a - b),
      inOrder,
    );
  });
});

/** What becomes of an asynchronous event that its function can't handle: on-failure destination, dead-letter queue. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Account } from "../../account/account.ts";
import { AwsError, type Gateway, type Session } from "../contract.ts";
import { queueOfArn, queueUrl, sendAccess } from "../services/sqs-queue.ts";
import { FUNCTION_TYPE, functionArn, functionName } from "./definition.ts";
import type { FailurePayload } from "./errors.ts";
import { FunctionLog } from "./log.ts";

const CONFIG_TYPE = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig";

/** `ran`: whether the function itself failed, or Lambda could not run it. */
export interface Failure extends FailurePayload {
  readonly ran: boolean;
}

export interface FailedEvent {
  readonly requestId: string;
  readonly functionName: string;
  /** JSON */
  readonly payload: string;
  readonly attempts: number;
  readonly condition: "RetriesExhausted" | "EventAgeExceeded";
  readonly failure: Failure;
}

const Config = z.object({
  functionName: z.string(),
  qualifier: z.string().nullish(),
  maximumRetryAttempts: z.number().nullish(),
  maximumEventAgeInSeconds: z.number().nullish(),
  destinationConfig: z.object({ onFailure: z.object({ destination: z.string() }).nullish() }).nullish(),
});

function configOf(account: Account, name: string): z.infer<typeof Config> | undefined {
  return account
    .resources(CONFIG_TYPE)
    .map(({ outputs }) => Config.parse(outputs))
    .find((each) => (each.qualifier ?? "$LATEST") === "$LATEST" && functionName(each.functionName) === name);
}

/** As configured; AWS's defaults are 2 retries and 6 hours. */
export function retryPolicy(account: Account, name: string): { retries: number; maximumAgeMs: number } {
  const config = configOf(account, name);
  return {
    retries: config?.maximumRetryAttempts ?? 2,
    maximumAgeMs: (config?.maximumEventAgeInSeconds ?? 21_600) * 1000,
  };
}

/**
 * Sends a failed event to the function's on-failure destination, and to its dead-letter queue, with the function's role.
 * One that can't be sent is lost, as on AWS; the function's log says so.
 */
export async function passOn(gateway: Gateway, event: FailedEvent): Promise<void> {
  const { account } = gateway;
  const name = event.functionName;
  const deployed = account.find(FUNCTION_TYPE, "name", name);
  if (!deployed) return;
  const roleArn = String(deployed.outputs["role"]);
  const destination = configOf(account, name)?.destinationConfig?.onFailure?.destination;
  const deadLetters = (deployed.outputs["deadLetterConfig"] as { targetArn?: string } | undefined)?.targetArn;
  if (destination) await send(gateway, event, roleArn, destination, { MessageBody: record(event) });
  if (deadLetters) await send(gateway, event, roleArn, deadLetters, deadLetter(event));
}

/** Source: Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations". Stacks stay in the function's log. */
function record(event: FailedEvent): string {
  const { errorType, errorMessage, ran } = event.failure;
  return JSON.stringify({
    version: "1.0",
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId: event.requestId,
      functionArn: `${functionArn(event.functionName)}:$LATEST`,
      condition: event.condition,
      approximateInvokeCount: event.attempts,
    },
    requestPayload: JSON.parse(event.payload) as unknown,
    ...(ran && {
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
    }),
    responsePayload: { errorType, errorMessage },
  });
}

/** Source: Lambda Developer Guide, "Adding a dead-letter queue": the event itself, and the error as message attributes. */
function deadLetter({ requestId, payload, failure }: FailedEvent): object {
  const text = (DataType: string, StringValue: string): object => ({ DataType, StringValue });
  return {
    MessageBody: payload,
    MessageAttributes: {
      RequestID: text("String", requestId),
      ErrorCode: text("Number", "200"),
      ErrorMessage: text("String", failure.errorMessage.slice(0, 1024) || failure.errorType),
    },
  };
}

async function send(
  gateway: Gateway,
  event: FailedEvent,
  roleArn: string,
  queueArn: string,
  message: object,
): Promise<void> {
  let refusal: string;
  try {
    const reply = await gateway.call({
      service: "sqs",
      method: "POST",
      rawPath: "/",
      headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.SendMessage" },
      body: Buffer.from(JSON.stringify({ QueueUrl: queueUrl(queueOfArn(queueArn)), ...message })),
      session: roleSession(gateway, roleArn, event.functionName),
    });
    if (reply.status < 300) return;
    refusal = String(reply.body);
  } catch (error) {
    refusal = error instanceof Error ? error.message : String(error);
  }
  new FunctionLog(gateway.account.folder, event.functionName).write({
    level: "ERROR",
    requestId: event.requestId,
    message: `The failed event could not be sent to ${queueArn}: ${refusal}`,
  });
}

/** Whether a function's role may send to a queue: AWS asks before it takes a configuration on. */
export function maySendFailedEvents(
  gateway: Gateway,
  of: { readonly functionName: string; readonly roleArn: string; readonly queueArn: string },
): boolean {
  const access = sendAccess(gateway.account, queueOfArn(of.queueArn));
  try {
    const session = roleSession(gateway, of.roleArn, of.functionName);
    return gateway.decide({ principal: session.principal, session, id: randomUUID() }, access).allowed;
  } catch (error) {
    // The role is not there, or Lambda may not take it on.
    if (error instanceof AwsError) return false;
    throw error;
  }
}

const roleSession = (gateway: Gateway, roleArn: string, name: string): Session =>
  gateway.assumeAsService("lambda.amazonaws.com", roleArn, name);

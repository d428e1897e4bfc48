import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { AwsClient } from "aws4fetch";

import type { AwsCredentials } from "./aws-credentials.ts";
import type { CallOptions } from "./deadline.ts";
import { UNBOUND, within } from "./deadline.ts";
import { DEPENDENCIES, type Dependency } from "./dependencies.ts";
import { localOrigin } from "./endpoints.ts";
import type { Env } from "./environment.ts";
import { isPassingStatus, retried } from "./retry.ts";

/** Reads one item with these credentials, strongly consistent; undefined if there is none. */
export type GetItem = (
  credentials: AwsCredentials,
  table: string,
  key: Readonly<Record<string, string>>,
) => Promise<Readonly<Record<string, unknown>> | undefined>;

const TRANSIENT = /Throttling|ProvisionedThroughputExceeded|RequestLimitExceeded|InternalServerError/;

/**
 * GetItem as a signed request. The SDK's client would take ten times the size of the whole authorizer, whose import
 * time every cold start pays.
 *
 * @throws DependencyUnavailable or DependencyTimeout once the attempts or the time of `DEPENDENCIES.registry` are used up
 */
export function createGetItem(env: Env, region: string): GetItem {
  const call = createDynamoDbCall(env, region);
  return async (credentials, table, key) => {
    const { answer } = await call(credentials, "GetItem", {
      TableName: table,
      Key: Object.fromEntries(Object.entries(key).map(([name, value]) => [name, { S: value }])),
      ConsistentRead: true,
    });
    return answer.Item && unmarshall(answer.Item);
  };
}

/** `conditionFailed`: the write's condition did not hold, and nothing was written. */
export type DynamoDbCall = (
  credentials: AwsCredentials,
  operation: string,
  input: Readonly<Record<string, unknown>>,
) => Promise<{ readonly answer: DynamoDbAnswer; readonly conditionFailed: boolean }>;

export interface DynamoDbAnswer {
  readonly Item?: Record<string, AttributeValue>;
  readonly Attributes?: Record<string, AttributeValue>;
  readonly Items?: readonly Record<string, AttributeValue>[];
  readonly LastEvaluatedKey?: Record<string, AttributeValue>;
}

/**
 * Any operation on items as a signed request, in DynamoDB's own JSON. Throws as {@link createGetItem} does, by the limits of `patience`.
 * @param until ends every call, whatever is left of its own time
 */
export function createDynamoDbCall(
  env: Env,
  region: string,
  patience: Dependency = DEPENDENCIES.registry,
  until: AbortSignal = UNBOUND,
): DynamoDbCall {
  const url = localOrigin(env) ?? `https://dynamodb.${region}.${domain(region)}`;
  return (credentials, operation, input) => {
    const body = JSON.stringify(input);
    const client = new AwsClient({ ...credentials, service: "dynamodb", region });
    return within(patience, until, (options) =>
      retried(
        patience,
        options.abortSignal,
        () => ask(client, url, operation, body, options),
        (error) => !(error instanceof Refused),
      ),
    );
  };
}

/** An answer that would be the same a second time. */
class Refused extends Error {
  override readonly name = "Refused";
}

async function ask(
  client: AwsClient,
  url: string,
  operation: string,
  body: string,
  { abortSignal, requestTimeout }: CallOptions,
) {
  const request = await client.sign(`${url}/`, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operation}`,
    },
    body,
  });
  const signal = AbortSignal.any([abortSignal, AbortSignal.timeout(requestTimeout)]);
  const { ok, status, answer } = await send(request, signal, operation);
  if (ok && answer) return { answer, conditionFailed: false };
  const type = answer?.__type ?? "";
  const name = type.slice(type.indexOf("#") + 1);
  if (name === "ConditionalCheckFailedException") return { answer: {}, conditionFailed: true };
  const text = `DynamoDB ${operation}: HTTP ${status} ${name}`;
  throw isPassingStatus(status) || TRANSIENT.test(type) ? new Error(text) : new Refused(text);
}

interface Sent {
  readonly ok: boolean;
  readonly status: number;
  /** Undefined: it was JSON of another kind. */
  readonly answer: (DynamoDbAnswer & { readonly __type?: string }) | undefined;
}

async function send(request: Request, signal: AbortSignal, operation: string): Promise<Sent> {
  try {
    const response = await fetch(request, { redirect: "error", signal });
    const { ok, status } = response;
    const answer: unknown = await response.json();
    const isObject = typeof answer === "object" && answer !== null && !Array.isArray(answer);
    return { ok, status, answer: isObject ? answer : undefined };
  } catch (cause) {
    if (cause instanceof Error && cause.name === "TimeoutError") throw cause;
    // Of the kind that is worth another attempt: `fetch` reports lost connections as programming errors.
    throw new Error(`DynamoDB ${operation}: no answer, or half of one`, { cause });
  }
}

/** Host name suffix of the region's partition. */
function domain(region: string): string {
  return region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

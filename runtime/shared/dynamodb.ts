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
import { awsHost, Refused, sendSigned } from "./signed-json.ts";

/** Reads one item with these credentials, strongly consistent; undefined if there is none. */
export type GetItem = (
  credentials: AwsCredentials,
  table: string,
  key: Readonly<Record<string, string>>,
) => Promise<Readonly<Record<string, unknown>> | undefined>;

const TRANSIENT = /Throttling|ProvisionedThroughputExceeded|RequestLimitExceeded|InternalServerError/;

/**
 * GetItem as a signed request.
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
  const url = localOrigin(env) ?? `https://${awsHost("dynamodb", region)}`;
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

async function ask(
  client: AwsClient,
  url: string,
  operation: string,
  body: string,
  options: CallOptions,
): Promise<{ readonly answer: DynamoDbAnswer; readonly conditionFailed: boolean }> {
  const what = `DynamoDB ${operation}`;
  const headers = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": `DynamoDB_20120810.${operation}`,
  };
  const sent = await sendSigned<DynamoDbAnswer>(client, `${url}/`, { what, headers, body }, options);
  const { ok, status, answer, fault } = sent;
  if (ok && answer) return { answer, conditionFailed: false };
  if (fault === "ConditionalCheckFailedException") return { answer: {}, conditionFailed: true };
  const text = `${what}: HTTP ${status} ${fault}`;
  throw isPassingStatus(status) || TRANSIENT.test(fault) ? new Error(text) : new Refused(text);
}

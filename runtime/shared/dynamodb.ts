import { setTimeout as sleep } from "node:timers/promises";

import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { AwsClient } from "aws4fetch";

import type { AwsCredentials } from "./aws-credentials.ts";
import { localOrigin } from "./endpoints.ts";
import type { Env } from "./environment.ts";
import { DependencyTimeout, DependencyUnavailable } from "./errors.ts";

/** Reads one item with these credentials, strongly consistent; undefined if there is none. */
export type GetItem = (
  credentials: AwsCredentials,
  table: string,
  key: Readonly<Record<string, string>>,
) => Promise<Readonly<Record<string, unknown>> | undefined>;

const TRIES = 3;
const TRY_TIMEOUT_MS = 1500;
const TRANSIENT = /Throttling|ProvisionedThroughputExceeded|RequestLimitExceeded|InternalServerError/;

/**
 * GetItem as one signed request. The SDK's client would take ten times the size of the whole authorizer, whose import
 * time every cold start pays.
 *
 * @throws DependencyUnavailable or DependencyTimeout after three tries
 */
export function createGetItem(env: Env, region: string): GetItem {
  const url = localOrigin(env) ?? `https://dynamodb.${region}.${domain(region)}`;
  return async (credentials, table, key) => {
    const body = JSON.stringify({
      TableName: table,
      Key: Object.fromEntries(Object.entries(key).map(([name, value]) => [name, { S: value }])),
      ConsistentRead: true,
    });
    const client = new AwsClient({ ...credentials, service: "dynamodb", region });
    for (let attempt = 1; ; attempt++) {
      const outcome = await tryOnce(client, url, body);
      if (!(outcome instanceof Failure)) return outcome;
      if (!outcome.transient || attempt === TRIES) throw outcome.error;
      await sleep(25 * 2 ** attempt * (0.5 + Math.random()));
    }
  };
}

class Failure {
  readonly transient: boolean;
  readonly error: Error;
  constructor(transient: boolean, error: Error) {
    this.transient = transient;
    this.error = error;
  }
}

async function tryOnce(client: AwsClient, url: string, body: string) {
  try {
    const request = await client.sign(`${url}/`, {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.GetItem" },
      body,
    });
    const response = await fetch(request, {
      redirect: "error",
      signal: AbortSignal.timeout(TRY_TIMEOUT_MS),
    });
    const answer = (await response.json()) as { Item?: Record<string, AttributeValue>; __type?: string };
    if (response.ok) return answer.Item && unmarshall(answer.Item);
    const type = answer.__type ?? "";
    const cause = new Error(`DynamoDB GetItem: HTTP ${response.status} ${type.slice(type.indexOf("#") + 1)}`);
    const transient = response.status >= 500 || TRANSIENT.test(type);
    return new Failure(transient, new DependencyUnavailable("DynamoDB", { cause }));
  } catch (cause) {
    const late = cause instanceof Error && cause.name === "TimeoutError";
    return new Failure(true, new (late ? DependencyTimeout : DependencyUnavailable)("DynamoDB", { cause }));
  }
}

/** Host name suffix of the region's partition. */
function domain(region: string): string {
  return region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

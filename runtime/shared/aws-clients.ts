import { NodeHttpHandler } from "@smithy/node-http-handler";

import type { AwsCredentials } from "./aws-credentials.ts";
import { localOrigin } from "./endpoints.ts";
import type { Env } from "./environment.ts";

/** What every AWS SDK client of the runtime is made with. */
export interface ClientSettings {
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly maxAttempts: number;
  readonly requestHandler: NodeHttpHandler;
}

/** The longest that one attempt may take; callers bound a whole call by an AbortSignal. */
const REQUEST_TIMEOUT_MS = 25_000;
const CONNECTION_TIMEOUT_MS = 1000;

// Connections carry no identity (each request is signed), so that all clients of a process share them. HTTP/1.1 for
// Bedrock too, whose clients would choose HTTP/2: nothing here streams, and frozen functions wake up with dead sessions.
let connections: NodeHttpHandler | undefined;

/** @throws ConfigurationError if `AWS_ENDPOINT_URL…` leads off this machine */
export function clientSettings(env: Env, region: string, credentials: AwsCredentials): ClientSettings {
  localOrigin(env);
  connections ??= new NodeHttpHandler({
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    throwOnRequestTimeout: true,
  });
  return { region, credentials, maxAttempts: 3, requestHandler: connections };
}

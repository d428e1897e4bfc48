import { NodeHttpHandler } from "@smithy/node-http-handler";

import type { AwsCredentials } from "./aws-credentials.ts";
import type { Dependency } from "./dependencies.ts";
import { CONNECTION_MS, DEPENDENCIES } from "./dependencies.ts";
import { localOrigin } from "./endpoints.ts";
import type { Env } from "./environment.ts";

/** Credentials that have to be fetched, and fetched anew before they end. */
export type CredentialSource = () => Promise<AwsCredentials>;

/** What every AWS SDK client of the runtime is made with. */
export interface ClientSettings {
  readonly region: string;
  readonly credentials: AwsCredentials | CredentialSource;
  readonly maxAttempts: number;
  readonly requestHandler: NodeHttpHandler;
}

// Connections carry no identity (each request is signed), so that all clients of a process share them. HTTP/1.1 for
// Bedrock too, whose clients would choose HTTP/2: nothing here streams, and frozen functions wake up with dead sessions.
let connections: NodeHttpHandler | undefined;

/**
 * The SDK's standard retry strategy, with the dependency's number of attempts. `within` bounds a call and has the time for one attempt,
 * which goes to `send`; a call that is not within anything has an administrator's.
 *
 * @throws ConfigurationError if `AWS_ENDPOINT_URL…` leads off this machine
 */
export function clientSettings(
  env: Env,
  region: string,
  credentials: AwsCredentials | CredentialSource,
  { attempts }: Pick<Dependency, "attempts">,
): ClientSettings {
  localOrigin(env);
  connections ??= new NodeHttpHandler({
    connectionTimeout: CONNECTION_MS,
    requestTimeout: DEPENDENCIES.administration.attemptMs,
    throwOnRequestTimeout: true,
  });
  return { region, credentials, maxAttempts: attempts, requestHandler: connections };
}

import { fromInstanceMetadata } from "@smithy/credential-provider-imds";

import type { CredentialSource } from "../shared/aws-clients.ts";
import type { AwsCredentials } from "../shared/aws-credentials.ts";
import { ownCredentials } from "../shared/aws-credentials.ts";
import type { Env } from "../shared/environment.ts";
import { DependencyUnavailable } from "../shared/errors.ts";

/** Milliseconds that the metadata service is waited for. */
const METADATA_MS = 1000;

/**
 * The agent's own role, by the metadata service of the machine that AgentCore runs a session on; it gives version 2 only, which takes a
 * token. Where the environment has credentials, as in a trial on one machine, those.
 */
export function agentCredentials(env: Env): AwsCredentials | CredentialSource {
  if (env["AWS_ACCESS_KEY_ID"]) return ownCredentials(env);
  const fetched = fromInstanceMetadata({ timeout: METADATA_MS, maxRetries: 3, ec2MetadataV1Disabled: true });
  return async () => {
    const { sessionToken, ...rest } = await fetched();
    if (sessionToken === undefined) throw new DependencyUnavailable("metadata service");
    return { ...rest, sessionToken };
  };
}

import type { Env } from "./environment.ts";
import { ConfigurationError } from "./errors.ts";

/** Temporary AWS credentials, in the shape that AWS SDK clients take. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration?: Date;
}

/**
 * The function's own role. Lambda sets these variables before a process starts and never changes them; no other source
 * (profile, instance metadata) is ever asked, so that a misconfigured function has no credentials rather than someone else's.
 */
export function ownCredentials(env: Env): AwsCredentials {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY || !AWS_SESSION_TOKEN)
    throw new ConfigurationError("the function has no credentials of a role in its environment");
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN,
  };
}

import type { STSClient } from "@aws-sdk/client-sts";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";

import { TENANT_TAG } from "../contract/names.ts";
import type { AwsCredentials } from "./aws-credentials.ts";
import { UNBOUND, within } from "./deadline.ts";
import { DEPENDENCIES } from "./dependencies.ts";
import { ConfigurationError, DependencyUnavailable } from "./errors.ts";

export interface TenantSession {
  readonly tenantId: string;
  readonly sessionName: string;
  /** CloudTrail shows it on whatever the session does. */
  readonly sourceIdentity: string;
  /** Lifetime, 900 to 3600. */
  readonly seconds: number;
}

/** Assumes a tenant's role. @throws DependencyUnavailable, DependencyTimeout */
export type AssumeTenantRole = (
  session: TenantSession,
) => Promise<AwsCredentials & { readonly expiration: Date }>;

/**
 * Assumes roles of one kind, tagged with the tenant; not transitively: a session can't hand the tag on.
 * @param template a role's ARN with `{tenant}` in place of the id
 * @throws ConfigurationError naming `variable` if the template is not that
 */
export function createAssumeTenantRole(
  sts: Pick<STSClient, "send">,
  variable: string,
  template: string,
): AssumeTenantRole {
  // The id has to end the ARN, or `acme` could become a part of somebody else's role name.
  if (!/^arn:[a-z-]+:iam::\d{12}:role\/[^{}]*\{tenant\}$/.test(template))
    throw new ConfigurationError(`${variable} "${template}" is no role's ARN ending in {tenant}`);
  return createAssumeTagged(sts, (tenantId) => template.replace("{tenant}", tenantId));
}

/**
 * Assumes one role for all tenants, tagged with the tenant: whatever it may touch, its policies tie to that tag.
 * @throws ConfigurationError naming `variable` if it is no role's ARN
 */
export function createAssumeSharedRole(
  sts: Pick<STSClient, "send">,
  variable: string,
  roleArn: string,
): AssumeTenantRole {
  if (!/^arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(roleArn))
    throw new ConfigurationError(`${variable} "${roleArn}" is no role's ARN`);
  return createAssumeTagged(sts, () => roleArn);
}

function createAssumeTagged(
  sts: Pick<STSClient, "send">,
  roleArnOf: (tenantId: string) => string,
): AssumeTenantRole {
  return ({ tenantId, sessionName, sourceIdentity, seconds }) =>
    within(DEPENDENCIES.sts, UNBOUND, async (options) => {
      const { Credentials: minted } = await sts.send(
        new AssumeRoleCommand({
          RoleArn: roleArnOf(tenantId),
          RoleSessionName: sessionName,
          SourceIdentity: sourceIdentity,
          Tags: [{ Key: TENANT_TAG, Value: tenantId }],
          DurationSeconds: seconds,
        }),
        options,
      );
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = minted ?? {};
      if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration)
        throw new DependencyUnavailable("STS");
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        expiration: Expiration,
      };
    });
}

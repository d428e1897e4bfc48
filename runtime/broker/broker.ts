import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";

import type { BrokerGrant, BrokerResponse } from "../contract/api.ts";
import { TENANT_TAG } from "../contract/names.ts";
import { clientSettings } from "../shared/aws-clients.ts";
import { ownCredentials } from "../shared/aws-credentials.ts";
import { within } from "../shared/deadline.ts";
import { createGetItem } from "../shared/dynamodb.ts";
import type { Env } from "../shared/environment.ts";
import { readEnvironment, wholeNumber } from "../shared/environment.ts";
import { ConfigurationError, DependencyUnavailable, InvalidToken } from "../shared/errors.ts";
import { describeError, log } from "../shared/log.ts";
import type { ReadStatus } from "../shared/registry.ts";
import { createStatusReader } from "../shared/registry.ts";
import type { Identity, VerifyToken } from "../shared/token.ts";
import { createTokenVerifier } from "../shared/token.ts";

/** Takes whatever arrives: a request that is not exactly a `BrokerRequest` is refused. */
export type Broker = (request: unknown) => Promise<BrokerResponse>;

/** Credentials of a tenant's data role for this user. @throws DependencyUnavailable, DependencyTimeout */
export type MintCredentials = (identity: Identity) => Promise<BrokerGrant["credentials"]>;

const STS_TIMEOUT_MS = 5000;
/** STS's bounds; the upper one is that of role chaining, which a function's role assuming another one is. */
const MIN_SESSION_SECONDS = 900;
const MAX_SESSION_SECONDS = 3600;

/**
 * The only way to a tenant's credentials. The tenant is the verified token's: there is no other input, so that a caller that mixes
 * up tenants can't name one. Answers codes only; the details are logged, tokens and credentials never.
 */
export function createBroker(verify: VerifyToken, readStatus: ReadStatus, mint: MintCredentials): Broker {
  return async (request) => {
    const token = tokenOf(request);
    if (token === undefined) return refuse("invalid-request");
    try {
      const identity = await verify(token);
      const tenant = await readStatus(identity.tenantId);
      if (tenant?.status !== "active") return refuse("tenant-not-active", { tenant: identity.tenantId });
      const credentials = await mint(identity);
      const { tenantId, sub, username, issuer, groups, expiresAt } = identity;
      log("audit", { function: "broker", outcome: "granted", tenant: tenantId, sub });
      return {
        granted: true,
        grant: {
          tenant: { id: tenantId },
          user: { sub, username, issuer, groups },
          credentials,
          expires: new Date(Math.min(expiresAt * 1000, Date.parse(credentials.expiration))).toISOString(),
        },
      };
    } catch (error) {
      return refuse(error instanceof InvalidToken ? "invalid-token" : "unavailable", {
        error: describeError(error),
      });
    }
  };
}

/** {@link createBroker} from a function's environment. @throws ConfigurationError */
export function brokerFrom(env: Env): Broker {
  const settings = readEnvironment(
    "broker",
    ["USER_POOL_ID", "CLIENT_IDS", "REGISTRY_TABLE", "DATA_ROLE_ARN_TEMPLATE", "SESSION_SECONDS"],
    env,
  );
  const own = ownCredentials(env);
  const region = settings.AWS_REGION;
  const sts = new STSClient(clientSettings(env, region, own));
  const seconds = wholeNumber(
    "SESSION_SECONDS",
    settings.SESSION_SECONDS,
    MIN_SESSION_SECONDS,
    MAX_SESSION_SECONDS,
  );
  return createBroker(
    createTokenVerifier(settings, env),
    createStatusReader(createGetItem(env, region), settings.REGISTRY_TABLE, own),
    createMint(sts, settings.DATA_ROLE_ARN_TEMPLATE, seconds),
  );
}

/**
 * Assumes the tenant's data role, tagged with the tenant (not transitively: a session can't hand the tag on) and marked with the user,
 * which CloudTrail then shows on whatever the session does.
 */
export function createMint(sts: STSClient, roleArnTemplate: string, sessionSeconds: number): MintCredentials {
  // The id has to end the ARN, or `acme` could become a part of somebody else's role name.
  if (!/^arn:[a-z-]+:iam::\d{12}:role\/[^{}]*\{tenant\}$/.test(roleArnTemplate))
    throw new ConfigurationError(
      `DATA_ROLE_ARN_TEMPLATE "${roleArnTemplate}" is no role's ARN ending in {tenant}`,
    );
  return ({ tenantId, sub, expiresAt }) =>
    within("STS", STS_TIMEOUT_MS, new AbortController().signal, async (abortSignal) => {
      const left = Math.ceil(expiresAt - Date.now() / 1000);
      const { Credentials: minted } = await sts.send(
        new AssumeRoleCommand({
          RoleArn: roleArnTemplate.replace("{tenant}", tenantId),
          RoleSessionName: `${tenantId}.${sub.slice(0, 12)}`,
          SourceIdentity: sub,
          Tags: [{ Key: TENANT_TAG, Value: tenantId }],
          DurationSeconds: Math.max(MIN_SESSION_SECONDS, Math.min(sessionSeconds, left)),
        }),
        { abortSignal },
      );
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = minted ?? {};
      if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration)
        throw new DependencyUnavailable("STS");
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        expiration: Expiration.toISOString(),
      };
    });
}

function tokenOf(request: unknown): string | undefined {
  if (typeof request !== "object" || request === null) return undefined;
  const entries = Object.entries(request);
  const [name, token] = entries[0] ?? [];
  return entries.length === 1 && name === "token" && typeof token === "string" ? token : undefined;
}

function refuse(
  code: Extract<BrokerResponse, { granted: false }>["code"],
  details: Readonly<Record<string, unknown>> = {},
): BrokerResponse {
  log("audit", { function: "broker", outcome: code, ...details });
  return { granted: false, code };
}

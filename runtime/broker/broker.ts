import { STSClient } from "@aws-sdk/client-sts";

import type { BrokerGrant, BrokerRequest, BrokerResponse } from "../contract/api.ts";
import type { Budget, Plan } from "../contract/registry.ts";
import { ADMIN_GROUP, PLANS } from "../contract/registry.ts";
import type { AssumeTenantRole } from "../shared/assume-role.ts";
import { createAssumeSharedRole, createAssumeTenantRole } from "../shared/assume-role.ts";
import { clientSettings } from "../shared/aws-clients.ts";
import { ownCredentials } from "../shared/aws-credentials.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import { createGetItem } from "../shared/dynamodb.ts";
import type { Env } from "../shared/environment.ts";
import { readEnvironment, wholeNumber } from "../shared/environment.ts";
import { ConfigurationError, InvalidToken } from "../shared/errors.ts";
import { describeError, log } from "../shared/log.ts";
import type { ReadStatus } from "../shared/registry.ts";
import { clientsBy, createStatusReader } from "../shared/registry.ts";
import type { Identity, VerifyToken } from "../shared/token.ts";
import { createTokenVerifier } from "../shared/token.ts";

/** Takes whatever arrives: a request that is not exactly a `BrokerRequest` is refused. */
export type Broker = (request: unknown) => Promise<BrokerResponse>;

/** Credentials of a role of the tenant's for this user. @throws DependencyUnavailable, DependencyTimeout */
export type MintCredentials = (identity: Identity) => Promise<BrokerGrant["credentials"]>;

/** Whose credentials a request may ask for; those of `members` are for admins. */
export type Mints = Readonly<Record<NonNullable<BrokerRequest["role"]>, MintCredentials>>;

/** What a tenant may ask in a month, by its plan. */
export type Budgets = Readonly<Record<Plan, Budget>>;

/** STS's bounds; the upper one is that of role chaining, which a function's role assuming another one is. */
const MIN_SESSION_SECONDS = 900;
const MAX_SESSION_SECONDS = 3600;

/**
 * The only way to a tenant's credentials. The tenant is the verified token's: nothing else that is asked says anything of it, so that a
 * caller that mixes up tenants can't name one. Answers codes only; the details are logged, tokens and credentials never.
 */
export function createBroker(
  verify: VerifyToken,
  readStatus: ReadStatus,
  mints: Mints,
  budgets: Budgets,
): Broker {
  return async (request) => {
    const asked = read(request);
    if (asked === undefined) return refuse("invalid-request");
    const { token, role } = asked;
    try {
      const identity = await verify(token);
      const tenant = await readStatus(identity.tenantId);
      if (tenant?.status !== "active") return refuse("tenant-not-active", { tenant: identity.tenantId });
      if (role === "members" && !identity.groups.includes(ADMIN_GROUP))
        return refuse("forbidden", { tenant: identity.tenantId });
      const credentials = await mints[role](identity);
      const { tenantId, sub, username, issuer, groups, scopes, expiresAt } = identity;
      log("audit", { function: "broker", outcome: "granted", role, tenant: tenantId, sub });
      return {
        granted: true,
        grant: {
          tenant: { id: tenantId, budget: budgets[tenant.plan] },
          user: { sub, username, issuer, groups, ...(scopes && { scopes }) },
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
    [
      "USER_POOL_ID",
      "CLIENT_IDS",
      "REGISTRY_TABLE",
      "DATA_ROLE_ARN_TEMPLATE",
      "MEMBERS_ROLE_ARN",
      "SESSION_SECONDS",
      "PLAN_BUDGETS",
    ],
    env,
  );
  const own = ownCredentials(env);
  const region = settings.AWS_REGION;
  const sts = new STSClient(clientSettings(env, region, own, DEPENDENCIES.sts));
  const seconds = wholeNumber(
    "SESSION_SECONDS",
    settings.SESSION_SECONDS,
    MIN_SESSION_SECONDS,
    MAX_SESSION_SECONDS,
  );
  const readStatus = createStatusReader(createGetItem(env, region), settings.REGISTRY_TABLE, own);
  const mints: Mints = {
    data: createMint(
      createAssumeTenantRole(sts, "DATA_ROLE_ARN_TEMPLATE", settings.DATA_ROLE_ARN_TEMPLATE),
      seconds,
    ),
    members: createMint(createAssumeSharedRole(sts, "MEMBERS_ROLE_ARN", settings.MEMBERS_ROLE_ARN), seconds),
  };
  const verify = createTokenVerifier(settings, env, clientsBy(readStatus));
  return createBroker(verify, readStatus, mints, budgetsFrom(settings.PLAN_BUDGETS));
}

/** By hand, so that the broker carries no validation library. @throws ConfigurationError */
function budgetsFrom(text: string): Budgets {
  const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
  try {
    const budgets = JSON.parse(text) as Partial<Record<Plan, Partial<Budget>>>;
    if (PLANS.every((plan) => isCount(budgets[plan]?.questions) && isCount(budgets[plan]?.tokens)))
      return budgets as Budgets;
  } catch {
    // Told below.
  }
  throw new ConfigurationError("PLAN_BUDGETS is not a budget for each plan, as JSON");
}

/** Assumes a role for the tenant, marked with the user, for no longer than the token lives (or {@link MIN_SESSION_SECONDS}). */
export function createMint(assume: AssumeTenantRole, sessionSeconds: number): MintCredentials {
  return async ({ tenantId, sub, expiresAt }) => {
    const left = Math.ceil(expiresAt - Date.now() / 1000);
    const { expiration, ...credentials } = await assume({
      tenantId,
      sessionName: `${tenantId}.${sub.slice(0, 12)}`,
      sourceIdentity: sub,
      seconds: Math.max(MIN_SESSION_SECONDS, Math.min(sessionSeconds, left)),
    });
    return { ...credentials, expiration: expiration.toISOString() };
  };
}

function read(request: unknown): Required<BrokerRequest> | undefined {
  if (typeof request !== "object" || request === null) return undefined;
  if (Object.keys(request).some((name) => name !== "token" && name !== "role")) return undefined;
  const { token, role = "data" } = request as Readonly<Record<string, unknown>>;
  const good = typeof token === "string" && (role === "data" || role === "members");
  return good ? { token, role } : undefined;
}

function refuse(
  code: Extract<BrokerResponse, { granted: false }>["code"],
  details: Readonly<Record<string, unknown>> = {},
): BrokerResponse {
  log("audit", { function: "broker", outcome: code, ...details });
  return { granted: false, code };
}

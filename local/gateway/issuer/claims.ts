import type { JWTPayload } from "jose";
import type { UserPool, UserPoolClient } from "./pools.ts";
import type { Overrides } from "./trigger.ts";
import type { User } from "./users.ts";

/** What one sign-in (or its refresh) puts into its tokens. Times are seconds since the epoch. */
export interface Grant {
  readonly pool: UserPool;
  readonly client: UserPoolClient;
  readonly user: User;
  readonly scopes: readonly string[];
  readonly originJti: string;
  readonly authTime: number;
  readonly eventId: string;
  readonly now: number;
}

/** What a machine client's token says: it has no user, and is its own subject. */
export function machineClaims(
  grant: Omit<Grant, "user" | "originJti" | "authTime">,
  jti: string,
  overrides: Overrides | undefined,
): JWTPayload {
  const of = overrides?.accessTokenGeneration;
  const claims = {
    sub: grant.client.id,
    iss: grant.pool.issuer,
    token_use: "access",
    scope: scopesOf(grant.scopes, of),
    auth_time: grant.now,
    iat: grant.now,
    exp: grant.now + grant.client.seconds.access,
    version: 2,
    jti,
    client_id: grant.client.id,
  };
  return override(claims, of, grant.client.id);
}

/**
 * Claims that a trigger can't set or take away; Cognito leaves its own in place. From the developer guide's page on
 * the pre-token-generation trigger.
 */
const RESERVED = new Set(
  "acr amr at_hash auth_time azp client_id device_key event_id exp iat identities iss jti nbf nonce origin_jti sub token_use username version".split(
    " ",
  ),
);

export function accessClaims(grant: Grant, jti: string, overrides: Overrides | undefined): JWTPayload {
  const of = overrides?.accessTokenGeneration;
  const claims = {
    ...common(grant, jti, "access", grant.client.seconds.access),
    client_id: grant.client.id,
    username: grant.user.username,
    scope: scopesOf(grant.scopes, of),
    ...groups(overrides),
  };
  return override(claims, of, grant.client.id);
}

function scopesOf(scopes: readonly string[], of: Overrides["accessTokenGeneration"]): string {
  const suppressed = new Set(of?.scopesToSuppress);
  const all = new Set([...scopes, ...(of?.scopesToAdd ?? [])].filter((scope) => !suppressed.has(scope)));
  return [...all].join(" ");
}

export function idClaims(grant: Grant, jti: string, overrides: Overrides | undefined): JWTPayload {
  const { attributes } = grant.user;
  const verified = (name: string) => (name in attributes ? { [name]: attributes[name] === "true" } : {});
  const roles = overrides?.groupOverrideDetails;
  const claims = {
    ...attributes,
    ...verified("email_verified"),
    ...verified("phone_number_verified"),
    ...common(grant, jti, "id", grant.client.seconds.id),
    aud: grant.client.id,
    "cognito:username": grant.user.username,
    ...groups(overrides),
    ...(roles?.iamRolesToOverride?.length && { "cognito:roles": roles.iamRolesToOverride }),
    ...(roles?.preferredRole && { "cognito:preferred_role": roles.preferredRole }),
  };
  return override(claims, overrides?.idTokenGeneration, grant.client.id);
}

function common(grant: Grant, jti: string, use: "access" | "id", seconds: number): JWTPayload {
  return {
    sub: grant.user.sub,
    iss: grant.pool.issuer,
    ...(grant.client.revocation && { origin_jti: grant.originJti }),
    event_id: grant.eventId,
    token_use: use,
    auth_time: grant.authTime,
    iat: grant.now,
    exp: grant.now + seconds,
    jti,
  };
}

function groups(overrides: Overrides | undefined): JWTPayload {
  const names = overrides?.groupOverrideDetails?.groupsToOverride ?? [];
  return names.length > 0 ? { "cognito:groups": names } : {};
}

function override(
  claims: JWTPayload,
  of: Overrides["idTokenGeneration"] | Overrides["accessTokenGeneration"],
  clientId: string,
): JWTPayload {
  const free = (name: string, value?: unknown): boolean =>
    !RESERVED.has(name) &&
    !name.startsWith("cognito:") &&
    name !== "scope" &&
    (name !== "aud" || value === clientId);
  const added = Object.entries(of?.claimsToAddOrOverride ?? {}).filter(([name, value]) => free(name, value));
  // A claim that is both added and suppressed is suppressed.
  const suppressed = new Set((of?.claimsToSuppress ?? []).filter((name) => free(name)));
  return Object.fromEntries([...Object.entries(claims), ...added].filter(([name]) => !suppressed.has(name)));
}

import {
  FetchError,
  JwkValidationError,
  JwksNotAvailableInCacheError,
  JwksValidationError,
  JwtExpiredError,
  JwtInvalidIssuerError,
  JwtInvalidSignatureError,
  JwtNotBeforeError,
  KidNotFoundInJwksError,
  WaitPeriodNotYetEndedJwkError,
} from "aws-jwt-verify/error";

import { isTenantId } from "../contract/names.ts";
import { RESOURCE_SERVER, userPoolIssuer } from "../contract/registry.ts";
import { localOrigin } from "./endpoints.ts";
import type { Env } from "./environment.ts";
import { ConfigurationError, DependencyUnavailable, InvalidToken } from "./errors.ts";
import type { TokenFault } from "./errors.ts";
import { PoolVerifier } from "./jws.ts";
import { createKeySetCache } from "./key-set.ts";

/** Who asks, as a verified access token says it. */
export interface Identity {
  readonly tenantId: string;
  readonly sub: string;
  readonly username: string;
  readonly issuer: string;
  readonly groups: readonly string[];
  /** A machine client's, without the resource server's name; absent: a person. */
  readonly scopes?: readonly string[];
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

export interface TokenSettings {
  readonly USER_POOL_ID: string;
  readonly CLIENT_IDS: string;
}

/**
 * Verifies an access token.
 * @throws InvalidToken for whatever is wrong with it
 * @throws DependencyUnavailable if the pool's key set can't be had, which is no token's fault
 */
export type VerifyToken = (token: string | undefined) => Promise<Identity>;

/** App clients of a tenant's own: their tokens are accepted for that tenant and for no other. */
export type ClientsOf = (tenantId: string) => Promise<readonly string[]>;

/** Checked before anything is decoded. Cognito's access tokens have about 1 KB. */
export const MAX_TOKEN_BYTES = 8192;
/** A key that the pool has withdrawn is trusted for this long at most. */
export const KEY_SET_MAX_AGE_MS = 3_600_000;
/**
 * A token lives this long at most, whatever the pool is set to: revoking it at the pool is invisible here. Ours set 15 minutes. Also the
 * longest that STS's credentials can live for a role that assumes another one.
 */
export const MAX_LIFETIME_SECONDS = 3600;
/** How far the pool's clock may be ahead of this one. `exp` and `nbf` have no such leeway. */
export const CLOCK_SKEW_SECONDS = 60;

// STS takes `sub` as SourceIdentity; user pools issue UUIDs.
const SUBJECT = /^[\w+=,.@-]{2,64}$/;

/**
 * The one token module: authorizer and broker verify by this. RS256 by a key of this pool, times present and near, the pool's issuer
 * (its regional form only), one of our clients or of the tenant's, an access token, a well-formed tenant. docs/security.md has the list
 * with its sources.
 *
 * Where a member occurs twice in the token's JSON, the last one counts (RFC 7519 §4), everywhere alike.
 */
export function createTokenVerifier(
  settings: TokenSettings,
  env: Env,
  clientsOf: ClientsOf = () => Promise.resolve([]),
): VerifyToken {
  const clientIds = settings.CLIENT_IDS.split(",").map((id) => id.trim());
  if (clientIds.some((id) => id === "")) throw new ConfigurationError("CLIENT_IDS holds an empty client id");
  const region = /^([a-z0-9-]+)_[A-Za-z0-9]+$/.exec(settings.USER_POOL_ID)?.[1];
  if (region === undefined)
    throw new ConfigurationError(`USER_POOL_ID "${settings.USER_POOL_ID}" is no user pool id`);
  const issuer = userPoolIssuer(region, settings.USER_POOL_ID);
  const origin = localOrigin(env);

  // The library caches key sets for ever, so a verifier is replaced as a whole once it is old.
  const create = () => new PoolVerifier(issuer, createKeySetCache(origin));
  let verifier = create();
  let createdAt = Date.now();

  return async (token) => {
    if (!token) throw new InvalidToken("missing");
    if (token.length > MAX_TOKEN_BYTES) throw new InvalidToken("too-large");
    if (Date.now() - createdAt > KEY_SET_MAX_AGE_MS) {
      verifier = create();
      createdAt = Date.now();
    }
    let payload: unknown;
    try {
      payload = verifier.verifySync(token);
    } catch (error) {
      if (!(error instanceof JwksNotAvailableInCacheError || error instanceof KidNotFoundInJwksError))
        throw refusal(error);
      payload = await verifier.verify(token).catch((cause: unknown) => {
        throw refusal(cause);
      });
    }
    const { clientId, ...who } = identity(payload as Readonly<Record<string, unknown>>, issuer);
    // A client of the platform's is for people; a tenant's own may be a machine.
    const known = clientIds.includes(clientId) && who.scopes === undefined;
    if (!known && !(await clientsOf(who.tenantId)).includes(clientId)) throw new InvalidToken("client");
    return who;
  };
}

function identity(
  claims: Readonly<Record<string, unknown>>,
  issuer: string,
): Identity & { readonly clientId: string } {
  const { exp, iat, aud, client_id: clientId, sub, username, tenant_id: tenantId } = claims;
  const now = Date.now() / 1000;
  if (typeof exp !== "number") throw new InvalidToken("no-expiry");
  if (exp <= now) throw new InvalidToken("expired");
  if (typeof iat !== "number" || iat > now + CLOCK_SKEW_SECONDS) throw new InvalidToken("issued-at");
  if (exp - iat > MAX_LIFETIME_SECONDS) throw new InvalidToken("lifetime");
  if (claims["token_use"] !== "access") throw new InvalidToken("token-use");
  if (typeof clientId !== "string" || clientId === "") throw new InvalidToken("client");
  // Access tokens have none unless they are for another API of the pool's, or the trigger sets it, which can name the client alone.
  if (aud !== undefined && aud !== clientId) throw new InvalidToken("audience");
  if (typeof sub !== "string" || !SUBJECT.test(sub)) throw new InvalidToken("subject");
  // A machine client is its own subject, and has no user.
  const isMachine = username === undefined && sub === clientId;
  const name = isMachine ? clientId : username;
  if (typeof name !== "string" || name === "" || name.length > 128) throw new InvalidToken("username");
  if (typeof tenantId !== "string" || !isTenantId(tenantId)) throw new InvalidToken("tenant");
  const groups = claims["cognito:groups"] ?? [];
  if (!Array.isArray(groups) || !groups.every((group) => typeof group === "string"))
    throw new InvalidToken("groups");
  const who = { clientId, tenantId, sub, username: name, issuer, expiresAt: exp };
  return isMachine ? { ...who, groups: [], scopes: scopesOf(claims["scope"]) } : { ...who, groups };
}

const SCOPE_PREFIX = `${RESOURCE_SERVER}/`;

function scopesOf(claim: unknown): string[] {
  if (typeof claim !== "string") return [];
  return claim
    .split(" ")
    .flatMap((scope) => (scope.startsWith(SCOPE_PREFIX) ? [scope.slice(SCOPE_PREFIX.length)] : []));
}

const FAULTS: readonly (readonly [new (...args: never[]) => Error, TokenFault])[] = [
  [KidNotFoundInJwksError, "unknown-key"],
  [WaitPeriodNotYetEndedJwkError, "unknown-key"],
  [JwtInvalidSignatureError, "signature"],
  [JwtExpiredError, "expired"],
  [JwtNotBeforeError, "not-yet-valid"],
  [JwtInvalidIssuerError, "issuer"],
];

function refusal(error: unknown): InvalidToken | DependencyUnavailable {
  if (error instanceof InvalidToken) return error;
  if (
    error instanceof FetchError ||
    error instanceof JwksValidationError ||
    error instanceof JwkValidationError
  )
    return new DependencyUnavailable("key set", { cause: error });
  const fault = FAULTS.find(([type]) => error instanceof type)?.[1] ?? "other";
  return new InvalidToken(fault, { cause: error });
}

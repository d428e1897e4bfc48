import { randomUUID, timingSafeEqual } from "node:crypto";
import { SignJWT } from "jose";
import { AwsError, type Call, type Gateway, type Reply } from "../contract.ts";
import { machineClaims } from "./claims.ts";
import type { SigningKeys } from "./keys.ts";
import { checkServed, findClient, findPool, type UserPoolClient } from "./pools.ts";
import { preTokenOverrides } from "./trigger.ts";

const DOMAIN_TYPE = "aws:cognito/userPoolDomain:UserPoolDomain";

/** An error of RFC 6749 §5.2. */
class OAuthError extends Error {
  readonly code:
    "invalid_client" | "invalid_grant" | "invalid_request" | "invalid_scope" | "unauthorized_client";

  constructor(code: OAuthError["code"]) {
    super(code);
    this.code = code;
  }
}

/**
 * The token endpoint of a user pool's domain, for machine clients: `grant_type=client_credentials`, the client's secret in the
 * `Authorization` header or the body (RFC 6749 §4.4 and §2.3.1). Other grants are not served here.
 */
export async function machineTokens(
  gateway: Gateway,
  keys: SigningKeys,
  domain: string,
  call: Call,
): Promise<Reply> {
  try {
    return answer(200, await issue(gateway, keys, domain, call));
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return answer(error.code === "invalid_client" ? 401 : 400, { error: error.code });
  }
}

async function issue(gateway: Gateway, keys: SigningKeys, domain: string, call: Call): Promise<object> {
  if (!/^application\/x-www-form-urlencoded\b/.test(call.headers["content-type"] ?? ""))
    throw new OAuthError("invalid_request");
  const form = new URLSearchParams(call.body.toString("utf8"));
  if (new Set(form.keys()).size !== [...form.keys()].length) throw new OAuthError("invalid_request");
  const client = authenticated(gateway, call, form);
  const { outputs } = gateway.account.find(DOMAIN_TYPE, "domain", domain) ?? {};
  if (outputs?.["userPoolId"] !== client.userPoolId) throw new OAuthError("invalid_client");
  if (form.get("grant_type") !== "client_credentials") throw new OAuthError("invalid_grant");
  const allowed = client.machineScopes;
  if (allowed.length === 0) throw new OAuthError("unauthorized_client");
  const asked = form.get("scope")?.split(" ").filter(Boolean) ?? [];
  if (asked.some((scope) => !allowed.includes(scope))) throw new OAuthError("invalid_scope");
  const scopes = asked.length > 0 ? asked : allowed;
  const pool = findPool(gateway.account, client.userPoolId);
  checkServed(pool);
  const eventId = randomUUID();
  let overrides;
  try {
    overrides = await preTokenOverrides(gateway, {
      pool,
      client,
      user: undefined,
      scopes,
      source: "TokenGeneration_ClientCredentials",
      id: eventId,
    });
  } catch (error) {
    if (error instanceof AwsError && error.status < 500) throw new OAuthError("invalid_request");
    throw error;
  }
  const { kid, key } = await keys.signing(pool.id);
  const now = Math.floor(Date.now() / 1000);
  const claims = machineClaims({ pool, client, scopes, eventId, now }, randomUUID(), overrides);
  return {
    access_token: await new SignJWT(claims).setProtectedHeader({ kid, alg: "RS256" }).sign(key),
    expires_in: client.seconds.access,
    token_type: "Bearer",
  };
}

function authenticated(gateway: Gateway, call: Call, form: URLSearchParams): UserPoolClient {
  const basic = /^Basic (?<text>[A-Za-z0-9+/]+=*)$/.exec(call.headers["authorization"] ?? "")?.groups?.[
    "text"
  ];
  const [id = "", secret = ""] =
    basic === undefined
      ? [form.get("client_id") ?? "", form.get("client_secret") ?? ""]
      : Buffer.from(basic, "base64").toString("utf8").split(":");
  let client;
  try {
    client = findClient(gateway.account, id);
  } catch {
    throw new OAuthError("invalid_client");
  }
  const [expected, given] = [Buffer.from(client.secret ?? ""), Buffer.from(secret)];
  if (expected.length === 0 || expected.length !== given.length || !timingSafeEqual(expected, given))
    throw new OAuthError("invalid_client");
  return client;
}

function answer(status: number, body: object): Reply {
  return {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(body),
  };
}

/** AgentCore's JWT authorizer: a token of the issuer that the runtime's discovery address names, for a client or an audience that it lists. */
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from "jose";
import type { Gateway } from "../contract.ts";

export class TokenRefused extends Error {
  override readonly name = "TokenRefused";
}

export interface JwtAuthorizer {
  readonly discoveryUrl: string;
  readonly allowedClients?: readonly string[] | null | undefined;
  readonly allowedAudiences?: readonly string[] | null | undefined;
}

/** Cognito's address of a user pool; the embedded account serves the same path itself. */
const DISCOVERY =
  /^https:\/\/cognito-idp\.[a-z0-9-]+\.amazonaws\.com(?<path>\/[\w-]+)\/\.well-known\/openid-configuration$/;

/** @throws TokenRefused */
export async function verifyBearer(
  gateway: Gateway,
  { discoveryUrl, allowedClients, allowedAudiences }: JwtAuthorizer,
  authorization: string | undefined,
): Promise<void> {
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) throw new TokenRefused("Missing or malformed bearer token.");
  const path = DISCOVERY.exec(discoveryUrl)?.groups?.["path"];
  if (path === undefined) throw new TokenRefused("The discovery address is not one of this account.");
  const known = async (document: string): Promise<unknown> => {
    const response = await fetch(`${gateway.origin}${path}/.well-known/${document}`);
    if (!response.ok) throw new TokenRefused("The token's issuer is not known.");
    return response.json();
  };
  const { issuer } = (await known("openid-configuration")) as { issuer: string };
  const keys = createLocalJWKSet((await known("jwks.json")) as JSONWebKeySet);
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      algorithms: ["RS256"],
      requiredClaims: ["exp"],
      ...(allowedAudiences && allowedAudiences.length > 0 ? { audience: [...allowedAudiences] } : {}),
    });
    if (allowedClients && allowedClients.length > 0 && !allowedClients.includes(String(payload["client_id"])))
      throw new TokenRefused("The token is for another client.");
  } catch (error) {
    if (error instanceof TokenRefused) throw error;
    throw new TokenRefused("The bearer token was not accepted.");
  }
}

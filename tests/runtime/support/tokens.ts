import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { CryptoKey, JWK } from "jose";

export const POOL = "us-east-1_Abc123XYZ";
export const ISSUER = `https://cognito-idp.us-east-1.amazonaws.com/${POOL}`;
export const CLIENT = "client-1";
export const SUB = "11111111-2222-4333-8444-555555555555";

export interface Pool {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

export async function createPool(kid = "key-1"): Promise<Pool> {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  return {
    kid,
    privateKey,
    publicKey,
    jwk: { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" },
  };
}

/** Claims of a good access token; undefined takes one away. */
export function claims(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: ISSUER,
    sub: SUB,
    client_id: CLIENT,
    token_use: "access",
    username: "john-regular",
    tenant_id: "acme",
    "cognito:groups": ["regular"],
    iat: now,
    exp: now + 3600,
    ...changes,
  };
}

/** A really signed token. */
export async function sign(
  pool: Pool,
  changes: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return new SignJWT(claims(changes))
    .setProtectedHeader({ alg: "RS256", kid: pool.kid, ...header })
    .sign(pool.privateKey, { crit: { "urn:x": true } });
}

/** Serves the pool's key set the way the embedded account does; counts how often it is asked. */
export async function serveKeySet(keys: () => readonly JWK[], status = () => 200) {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? "");
    response.writeHead(status(), { "content-type": "application/json" });
    response.end(JSON.stringify({ keys: keys() }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A test that fails does not close it, and should not keep the run from ending.
  server.unref();
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, paths, close: () => new Promise((resolve) => server.close(resolve)) };
}

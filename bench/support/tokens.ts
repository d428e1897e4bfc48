import { generateKeyPairSync, randomUUID, sign, type KeyObject } from "node:crypto";
import { userPoolIssuer } from "../../runtime/contract/registry.ts";
import { CLIENT, REGION, USER_POOL } from "./bundles.ts";

/** A user pool's signing key, of the size that Cognito's have. */
export interface SigningKey {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  /** What the pool serves below `/.well-known/jwks.json`. */
  readonly keySet: string;
}

/** A signed access token, and the parts that its signature is made of. */
export interface Token {
  readonly text: string;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

const KEY_ID = "bench-key-1";

export function signingKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: KEY_ID, alg: "RS256", use: "sig" };
  return { publicKey, privateKey, keySet: JSON.stringify({ keys: [jwk] }) };
}

/** An access token with the members that Cognito's have, unlike any other. */
export function newToken({ privateKey }: SigningKey, tenant: string): Token {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    sub: randomUUID(),
    "cognito:groups": ["regular", "platinum"],
    iss: userPoolIssuer(REGION, USER_POOL),
    version: 2,
    client_id: CLIENT,
    origin_jti: randomUUID(),
    event_id: randomUUID(),
    token_use: "access",
    scope: "aws.cognito.signin.user.admin",
    auth_time: now,
    exp: now + 900,
    iat: now,
    jti: randomUUID(),
    username: `user-of-${tenant}`,
    tenant_id: tenant,
  };
  const signed = Buffer.from(`${encoded({ kid: KEY_ID, alg: "RS256" })}.${encoded(claims)}`);
  const signature = sign("RSA-SHA256", signed, privateKey);
  return { text: `${signed.toString()}.${signature.toString("base64url")}`, signed, signature };
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

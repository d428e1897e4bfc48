import { constants, createHmac, createPublicKey, verify as cryptoVerify } from "node:crypto";
import type { JsonWebKey } from "node:crypto";

import { CognitoJwtVerifier } from "aws-jwt-verify";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";
import type { JWK } from "jose";

import { CLIENT, POOL } from "./tokens.ts";

/**
 * Verifiers that lack controls, the strongest first: an attack that none of them accepts would prove nothing about a control that
 * refuses it.
 */
export const WEAK_VERIFIERS = ["library", "gullible", "decoder"] as const;
export type WeakVerifier = (typeof WEAK_VERIFIERS)[number];

/** The strongest weak verifier that accepts a token of this key set. */
export async function fooledBy(token: string, keys: readonly JWK[]): Promise<WeakVerifier | "nobody"> {
  if (await library(token, keys)) return "library";
  if (attempt(() => gullible(token, keys))) return "gullible";
  return attempt(() => decoder(token)) ? "decoder" : "nobody";
}

/** aws-jwt-verify as its documentation has it: this pool, this client, access tokens. */
async function library(token: string, keys: readonly JWK[]): Promise<boolean> {
  const text = JSON.stringify({ keys });
  const verifier = CognitoJwtVerifier.create(
    { userPoolId: POOL, clientId: CLIENT, tokenUse: "access" },
    {
      jwksCache: new SimpleJwksCache({
        fetcher: { fetch: () => Promise.resolve(new TextEncoder().encode(text).buffer) },
      }),
    },
  );
  return verifier.verify(token).then(
    () => true,
    () => false,
  );
}

/** Verifies as the token itself says: its algorithm, its key where it brings one, and the first key where it names none. Checks no claim. */
function gullible(token: string, keys: readonly JWK[]): boolean {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const { alg, kid, jwk } = decoded(header) as { alg?: string; kid?: string; jwk?: JWK };
  decoded(payload);
  if (alg?.toLowerCase() === "none") return true;
  const key = publicKey(jwk ?? keys.find((each) => each.kid === kid) ?? keys[0]!);
  const data = Buffer.from(`${header}.${payload}`);
  const given = Buffer.from(signature, "base64url");
  if (alg?.startsWith("HS")) return createHmac("sha256", pem(key)).update(data).digest().equals(given);
  const padding = alg?.startsWith("PS") ? { padding: constants.RSA_PKCS1_PSS_PADDING } : {};
  return cryptoVerify(alg?.endsWith("512") ? "sha512" : "sha256", data, { key, ...padding }, given);
}

/** Reads a token, and believes it. */
function decoder(token: string): boolean {
  return typeof decoded(token.split(".")[1] ?? "") === "object";
}

const decoded = (part: string): unknown => JSON.parse(Buffer.from(part, "base64").toString());
const publicKey = (jwk: JWK) => createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
const pem = (key: ReturnType<typeof publicKey>) => key.export({ type: "spki", format: "pem" });

/** What key confusion takes for the secret of an HMAC. */
export function pemOf(jwk: JWK): string {
  return pem(publicKey(jwk)).toString();
}

function attempt(run: () => boolean): boolean {
  try {
    return run();
  } catch {
    return false;
  }
}

/** Tokens that must open no door: forged from a genuine one, as an attacker or, where it takes the pool's key, an insider could. */
import { createHmac, createPublicKey } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT, type JWK } from "jose";
import type { Stage } from "./stage.ts";

export interface Genuine {
  /** Access and id token of a member of the attacker's tenant. */
  readonly accessToken: string;
  readonly idToken: string;
  /** The pool's public key, as everybody can fetch it. */
  readonly poolKey: JWK;
}

interface Forging extends Genuine {
  readonly claims: Record<string, unknown>;
  readonly kid: string;
  /** The tenant that the token shall claim. */
  readonly tenant: string;
  readonly stage: Stage;
  /** Signed with a key of the attacker's own. */
  readonly ownKey: (claims: Record<string, unknown>, header?: Record<string, unknown>) => Promise<string>;
}

/** @returns the token; undefined where it takes the pool's own key, which is not to be had */
type Forge = (parts: Forging) => Promise<string | undefined> | string | undefined;

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const now = (): number => Math.floor(Date.now() / 1000);
const insider =
  (change: (parts: Forging) => Record<string, unknown>): Forge =>
  (parts) =>
    parts.stage.target.signAsPool?.({ ...parts.claims, tenant_id: parts.tenant, ...change(parts) });
const hmac = (secret: string | Buffer, { claims, kid, tenant }: Forging): string => {
  const head = `${encode({ alg: "HS256", typ: "JWT", kid })}.${encode({ ...claims, tenant_id: tenant })}`;
  return `${head}.${createHmac("sha256", secret).update(head).digest("base64url")}`;
};
const unsigned =
  (alg: string): Forge =>
  ({ claims, kid, tenant }) =>
    `${encode({ alg, kid })}.${encode({ ...claims, tenant_id: tenant })}.`;

/** By the name that they have in the attacks' data. */
export const FORGERIES: Readonly<Record<string, Forge>> = {
  "no token": () => "",
  "not a token": () => "open-sesame",
  "tampered payload": ({ accessToken, claims, tenant }) => {
    const [header = "", , signature = ""] = accessToken.split(".");
    return [header, encode({ ...claims, tenant_id: tenant }), signature].join(".");
  },
  "tampered signature": ({ accessToken }) => {
    const [header = "", payload = "", signature = ""] = accessToken.split(".");
    const bytes = Buffer.from(signature, "base64url");
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    return [header, payload, bytes.toString("base64url")].join(".");
  },
  "no signature": ({ accessToken }) => `${accessToken.split(".").slice(0, 2).join(".")}.`,
  "alg none": unsigned("none"),
  "alg nOnE": unsigned("nOnE"),
  "HS256 with the public key, PEM": (parts) =>
    hmac(
      createPublicKey({ key: parts.poolKey as never, format: "jwk" }).export({ type: "spki", format: "pem" }),
      parts,
    ),
  "HS256 with the public key, modulus": (parts) =>
    hmac(Buffer.from(parts.poolKey.n ?? "", "base64url"), parts),
  "a key of one's own": ({ ownKey, claims, kid, tenant }) =>
    ownKey({ ...claims, tenant_id: tenant }, { kid }),
  "another user pool": ({ ownKey, claims, tenant, stage }) =>
    ownKey(
      {
        ...claims,
        tenant_id: tenant,
        iss: `https://cognito-idp.${stage.target.place.region}.amazonaws.com/${stage.target.place.region}_Stranger1`,
      },
      { kid: "stranger" },
    ),
  "a key in the header": async ({ claims, tenant }) => {
    const { privateKey, publicKey } = await stranger();
    const header = { alg: "RS256", kid: "own", jwk: await exportJWK(publicKey) };
    return new SignJWT({ ...claims, tenant_id: tenant }).setProtectedHeader(header).sign(privateKey);
  },
  "a key set's address in the header": ({ ownKey, claims, tenant }) =>
    ownKey({ ...claims, tenant_id: tenant }, { kid: "own", jku: "https://attacker.example/jwks.json" }),
  "no key id": ({ ownKey, claims, tenant }) => ownKey({ ...claims, tenant_id: tenant }, {}),
  "id token": ({ idToken }) => idToken,
  expired: insider(() => ({ iat: now() - 7200, exp: now() - 3600 })),
  "no exp": insider(() => ({ exp: undefined })),
  "not yet valid": insider(() => ({ nbf: now() + 3600 })),
  "wrong issuer": insider(({ claims }) => ({ iss: `${String(claims["iss"])}x` })),
  "wrong client": insider(() => ({ client_id: "stranger" })),
  "no client": insider(() => ({ client_id: undefined })),
  "no token use": insider(() => ({ token_use: undefined })),
  "no tenant claim": insider(() => ({ tenant_id: undefined })),
  "a tenant that is a pattern": insider(() => ({ tenant_id: "*" })),
  "a list of tenants": insider(({ claims, tenant }) => ({ tenant_id: [claims["tenant_id"], tenant] })),
  "a tenant with a path": insider(({ claims, tenant }) => ({
    tenant_id: `${String(claims["tenant_id"])}/../${tenant}`,
  })),
  "a tenant that is none": insider(() => ({ tenant_id: "no-such-tenant" })),
  "the pool's own": insider(() => ({})),
};

let strangersKey: ReturnType<typeof generateKeyPair> | undefined;
/** One for all: making a key takes longer than everything else here. */
const stranger = (): ReturnType<typeof generateKeyPair> => (strangersKey ??= generateKeyPair("RS256"));

/** @throws Error if there is no such forgery */
export async function forge(
  name: string,
  genuine: Genuine,
  tenant: string,
  stage: Stage,
): Promise<string | undefined> {
  const make = FORGERIES[name];
  if (!make) throw new Error(`nobody knows how to forge "${name}"`);
  return make({
    ...genuine,
    claims: decodeJwt(genuine.accessToken),
    kid: decodeProtectedHeader(genuine.accessToken).kid ?? "",
    tenant,
    stage,
    ownKey: async (claims, header = {}) => {
      const { privateKey } = await stranger();
      return new SignJWT(claims).setProtectedHeader({ alg: "RS256", ...header }).sign(privateKey);
    },
  });
}

/** The pool's signing key, from its public key set. */
export async function poolKey({ target }: Stage): Promise<JWK> {
  const address = `${target.endpoint("cognito-idp")}/${target.deployment.userPoolId}/.well-known/jwks.json`;
  const { keys } = (await (await fetch(address)).json()) as { keys: JWK[] };
  const [key] = keys;
  if (!key) throw new Error(`${address} has no key`);
  return key;
}

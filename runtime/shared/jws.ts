import { isUtf8 } from "node:buffer";

import type { DecomposedJwt } from "aws-jwt-verify/jwt";
import type { JwtHeader, JwtPayload } from "aws-jwt-verify/jwt-model";
import { JwtVerifierBase } from "aws-jwt-verify/jwt-verifier";
import type { JwksCache } from "aws-jwt-verify/jwk";

import { InvalidToken } from "./errors.ts";

interface Properties {
  readonly [name: string]: unknown;
  readonly issuer: string;
  readonly jwksUri: string;
  /** Cognito's access tokens have none: the client is checked apart. */
  readonly audience: null;
}

/**
 * The library's verifier (keys, signature, times, issuer), with the parsing of tokens done here: the header is checked before any key
 * is looked for, all tokens of one key have the same header, and `JSON.parse` with a reviver, which the library uses against
 * `__proto__` members, takes a third of the time of the signature. Here nobody reads a member that isn't named.
 *
 * Not its CognitoJwtVerifier: that one also accepts, and fetches keys for, a second form of the issuer.
 */
export class PoolVerifier extends JwtVerifierBase<Record<string, unknown>, Properties, false> {
  readonly #properties: Properties;
  #headerText = "";
  #header: JwtHeader = { alg: "" };

  constructor(issuer: string, keySets: JwksCache) {
    const properties: Properties = { issuer, audience: null, jwksUri: `${issuer}/.well-known/jwks.json` };
    super(properties, keySets);
    this.#properties = properties;
  }

  protected override getVerifyParameters(token: string) {
    return {
      decomposedJwt: this.#decompose(token),
      jwksUri: this.#properties.jwksUri,
      verifyProperties: this.#properties,
    };
  }

  /** @throws InvalidToken */
  #decompose(token: string): DecomposedJwt {
    const [headerB64, payloadB64, signatureB64, ...more] = token.split(".");
    if (!headerB64 || !payloadB64 || !signatureB64 || more.length > 0) throw new InvalidToken("malformed");
    if (headerB64 !== this.#headerText) {
      this.#header = checkedHeader(parse(headerB64));
      this.#headerText = headerB64;
    }
    const payload = checkedPayload(parse(payloadB64));
    decode(signatureB64);
    return { header: this.#header, headerB64, payload, payloadB64, signatureB64 };
  }
}

type Members = Readonly<Record<string, unknown>>;

/**
 * Unpadded base64url (RFC 7515 §2) in its only form. Node's decoder passes over characters and bits that say nothing: of one token there
 * would be many texts, and whatever is remembered under a token's hash would not be remembered under theirs.
 * @throws InvalidToken
 */
function decode(encoded: string): Buffer {
  const bytes = Buffer.from(encoded, "base64url");
  if (bytes.toString("base64url") !== encoded) throw new InvalidToken("malformed");
  return bytes;
}

function parse(encoded: string): Members {
  const bytes = decode(encoded);
  let value: unknown;
  try {
    value = isUtf8(bytes) ? JSON.parse(bytes.toString("utf8")) : undefined;
  } catch (cause) {
    throw new InvalidToken("malformed", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidToken("malformed");
  return value as Members;
}

/**
 * Members that bring or name a key of the sender's (RFC 7515 §4.1.2 to 8), or say that what follows is not a plain signed JWT: nested,
 * unencoded, encrypted or compressed. User pools set none of them. They would be ignored; refused, an attempt shows in the log.
 */
const UNWANTED = ["jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "cty", "b64", "enc", "zip"];
/** User pools name keys in base64. */
const KEY_ID = /^[\w+/=-]{1,128}$/;
/** RFC 7519 §5.1, and RFC 9068 §2.1 for access tokens. */
const TYPE = /^(application\/)?(at\+)?jwt$/i;

function checkedHeader(header: Members): JwtHeader {
  const { alg, kid, typ } = header;
  if (alg !== "RS256") throw new InvalidToken("algorithm");
  // RFC 7515 §4.1.11: an extension that is not understood is a refusal, and none is understood here.
  if ("crit" in header) throw new InvalidToken("critical-header");
  if (UNWANTED.some((name) => Object.hasOwn(header, name))) throw new InvalidToken("header");
  if (typ !== undefined && !(typeof typ === "string" && TYPE.test(typ))) throw new InvalidToken("type");
  if (typeof kid !== "string" || !KEY_ID.test(kid)) throw new InvalidToken("key-id");
  return { alg, kid };
}

/** What the library relies on: its checks of times and issuer take these types for granted, and `exp` for optional. */
function checkedPayload(payload: Members): JwtPayload {
  const { exp, iat, nbf, iss } = payload;
  if (exp === undefined) throw new InvalidToken("no-expiry");
  if (iat === undefined) throw new InvalidToken("issued-at");
  if (!isDate(exp) || !isDate(iat) || (nbf !== undefined && !isDate(nbf)))
    throw new InvalidToken("malformed");
  if (typeof iss !== "string") throw new InvalidToken("issuer");
  return payload as unknown as JwtPayload;
}

/** Seconds since the epoch that a `Date` can hold, fractions allowed (RFC 7519 §2). */
function isDate(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 8.64e12;
}

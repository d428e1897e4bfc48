import { JwtVerifierBase } from "aws-jwt-verify/jwt-verifier";
import type { DecomposedJwt } from "aws-jwt-verify/jwt";
import type { JwtHeader, JwtPayload } from "aws-jwt-verify/jwt-model";
import type { JwksCache } from "aws-jwt-verify/jwk";

import { InvalidToken } from "./errors.ts";

interface Properties {
  readonly [name: string]: unknown;
  readonly issuer: string;
  readonly jwksUri: string;
  /** Cognito's access tokens have none: the client is checked apart. */
  readonly audience: null;
  readonly customJwtCheck: (token: { readonly jwk: { readonly kty: string } }) => void;
}

// Three parts of unpadded base64url (RFC 7515 §2).
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

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

  constructor(issuer: string, jwksCache: JwksCache | undefined) {
    const properties: Properties = {
      issuer,
      audience: null,
      jwksUri: `${issuer}/.well-known/jwks.json`,
      // Where a key names no algorithm, the library would verify by whatever kind of key it is.
      customJwtCheck: ({ jwk }) => {
        if (jwk.kty !== "RSA") throw new InvalidToken("algorithm");
      },
    };
    super(properties, jwksCache);
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
    if (!COMPACT.test(token)) throw new InvalidToken("malformed");
    const first = token.indexOf(".");
    const second = token.lastIndexOf(".");
    const headerB64 = token.slice(0, first);
    if (headerB64 !== this.#headerText) {
      this.#header = checkedHeader(parse(headerB64));
      this.#headerText = headerB64;
    }
    const payloadB64 = token.slice(first + 1, second);
    return {
      header: this.#header,
      headerB64,
      payload: checkedPayload(parse(payloadB64)),
      payloadB64,
      signatureB64: token.slice(second + 1),
    };
  }
}

type Members = Readonly<Record<string, unknown>>;

function parse(encoded: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(encoded, "base64url").toString("utf8"));
  } catch (cause) {
    throw new InvalidToken("malformed", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidToken("malformed");
  return value as Members;
}

function checkedHeader(header: Members): JwtHeader {
  const { alg, kid } = header;
  if (alg !== "RS256") throw new InvalidToken("algorithm");
  // RFC 7515 §4.1.11: an extension that is not understood is a refusal, and none is understood here.
  if ("crit" in header) throw new InvalidToken("critical-header");
  if (typeof kid !== "string" || kid === "") throw new InvalidToken("no-key-id");
  return { alg, kid };
}

/** What the library relies on: its checks of times and issuer take these types for granted, and `exp` for optional. */
function checkedPayload(payload: Members): JwtPayload {
  const { exp, nbf, iss } = payload;
  if (exp === undefined) throw new InvalidToken("no-expiry");
  if (!Number.isFinite(exp)) throw new InvalidToken("malformed");
  if (nbf !== undefined && !Number.isFinite(nbf)) throw new InvalidToken("malformed");
  if (typeof iss !== "string") throw new InvalidToken("issuer");
  return payload as unknown as JwtPayload;
}

import { constants, createHmac, KeyObject, sign as cryptoSign } from "node:crypto";

import type { TokenFault } from "../../../runtime/shared/errors.ts";
import { claims } from "./tokens.ts";
import type { Pool } from "./tokens.ts";
import { pemOf } from "./weak-verifiers.ts";
import type { WeakVerifier } from "./weak-verifiers.ts";

/** How a part of a token is written, beside canonical base64url. */
type Style = "padded" | "trailing-bits" | "line-break" | "space" | "base64";

type Signer =
  | "pool"
  /** Another pool's key under the same id. */
  | "stranger"
  /** A stranger's key, brought along in the header's `jwk`. */
  | "brought"
  /** The pool's public key in PEM, as the secret of an HMAC. */
  | "public-key"
  | "pss"
  | "sha512"
  /** Some bytes. */
  | "nobody"
  /** No byte at all. */
  | "nothing";

/** A token that must be refused, as tests/scenarios/tokens/refused.yaml tells it: how it differs from a good one. */
export interface TokenCase {
  readonly name: string;
  /** Why the verifier refuses it. */
  readonly fault: TokenFault;
  /** The strongest of the weaker verifiers that accepts it: what the control adds. */
  readonly fools: WeakVerifier | "nobody";
  readonly header?: Readonly<Record<string, unknown>>;
  readonly omitHeader?: readonly string[];
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly omit?: readonly string[];
  /** Claims in seconds from now. */
  readonly times?: Readonly<Record<string, number>>;
  /** Characters of a claim that says nothing. */
  readonly pad?: number;
  /** JSON text in place of the header, or of the claims. */
  readonly headerText?: string;
  readonly payloadText?: string;
  /** Bytes that are put into the claims' JSON before its end, in hexadecimal. */
  readonly payloadBytes?: string;
  readonly encoded?: { readonly header?: Style; readonly payload?: Style };
  readonly by?: Signer;
  /** Done to the signed token. */
  readonly after?: {
    readonly claims?: Readonly<Record<string, unknown>>;
    readonly signature?: Style;
    /** Bytes of the signature that are left. */
    readonly signatureBytes?: number;
    readonly parts?: number;
    readonly prepend?: string;
    readonly append?: string;
  };
  /** The token itself, in place of all else. */
  readonly token?: string;
  /** How often that text is repeated. */
  readonly repeat?: number;
}

export interface Keys {
  readonly pool: Pool;
  readonly stranger: Pool;
}

/** Makes a case's token. */
export function forge(of: TokenCase, { pool, stranger }: Keys): string {
  if (of.token !== undefined) return of.token.repeat(of.repeat ?? 1);
  const header = {
    alg: "RS256",
    kid: pool.kid,
    ...(of.by === "brought" && { jwk: stranger.jwk }),
    ...of.header,
  };
  const payload = {
    ...claims(),
    ...of.claims,
    ...Object.fromEntries(Object.entries(of.times ?? {}).map(([name, ahead]) => [name, now() + ahead])),
    ...(of.pad !== undefined && { pad: "x".repeat(of.pad) }),
  };
  const headerText = of.headerText ?? JSON.stringify(without(header, of.omitHeader));
  const payloadText = of.payloadText ?? JSON.stringify(without(payload, of.omit));
  const input = [
    write(Buffer.from(headerText), of.encoded?.header),
    write(payloadBytes(payloadText, of), of.encoded?.payload),
  ].join(".");
  const signature = signatureOf(input, of.by ?? "pool", { pool, stranger });
  return change(input, signature, of);
}

const now = () => Math.floor(Date.now() / 1000);

function without(members: Readonly<Record<string, unknown>>, names: readonly string[] = []) {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
}

function payloadBytes(text: string, of: TokenCase): Buffer {
  if (of.payloadBytes !== undefined)
    return Buffer.concat([
      Buffer.from(text.slice(0, -1)),
      Buffer.from(of.payloadBytes, "hex"),
      Buffer.from("}"),
    ]);
  if (of.encoded?.payload === undefined) return Buffer.from(text);
  // Tildes give base64 its special characters; one byte over a multiple of three gives it padding and unused bits.
  const tilded = `${text.slice(0, -1)},"pad":"~~~~~~~~"}`;
  return Buffer.from(tilded + " ".repeat((4 - (Buffer.byteLength(tilded) % 3)) % 3));
}

function write(bytes: Buffer, style: Style | undefined): string {
  const text = bytes.toString("base64url");
  switch (style) {
    case undefined:
      return text;
    case "padded":
      return text.padEnd(Math.ceil(text.length / 4) * 4, "=");
    case "base64":
      return text.replaceAll("-", "+").replaceAll("_", "/");
    case "line-break":
      return `${text}\n`;
    case "space":
      return `${text.slice(0, 8)} ${text.slice(8)}`;
    case "trailing-bits": {
      // The lowest bit of the last character is unused wherever the length is no multiple of four.
      if (text.length % 4 === 0) throw new Error("every bit of this part says something");
      const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
      return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1) ?? "") ^ 1]!;
    }
  }
}

function signatureOf(input: string, by: Signer, { pool, stranger }: Keys): Buffer {
  const data = Buffer.from(input);
  const own = KeyObject.from(pool.privateKey);
  switch (by) {
    case "pool":
      return cryptoSign("sha256", data, own);
    case "stranger":
    case "brought":
      return cryptoSign("sha256", data, KeyObject.from(stranger.privateKey));
    case "public-key":
      return createHmac("sha256", pemOf(pool.jwk)).update(input).digest();
    case "pss":
      return cryptoSign("sha256", data, {
        key: own,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      });
    case "sha512":
      return cryptoSign("sha512", data, own);
    case "nobody":
      return Buffer.from("signed");
    case "nothing":
      return Buffer.alloc(0);
  }
}

function change(input: string, signature: Buffer, { after = {} }: TokenCase): string {
  const [header = "", payload = ""] = input.split(".");
  const tampered = () => {
    const decoded = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
    return Buffer.from(JSON.stringify({ ...decoded, ...after.claims })).toString("base64url");
  };
  const parts = [
    header,
    after.claims ? tampered() : payload,
    write(signature.subarray(0, after.signatureBytes ?? signature.length), after.signature),
  ];
  return `${after.prepend ?? ""}${parts.slice(0, after.parts ?? 3).join(".")}${after.append ?? ""}`;
}

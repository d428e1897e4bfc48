import { FetchError, JwksValidationError } from "aws-jwt-verify/error";
import type { Jwks, JwksCache } from "aws-jwt-verify/jwk";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";

type Members = Readonly<Record<string, unknown>>;

/** A user pool's key set has two keys, about 1 KB. */
const MAX_KEY_SET_BYTES = 65_536;
/** RFC 7518 §3.3. */
const MIN_MODULUS_BITS = 2048;
/** An exponent of at least 2^16 + 1 (FIPS 186-5 §5.4): with 1, a signature is its own message. */
const MIN_EXPONENT_BITS = 17;
const FETCH_TIMEOUT_MS = 3000;

/**
 * The library's cache of key sets, whose keys are checked once, as they come. It fetches a set when it is first needed and when a token
 * names a key that is not in it; after an unknown key it does not ask again for 10 s, whatever comes. It forgets no key by time.
 * @param localOrigin where the embedded account serves key sets; undefined on AWS
 */
export function createKeySetCache(localOrigin: string | undefined): JwksCache {
  const fetcher = localOrigin === undefined ? undefined : localFetcher(localOrigin);
  return new SimpleJwksCache({ jwksParser: parseKeySet, ...(fetcher && { fetcher }) });
}

/**
 * The keys of a set that may verify a token: RSA keys for RS256 signatures that are strong enough. Others are passed over (RFC 7517 §5), so
 * that a pool may publish what is not for us.
 * @throws JwksValidationError if it is no key set, or one without such a key
 */
export function parseKeySet(bytes: ArrayBuffer): Jwks {
  let parsed: unknown;
  try {
    if (bytes.byteLength > MAX_KEY_SET_BYTES) throw new Error(`more than ${MAX_KEY_SET_BYTES} bytes`);
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new JwksValidationError(`the key set can't be read: ${String(cause)}`);
  }
  const keys = isObject(parsed) && Array.isArray(parsed["keys"]) ? (parsed["keys"] as unknown[]) : [];
  const usable = keys.filter((key) => isObject(key) && isUsable(key));
  if (usable.length === 0)
    throw new JwksValidationError("the key set has no key for RS256 of 2048 bits or more");
  return { keys: usable } as Jwks;
}

function isUsable({ kty, kid, alg, use, key_ops: operations, n, e }: Members): boolean {
  return (
    kty === "RSA" &&
    typeof kid === "string" &&
    // A key that names no algorithm is still used for this one only.
    (alg === undefined || alg === "RS256") &&
    (use === undefined || use === "sig") &&
    (operations === undefined || (Array.isArray(operations) && operations.includes("verify"))) &&
    bitsOf(n) >= MIN_MODULUS_BITS &&
    bitsOf(e) >= MIN_EXPONENT_BITS
  );
}

/** Length of a base64url number without leading zeros; 0 for what is none. */
function bitsOf(encoded: unknown): number {
  if (typeof encoded !== "string") return 0;
  const bytes = Buffer.from(encoded, "base64url");
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (bytes.length - first) * 8 - (Math.clz32(bytes[first] ?? 0) - 24);
}

/** The issuer in a local token is the real one; only the fetch of its keys goes to the embedded account. */
function localFetcher(origin: string) {
  return {
    fetch: async (uri: string): Promise<ArrayBuffer> => {
      try {
        const response = await fetch(origin + new URL(uri).pathname, {
          redirect: "error",
          signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
        });
        if (!response.ok) throw new Error(`HTTP ${response.status}`);
        return await response.arrayBuffer();
      } catch (cause) {
        throw new FetchError(uri, cause);
      }
    },
  };
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

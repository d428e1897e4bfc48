/**
 * Verification of AWS Signature Version 4, header and presigned query form.
 *
 * Stricter than AWS where that costs no client anything: every `x-amz-*` header must be signed for every service, the path is
 * taken as it is on the wire, and what could be read in two ways (a repeated header, `+` in a query, dot segments) is refused.
 * Source: IAM user guide, "Create a signed AWS API request".
 */
import type { Session } from "./contract.ts";
import type { RawRequest } from "./listener.ts";
import { SignatureFault } from "./signature-fault.ts";
import { compare, encode, hmac, type Pair, parseQuery, sameText, sha256 } from "./sigv4-text.ts";

const ALGORITHM = "AWS4-HMAC-SHA256";
const SKEW_MS = 15 * 60_000;
const MAX_EXPIRES_SECONDS = 7 * 24 * 3600;

export interface Verified {
  readonly session: Session;
  /** From the credential scope. */
  readonly service: string;
  readonly presigned: boolean;
}

export interface VerifyOptions {
  readonly region: string;
  /** The session of an access key id, also an expired one; undefined if there is none. */
  readonly find: (accessKeyId: string) => Session | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What a request says of its signature, in either form. */
interface Claim {
  readonly presigned: boolean;
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `20260102T030405Z` */
  readonly date: string;
  readonly token: string | undefined;
  readonly expiresSeconds: number | undefined;
  /** The query without the signature itself. */
  readonly query: readonly Pair[];
}

/** True for a request that carries a signature of either form, whether or not it is good. */
export function isSigned(request: Pick<RawRequest, "headers" | "rawQuery">): boolean {
  return (
    /^AWS4-/i.test(request.headers["authorization"] ?? "") ||
    /(^|&)X-Amz-(Algorithm|Signature|Credential)=/i.test(request.rawQuery)
  );
}

/** @throws SignatureFault that says what is wrong with the signature. */
export function verify(request: RawRequest, options: VerifyOptions): Verified {
  const claim = readClaim(request);
  const [accessKeyId = "", day = "", region = "", service = "", end = "", ...rest] =
    claim.credential.split("/");
  if (service === "" || end !== "aws4_request" || rest.length > 0) {
    throw new SignatureFault(
      "incomplete",
      "The credential scope must be KEY/DATE/REGION/SERVICE/aws4_request.",
    );
  }
  if (region !== options.region) {
    throw new SignatureFault(
      "incomplete",
      `The credential is scoped to region '${region}', not '${options.region}'.`,
      service,
    );
  }
  if (claim.presigned && service !== "s3") {
    throw new SignatureFault("incomplete", "Presigned requests are served for S3 only.", service);
  }
  const fault = (kind: SignatureFault["kind"], message: string): SignatureFault =>
    new SignatureFault(kind, message, service);
  checkForm(request, claim, service, fault);
  checkTime(claim, day, options.now, fault);

  const session = options.find(accessKeyId);
  if (session === undefined)
    throw fault("unknown-key", "The security token included in the request is invalid.");
  const signature = sign(request, claim, session.secretAccessKey, [day, region, service, end]);
  if (!sameText(signature, claim.signature)) {
    throw fault(
      "mismatch",
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
    );
  }
  // A session token belongs to one key: another session's, even a signed one, is refused.
  if (claim.token === undefined || !sameText(claim.token, session.sessionToken)) {
    throw fault("bad-token", "The security token included in the request is invalid.");
  }
  if (session.expiresAt <= options.now) {
    throw fault("expired-session", "The security token included in the request is expired.");
  }
  checkPayload(request, claim, service, fault);
  return { session, service, presigned: claim.presigned };
}

function readClaim(request: RawRequest): Claim {
  const authorization = request.headers["authorization"];
  const query = parseQuery(request.rawQuery);
  const inQuery = query.filter(([name]) =>
    /^x-amz-(algorithm|credential|signature|signedheaders|date|expires|security-token)$/i.test(name),
  );
  if (authorization !== undefined && inQuery.length > 0) {
    throw new SignatureFault(
      "incomplete",
      "A request is signed by its Authorization header or by its query, not by both.",
    );
  }
  return authorization === undefined
    ? claimOfQuery(query, inQuery)
    : claimOfHeaders(request, authorization, query);
}

function claimOfHeaders(request: RawRequest, authorization: string, query: readonly Pair[]): Claim {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^\s,]+),\s*SignedHeaders=([^\s,]+),\s*Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  const date = request.headers["x-amz-date"];
  if (!match || date === undefined) {
    throw new SignatureFault(
      "incomplete",
      `The Authorization header must be "${ALGORITHM} Credential=…, SignedHeaders=…, Signature=…", with an X-Amz-Date header beside it.`,
    );
  }
  const [, credential = "", signedHeaders = "", signature = ""] = match;
  return {
    presigned: false,
    credential,
    signedHeaders: signedHeaders.split(";"),
    signature,
    date,
    token: request.headers["x-amz-security-token"],
    expiresSeconds: undefined,
    query,
  };
}

function claimOfQuery(query: readonly Pair[], own: readonly Pair[]): Claim {
  const values = new Map(own);
  const take = (name: string): string => {
    const value = values.get(name);
    if (value === undefined) throw new SignatureFault("incomplete", `The query must include '${name}'.`);
    return value;
  };
  if (values.size !== own.length)
    throw new SignatureFault("incomplete", "A signature parameter of the query is repeated.");
  if (take("X-Amz-Algorithm") !== ALGORITHM) {
    throw new SignatureFault("incomplete", `X-Amz-Algorithm must be ${ALGORITHM}.`);
  }
  const expires = take("X-Amz-Expires");
  const seconds = Number(expires);
  if (!/^\d{1,6}$/.test(expires) || seconds < 1 || seconds > MAX_EXPIRES_SECONDS) {
    throw new SignatureFault("incomplete", `X-Amz-Expires must be 1 to ${MAX_EXPIRES_SECONDS} seconds.`);
  }
  return {
    presigned: true,
    credential: take("X-Amz-Credential"),
    signedHeaders: take("X-Amz-SignedHeaders").split(";"),
    signature: take("X-Amz-Signature"),
    date: take("X-Amz-Date"),
    token: values.get("X-Amz-Security-Token"),
    expiresSeconds: seconds,
    query: query.filter(([name]) => name !== "X-Amz-Signature"),
  };
}

type Fault = (kind: SignatureFault["kind"], message: string) => SignatureFault;

function checkForm(request: RawRequest, claim: Claim, service: string, fault: Fault): void {
  const doubled = request.repeated.find((name) => /^(host|authorization|content-type|x-amz-.*)$/.test(name));
  if (doubled !== undefined) throw fault("incomplete", `The header '${doubled}' came more than once.`);
  const { host, ":authority": authority } = request.headers;
  if (authority !== undefined && authority !== host)
    throw fault("mismatch", "'Host' and ':authority' must be the same.");
  if (!claim.signedHeaders.includes("host") && !claim.signedHeaders.includes(":authority"))
    throw fault("unsigned-header", "'Host' must be a signed header.");
  for (const name of claim.signedHeaders) {
    // An own one: every object has a `constructor`, which is no header.
    if (!Object.hasOwn(request.headers, name))
      throw fault("mismatch", `The signed header '${name}' is missing.`);
  }
  for (const name of Object.keys(request.headers)) {
    if (name.startsWith("x-amz-") && !claim.signedHeaders.includes(name)) {
      throw fault("unsigned-header", `The header '${name}' is present and was not signed.`);
    }
  }
  // S3's keys may hold anything; elsewhere signers fold such paths, so that two different paths would share a signature.
  if (service !== "s3" && /\/(\.{0,2}\/|\.{1,2}$)/.test(request.rawPath)) {
    throw fault("incomplete", "A path with empty or dot segments is not served.");
  }
}

function checkTime(claim: Claim, day: string, now: number, fault: Fault): void {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(claim.date);
  if (!match) throw fault("incomplete", "X-Amz-Date must have the form 20260102T030405Z.");
  if (!claim.date.startsWith(`${day}T`)) {
    throw fault("incomplete", "The date of the credential scope is not the date of X-Amz-Date.");
  }
  const [, y, mo, d, h, mi, s] = match.map(Number);
  const signedAt = Date.UTC(y ?? 0, (mo ?? 0) - 1, d, h, mi, s);
  if (claim.expiresSeconds === undefined) {
    if (Math.abs(now - signedAt) > SKEW_MS) {
      throw fault("skew", "The difference between the request time and the current time is too large.");
    }
    return;
  }
  if (signedAt - now > SKEW_MS) throw fault("skew", "The request is signed for a time to come.");
  if (now > signedAt + claim.expiresSeconds * 1000) throw fault("expired-url", "Request has expired");
}

function checkPayload(request: RawRequest, claim: Claim, service: string, fault: Fault): void {
  if (claim.presigned) return;
  const said = request.headers["x-amz-content-sha256"];
  if (service === "s3") {
    if (said === undefined) throw fault("incomplete", "S3 requests need the header x-amz-content-sha256.");
    if (said === "UNSIGNED-PAYLOAD" || said === "STREAMING-UNSIGNED-PAYLOAD-TRAILER") return;
    if (said.startsWith("STREAMING-"))
      throw fault("incomplete", `Bodies signed as ${said} are not served here.`);
  }
  // Where no header names the hash, the canonical request held the body's own: the signature has vouched for it.
  if (said !== undefined && !sameText(said, sha256(request.body))) {
    throw fault("body", "The provided x-amz-content-sha256 does not match what was computed.");
  }
}

function sign(request: RawRequest, claim: Claim, secret: string, scope: readonly string[]): string {
  const names = [...claim.signedHeaders].sort();
  const canonical = [
    request.method,
    canonicalPath(request.rawPath, scope[2] ?? ""),
    claim.query
      .map(([name, value]): Pair => [encode(name), encode(value)])
      .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
      .map(([name, value]) => `${name}=${value}`)
      .join("&"),
    ...names.map((name) => `${name}:${(request.headers[name] ?? "").trim().replace(/ +/g, " ")}`),
    "",
    names.join(";"),
    payloadHash(request, claim),
  ].join("\n");
  const text = [ALGORITHM, claim.date, scope.join("/"), sha256(Buffer.from(canonical))].join("\n");
  const key = scope.reduce<Buffer>((previous, part) => hmac(previous, part), Buffer.from(`AWS4${secret}`));
  return hmac(key, text).toString("hex");
}

function payloadHash(request: RawRequest, claim: Claim): string {
  if (claim.presigned) return "UNSIGNED-PAYLOAD";
  return request.headers["x-amz-content-sha256"] ?? sha256(request.body);
}

/** S3 signs the path as it is sent; every other service encodes it once more. */
function canonicalPath(rawPath: string, service: string): string {
  return service === "s3" ? rawPath : encode(rawPath).replaceAll("%2F", "/");
}

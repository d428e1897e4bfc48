/** What an S3 request names: a bucket, a key, parameters. What is not known is refused by name, never passed over. */
import { AwsError, type Call } from "../contract.ts";

export interface S3Request {
  readonly bucket: string;
  /** Undefined for a request on the bucket. */
  readonly key: string | undefined;
  readonly query: ReadonlyMap<string, string>;
  /** The request's headers, and those that a presigned URL carries in its query. */
  readonly headers: Readonly<Record<string, string>>;
  readonly presigned: boolean;
}

const MAX_KEY_BYTES = 1024;
const SIGNATURE_PARAMETERS =
  /^x-amz-(algorithm|credential|signature|signedheaders|date|expires|security-token|content-sha256)$/i;
/** Headers of S3 that mean nothing here, or are read where the operation is. */
const KNOWN_HEADERS =
  /^x-amz-(date|security-token|content-sha256|user-agent|decoded-content-length|trailer|sdk-checksum-algorithm|checksum-(mode|crc32|sha1|sha256)|expected-bucket-owner|copy-source|object-attributes|server-side-encryption|server-side-encryption-aws-kms-key-id|server-side-encryption-bucket-key-enabled|meta-.+)$/;

/** @throws AwsError */
export function readS3Request(call: Pick<Call, "rawPath" | "rawQuery" | "headers">): S3Request {
  const slash = call.rawPath.indexOf("/", 1);
  const bucket = decode(slash < 0 ? call.rawPath.slice(1) : call.rawPath.slice(1, slash));
  const key = slash < 0 ? "" : decode(call.rawPath.slice(slash + 1));
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new AwsError("KeyTooLongError", `Your key is longer than ${MAX_KEY_BYTES} bytes.`, 400);
  }
  if (key.includes("\0"))
    throw new AwsError("InvalidArgument", "A key with a NUL character is not served.", 400);
  const query = new Map<string, string>();
  const headers = { ...call.headers };
  let presigned = false;
  for (const part of call.rawQuery.split("&").filter(Boolean)) {
    const at = part.indexOf("=");
    const name = decode(at < 0 ? part : part.slice(0, at));
    const value = at < 0 ? "" : decode(part.slice(at + 1));
    if (SIGNATURE_PARAMETERS.test(name)) {
      presigned = true;
    } else if (/^x-amz-/i.test(name)) {
      const header = name.toLowerCase();
      if (headers[header] !== undefined) throw twice(name);
      headers[header] = value;
    } else {
      if (query.has(name)) throw twice(name);
      query.set(name, value);
    }
  }
  const stranger = Object.keys(headers).find(
    (name) => name.startsWith("x-amz-") && !KNOWN_HEADERS.test(name),
  );
  if (stranger !== undefined) throw notServed(`the header ${stranger}`);
  return { bucket, key: key === "" ? undefined : key, query, headers, presigned };
}

export function notServed(what: string): AwsError {
  return new AwsError("NotImplemented", `The embedded account's S3 does not serve ${what}.`, 501);
}

/** @throws AwsError naming a parameter that the operation does not know. */
export function allowParameters(request: S3Request, ...known: readonly string[]): void {
  for (const name of request.query.keys()) {
    // The SDK adds x-id, the operation's name, for those who read logs.
    if (name !== "x-id" && !known.includes(name)) throw notServed(`the parameter '${name}' here`);
  }
}

function twice(name: string): AwsError {
  return new AwsError("InvalidArgument", `'${name}' came more than once.`, 400);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError(
      "InvalidURI",
      "Couldn't parse the specified URI: it is not percent-encoded UTF-8.",
      400,
    );
  }
}

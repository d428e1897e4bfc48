/** Operations on one object: get, head, put, delete. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { AwsError, type Call, type Reply } from "../contract.ts";
import type { Bucket } from "./s3-bucket.ts";
import { allowParameters, notServed, type S3Request } from "./s3-request.ts";
import type { Notifications } from "./s3-notifications.ts";
import type { ObjectEncryption, ObjectStore, ObjectVersion } from "./s3-store.ts";

export interface S3Operation {
  readonly call: Call;
  readonly request: S3Request;
  readonly bucket: Bucket;
  readonly store: ObjectStore;
  readonly notifications: Notifications;
  readonly key: string;
}

const MAX_METADATA_BYTES = 2048;
/** Kept with an object and sent with it. */
const KEPT_HEADERS =
  /^(content-type|content-encoding|content-language|content-disposition|cache-control|expires|x-amz-meta-.+)$/;

export async function getObject({ call, request, bucket, store, key }: S3Operation): Promise<Reply> {
  allowParameters(request, "versionId");
  const versionId = request.query.get("versionId");
  authorizeVersion(bucket, call, request, "s3:GetObject", key, versionId);
  const version = store.find(bucket.name, key, versionId);
  if (version === undefined || version.deleteMarker)
    throw missing({ call, request, bucket, key, version, versionId });
  const wantsSum = request.headers["x-amz-checksum-mode"]?.toUpperCase() === "ENABLED";
  // A head alone needs no data key; a checksum does, for it tells of the content.
  if (call.method === "GET" || wantsSum) bucket.decrypt(call, key, version.encryption);
  checkConditions(request, version);

  const range = readRange(request.headers["range"], version.size);
  const headers = {
    ...version.headers,
    ...encryptionHeaders(version.encryption),
    etag: version.etag,
    "last-modified": new Date(version.lastModified).toUTCString(),
    "accept-ranges": "bytes",
    "content-length": String(range ? range.end - range.start + 1 : version.size),
    ...(bucket.versioned && { "x-amz-version-id": version.versionId }),
    ...(range && { "content-range": `bytes ${range.start}-${range.end}/${version.size}` }),
    ...(wantsSum &&
      !range && { "x-amz-checksum-crc32": version.crc32, "x-amz-checksum-type": "FULL_OBJECT" }),
  };
  const status = range ? 206 : 200;
  if (call.method === "HEAD") return { status, headers };
  const body = await store.read(bucket.name, version);
  return { status, headers, body: range ? body.subarray(range.start, range.end + 1) : body };
}

export async function putObject(operation: S3Operation): Promise<Reply> {
  const { call, request, bucket, store, key, notifications } = operation;
  allowParameters(request);
  bucket.authorize(call, request, "s3:PutObject", key);
  const encryption = bucket.encryptionFor(call, request, key);
  checkSums(request, call.body);
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => KEPT_HEADERS.test(name)),
  );
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith("x-amz-meta-"));
  if (Buffer.byteLength(metadata.flat().join("")) > MAX_METADATA_BYTES) {
    throw new AwsError("MetadataTooLarge", `Metadata is larger than ${MAX_METADATA_BYTES} bytes.`, 400);
  }
  const there = store.find(bucket.name, key);
  checkWriteConditions(request, there?.deleteMarker === true ? undefined : there);
  const targets = notifications.targets(bucket.name);
  const version = await store.put(
    bucket.name,
    key,
    { body: call.body, headers: { "content-type": "application/octet-stream", ...headers }, encryption },
    bucket.versioned,
  );
  notifications.publish(call, targets, {
    event: "ObjectCreated:Put",
    bucket: bucket.name,
    key,
    sequencer: version.sequencer,
    ...(bucket.versioned && { versionId: version.versionId }),
    created: version,
  });
  return {
    status: 200,
    headers: {
      etag: version.etag,
      "x-amz-checksum-crc32": version.crc32,
      "x-amz-checksum-type": "FULL_OBJECT",
      ...encryptionHeaders(encryption),
      ...(bucket.versioned && { "x-amz-version-id": version.versionId }),
    },
  };
}

export async function deleteObject(operation: S3Operation): Promise<Reply> {
  const { call, request, bucket, store, key, notifications } = operation;
  allowParameters(request, "versionId");
  const versionId = request.query.get("versionId");
  authorizeVersion(bucket, call, request, "s3:DeleteObject", key, versionId);
  const targets = notifications.targets(bucket.name);
  // Taken in the same moment as the change is made, so that changes of a key are numbered as they happened.
  const sequencer = store.sequencer();
  const changed =
    versionId === undefined
      ? await store.delete(bucket.name, key, bucket.versioned)
      : await store.deleteVersion(bucket.name, key, versionId);
  const marked = versionId === undefined && bucket.versioned;
  if (changed !== undefined || versionId === undefined) {
    notifications.publish(call, targets, {
      event: marked ? "ObjectRemoved:DeleteMarkerCreated" : "ObjectRemoved:Delete",
      bucket: bucket.name,
      key,
      sequencer,
      versionId: changed?.versionId,
    });
  }
  return {
    status: 204,
    headers: {
      ...(changed && { "x-amz-version-id": changed.versionId }),
      ...(changed?.deleteMarker === true && { "x-amz-delete-marker": "true" }),
    },
  };
}

/** A version that is named is an action of its own: who may read the newest may not read what was there before. */
function authorizeVersion(
  bucket: Bucket,
  call: Call,
  request: S3Request,
  action: "s3:GetObject" | "s3:DeleteObject",
  key: string,
  versionId: string | undefined,
): void {
  if (versionId === undefined) bucket.authorize(call, request, action, key);
  else bucket.authorize(call, request, `${action}Version`, key, { "s3:VersionId": versionId });
}

/** Who may not list the bucket does not learn whether a key is there. */
function missing(
  asked: Pick<S3Operation, "call" | "request" | "bucket" | "key"> & {
    version: ObjectVersion | undefined;
    versionId: string | undefined;
  },
): AwsError {
  const { call, request, bucket } = asked;
  if (!bucket.decide(call, request, "s3:ListBucket").allowed)
    return new AwsError("AccessDenied", "Access Denied", 403);
  if (asked.versionId === undefined)
    return new AwsError("NoSuchKey", "The specified key does not exist.", 404);
  return asked.version === undefined
    ? new AwsError("NoSuchVersion", "The specified version does not exist.", 404)
    : new AwsError("MethodNotAllowed", "The specified version is a delete marker.", 405);
}

function checkConditions(request: S3Request, version: ObjectVersion): void {
  const { "if-match": match, "if-none-match": noneMatch } = request.headers;
  if (match !== undefined && match !== "*" && match !== version.etag) throw preconditionFailed();
  if (noneMatch !== undefined && (noneMatch === "*" || noneMatch === version.etag)) {
    throw new AwsError("NotModified", "Not modified", 304);
  }
}

function checkWriteConditions(request: S3Request, there: ObjectVersion | undefined): void {
  const { "if-match": match, "if-none-match": noneMatch } = request.headers;
  if (noneMatch !== undefined && noneMatch !== "*") throw notServed("If-None-Match with a tag on a put");
  if (noneMatch === "*" && there !== undefined) throw preconditionFailed();
  if (match !== undefined && match !== there?.etag) throw preconditionFailed();
}

function preconditionFailed(): AwsError {
  return new AwsError(
    "PreconditionFailed",
    "At least one of the pre-conditions you specified did not hold",
    412,
  );
}

/** One range of bytes; undefined for the whole object, also where the header names several, as S3 does. */
function readRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = header === undefined ? undefined : /^bytes=(\d*)-(\d*)$/.exec(header);
  const [, from = "", to = ""] = match ?? [];
  if (!match || (from === "" && to === "")) return undefined;
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (start > end) throw new AwsError("InvalidRange", "The requested range is not satisfiable", 416);
  return { start, end };
}

function checkSums(request: S3Request, body: Buffer): void {
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(body));
  const hash = (name: string): string => createHash(name).update(body).digest("base64");
  const sums: readonly (readonly [header: string, sum: () => string])[] = [
    ["content-md5", () => hash("md5")],
    ["x-amz-checksum-crc32", () => crc.toString("base64")],
    ["x-amz-checksum-sha1", () => hash("sha1")],
    ["x-amz-checksum-sha256", () => hash("sha256")],
  ];
  for (const [header, sum] of sums) {
    const said = request.headers[header];
    if (said !== undefined && said !== sum()) {
      throw new AwsError(
        "BadDigest",
        `The ${header} you specified did not match the calculated checksum.`,
        400,
      );
    }
  }
}

function encryptionHeaders(encryption: ObjectEncryption): Record<string, string> {
  if (encryption.algorithm === "AES256") return { "x-amz-server-side-encryption": "AES256" };
  return {
    "x-amz-server-side-encryption": "aws:kms",
    "x-amz-server-side-encryption-aws-kms-key-id": encryption.keyArn,
    ...(encryption.bucketKey && { "x-amz-server-side-encryption-bucket-key-enabled": "true" }),
  };
}

/** Lists of a bucket: its objects, and all their versions. */
import { AwsError, type Reply } from "../contract.ts";
import { tag } from "../protocol.ts";
import type { S3Operation } from "./s3-objects.ts";
import { allowParameters, type S3Request } from "./s3-request.ts";
import type { ListedObject, ObjectVersion } from "./s3-store.ts";

type Listing = Omit<S3Operation, "key">;

const MAX_KEYS = 1000;

/** What both lists are asked with. `text` writes a key as the caller wants it. */
interface Asked {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly text: (key: string) => string;
}

/** ListObjectsV2 */
export function listObjects({ call, request, bucket, store }: Listing): Reply {
  allowParameters(
    request,
    ...[
      "list-type",
      "prefix",
      "delimiter",
      "max-keys",
      "continuation-token",
      "start-after",
      "encoding-type",
      "fetch-owner",
    ],
  );
  const asked = readAsked(request);
  bucket.authorize(call, request, "s3:ListBucket", undefined, contextOf(request));
  const token = request.query.get("continuation-token");
  const after = token === undefined ? (request.query.get("start-after") ?? "") : fromToken(token);
  const entries: string[] = [];
  let last = "";
  let more = false;
  for (const entry of group(store.list(bucket.name, asked.prefix), asked)) {
    const newest = entry.versions?.[0];
    if (newest?.deleteMarker === true || Buffer.compare(Buffer.from(entry.name), Buffer.from(after)) <= 0)
      continue;
    if (entries.length === asked.maxKeys) {
      more = true;
      break;
    }
    last = entry.name;
    entries.push(newest ? contents(asked, entry.name, newest) : commonPrefix(asked, entry.name));
  }
  return xml("ListBucketResult", [
    tag("Name", bucket.name),
    ...head(asked, request),
    tag("KeyCount", entries.length),
    tag("IsTruncated", more),
    ...(token === undefined ? [] : [tag("ContinuationToken", token)]),
    ...(more ? [tag("NextContinuationToken", toToken(last))] : []),
    ...entries,
  ]);
}

/** ListObjectVersions */
export function listVersions({ call, request, bucket, store }: Listing): Reply {
  allowParameters(
    request,
    ...["versions", "prefix", "delimiter", "max-keys", "key-marker", "version-id-marker", "encoding-type"],
  );
  const asked = readAsked(request);
  bucket.authorize(call, request, "s3:ListBucketVersions", undefined, contextOf(request));
  const keyMarker = request.query.get("key-marker") ?? "";
  const versionMarker = request.query.get("version-id-marker");
  const all = [...group(store.list(bucket.name, asked.prefix), asked)].flatMap(entriesOf);
  const rest = all.slice(startOf(all, keyMarker, versionMarker));
  const page = rest.slice(0, asked.maxKeys);
  const next = rest.length > page.length ? page.at(-1) : undefined;
  return xml("ListVersionsResult", [
    tag("Name", bucket.name),
    ...head(asked, request),
    tag("IsTruncated", next !== undefined),
    ...(next ? [tag("NextKeyMarker", asked.text(next.name))] : []),
    ...(next?.version ? [tag("NextVersionIdMarker", next.version.versionId)] : []),
    ...page.map(({ name, version, latest }) =>
      version ? versionEntry(asked, name, version, latest) : commonPrefix(asked, name),
    ),
  ]);
}

interface VersionEntry {
  readonly name: string;
  /** Undefined for a common prefix. */
  readonly version?: ObjectVersion;
  readonly latest: boolean;
}

function entriesOf({ name, versions }: Group): VersionEntry[] {
  return (
    versions?.map((version, index) => ({ name, version, latest: index === 0 })) ?? [{ name, latest: false }]
  );
}

/** Where a page begins: after the version that the one before ended with, or after all versions of its key. */
function startOf(all: readonly VersionEntry[], key: string, versionId: string | undefined): number {
  if (key === "") return 0;
  const marker = all.findIndex((each) => each.name === key && each.version?.versionId === versionId);
  if (versionId !== undefined && marker >= 0) return marker + 1;
  const after = all.findIndex((each) => Buffer.compare(Buffer.from(each.name), Buffer.from(key)) > 0);
  return after < 0 ? all.length : after;
}

interface Group {
  readonly name: string;
  /** Undefined for a common prefix. */
  readonly versions?: readonly ObjectVersion[];
}

/** Objects, with those that share the part up to a delimiter put together under it (then without versions). */
function* group(objects: Iterable<ListedObject>, { prefix, delimiter }: Asked): Generator<Group> {
  let previous: string | undefined;
  for (const { key, versions } of objects) {
    const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    if (at < 0) {
      yield { name: key, versions };
      continue;
    }
    // A group of deleted objects only is not listed among the objects.
    const name = key.slice(0, at + delimiter.length);
    if (name === previous || versions[0]?.deleteMarker === true) continue;
    previous = name;
    yield { name };
  }
}

function readAsked(request: S3Request): Asked {
  const maxKeys = request.query.get("max-keys") ?? String(MAX_KEYS);
  if (!/^\d{1,9}$/.test(maxKeys))
    throw new AwsError("InvalidArgument", "max-keys must be a whole number.", 400);
  const encoding = request.query.get("encoding-type");
  if (encoding !== undefined && encoding !== "url") {
    throw new AwsError("InvalidArgument", "encoding-type must be url.", 400);
  }
  return {
    prefix: request.query.get("prefix") ?? "",
    delimiter: request.query.get("delimiter") ?? "",
    maxKeys: Math.min(Number(maxKeys), MAX_KEYS),
    text: encoding === undefined ? (key) => key : (key) => encodeURIComponent(key).replaceAll("%2F", "/"),
  };
}

/** A policy may limit a list by what it asks for; what was not asked is an absent key, as on AWS. */
function contextOf({ query }: S3Request): Record<string, string> {
  const keys = { "s3:prefix": "prefix", "s3:delimiter": "delimiter", "s3:max-keys": "max-keys" };
  return Object.fromEntries(
    Object.entries(keys).flatMap(([key, parameter]) => {
      const value = query.get(parameter);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

function head(asked: Asked, { query }: S3Request): string[] {
  return [
    tag("Prefix", asked.text(asked.prefix)),
    ...(asked.delimiter === "" ? [] : [tag("Delimiter", asked.text(asked.delimiter))]),
    tag("MaxKeys", asked.maxKeys),
    ...(query.has("encoding-type") ? [tag("EncodingType", "url")] : []),
  ];
}

function contents(asked: Asked, key: string, version: ObjectVersion): string {
  return `<Contents>${tag("Key", asked.text(key))}${bodyOf(version)}</Contents>`;
}

function versionEntry(asked: Asked, key: string, version: ObjectVersion, latest: boolean): string {
  const name = version.deleteMarker ? "DeleteMarker" : "Version";
  const common = `${tag("Key", asked.text(key))}${tag("VersionId", version.versionId)}${tag("IsLatest", latest)}`;
  const rest = version.deleteMarker ? tag("LastModified", version.lastModified) : bodyOf(version);
  return `<${name}>${common}${rest}</${name}>`;
}

function bodyOf(version: ObjectVersion): string {
  return [
    tag("LastModified", version.lastModified),
    tag("ETag", version.etag),
    tag("Size", version.size),
    tag("StorageClass", "STANDARD"),
  ].join("");
}

function commonPrefix(asked: Asked, name: string): string {
  return `<CommonPrefixes>${tag("Prefix", asked.text(name))}</CommonPrefixes>`;
}

function xml(root: string, parts: readonly string[]): Reply {
  return {
    status: 200,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join("")}</${root}>`,
  };
}

const toToken = (key: string): string => Buffer.from(key).toString("base64url");
const fromToken = (token: string): string => Buffer.from(token, "base64url").toString("utf8");

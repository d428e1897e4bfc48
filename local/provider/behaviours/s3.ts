import { createHash } from "node:crypto";
import { zipSync } from "fflate";
import { AwsError } from "../../gateway/contract.ts";
import { serviceMayInvoke } from "../../gateway/functions/permissions.ts";
import { overlap, readNotification } from "../../gateway/services/s3-notification-config.ts";
import { bytesOf, filesOf } from "../assets.ts";
import type { Behaviour, Behaviours, Draft } from "../behaviour.ts";
import { element } from "../operator.ts";
import type { Operator } from "../operator.ts";
import { findFunction } from "../references.ts";
import { isArchive, isAsset, isObject, text } from "../values.ts";

const BUCKET = "aws:s3/bucket:Bucket";

/** S3's hosted zone of us-east-1, which the bucket's outputs name. */
const HOSTED_ZONE = "Z3AQBSTGFYJSTF";

function inBucket(draft: Draft): void {
  const bucket = text(draft.inputs, "bucket");
  if (!draft.account.resource(BUCKET, bucket))
    throw new AwsError("NoSuchBucket", `The specified bucket does not exist: ${bucket}`, 404);
}

/** S3 makes sure that it can deliver, each time that a configuration is put. */
function verifyNotification(draft: Draft): void {
  inBucket(draft);
  const bucket = text(draft.inputs, "bucket");
  const targets = readNotification(bucket, draft.inputs);
  if (overlap(targets))
    throw new AwsError(
      "InvalidArgument",
      "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.",
    );
  for (const { lambdaFunctionArn } of targets) {
    const invocation = {
      service: "s3.amazonaws.com",
      sourceArn: `arn:${draft.place.partition}:s3:::${bucket}`,
      function: lambdaFunctionArn,
    };
    if (!findFunction(draft.account, lambdaFunctionArn) || !serviceMayInvoke(draft.gateway, invocation))
      throw new AwsError(
        "InvalidArgument",
        `Unable to validate the following destination configurations: S3 may not invoke ${lambdaFunctionArn} for ` +
          `${bucket}. Deploy the function and a lambda.Permission for s3.amazonaws.com first.`,
      );
  }
}

/** A setting of a bucket; a bucket has one of each. */
const setting: Behaviour = { id: (inputs) => text(inputs, "bucket"), verify: inBucket };

interface Version {
  readonly key: string;
  readonly version: string;
}

async function versions(bucket: string, prefix: string, operator: Operator): Promise<Version[]> {
  const query = prefix === "" ? "versions" : `prefix=${encodeURIComponent(prefix)}&versions`;
  const { body } = await operator.s3({ method: "GET", bucket, query });
  return Array.from(body.matchAll(/<(Version|DeleteMarker)>.*?<\/\1>/gs), ([entry]) => ({
    key: element(entry, "Key"),
    version: element(entry, "VersionId"),
  }));
}

async function erase(bucket: string, { key, version }: Version, operator: Operator): Promise<void> {
  const query = version === "" ? "" : `versionId=${encodeURIComponent(version)}`;
  await operator.s3({ method: "DELETE", bucket, key, query });
}

async function emptied(bucket: string, force: boolean, operator: Operator): Promise<void> {
  for (;;) {
    const [first, ...others] = await versions(bucket, "", operator);
    if (!first) return;
    if (!force)
      throw new AwsError(
        "BucketNotEmpty",
        "The bucket you tried to delete is not empty. You must delete all versions in the bucket. " +
          `${bucket} holds ${first.key} and ${others.length} more: delete them, or set forceDestroy.`,
        409,
      );
    for (const version of [first, ...others]) await erase(bucket, version, operator);
  }
}

/** Arguments of an object that travel as headers. */
const HEADERS: Readonly<Record<string, string>> = {
  cacheControl: "cache-control",
  contentDisposition: "content-disposition",
  contentEncoding: "content-encoding",
  contentLanguage: "content-language",
  contentType: "content-type",
  serverSideEncryption: "x-amz-server-side-encryption",
  kmsKeyId: "x-amz-server-side-encryption-aws-kms-key-id",
  storageClass: "x-amz-storage-class",
};

/** The oldest date that a zip can hold: the same files make the same bytes. */
const EPOCH = new Date("1980-01-01T00:00:00");

async function content(draft: Draft): Promise<Buffer> {
  const { inputs } = draft;
  if (isAsset(inputs["source"])) return await bytesOf(inputs["source"], draft.programFolder);
  if (isArchive(inputs["source"]))
    return Buffer.from(
      zipSync(Object.fromEntries(await filesOf(inputs["source"], draft.programFolder)), { mtime: EPOCH }),
    );
  if (typeof inputs["contentBase64"] === "string") return Buffer.from(inputs["contentBase64"], "base64");
  return Buffer.from(text(inputs, "content"));
}

async function putObject(draft: Draft, operator: Operator): Promise<Record<string, unknown>> {
  const { inputs } = draft;
  const headers: Record<string, string> = { "content-type": "application/octet-stream" };
  for (const [argument, header] of Object.entries(HEADERS))
    if (typeof inputs[argument] === "string") headers[header] = inputs[argument];
  for (const [name, value] of Object.entries(isObject(inputs["metadata"]) ? inputs["metadata"] : {}))
    headers[`x-amz-meta-${name.toLowerCase()}`] = String(value);
  const tags = Object.entries(isObject(inputs["tags"]) ? inputs["tags"] : {});
  if (tags.length > 0)
    headers["x-amz-tagging"] = new URLSearchParams(
      tags.map(([key, value]): [string, string] => [key, String(value)]),
    ).toString();
  const body = await content(draft);
  const key = text(inputs, "key");
  const reply = await operator.s3({ method: "PUT", bucket: text(inputs, "bucket"), key, headers, body });
  return {
    etag: createHash("md5").update(body).digest("hex"),
    versionId: reply.headers["x-amz-version-id"] ?? "",
    contentType: headers["content-type"],
  };
}

export const s3: Behaviours = {
  [BUCKET]: {
    defaults: { forceDestroy: false },
    id: (inputs) => text(inputs, "bucket"),
    conflict: () =>
      new AwsError(
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
        409,
      ),
    outputs: ({ id, place }) => ({
      bucketDomainName: `${id}.s3.amazonaws.com`,
      bucketRegionalDomainName: `${id}.s3.${place.region}.amazonaws.com`,
      bucketRegion: place.region,
      hostedZoneId: HOSTED_ZONE,
    }),
    remove: (record, operator) => emptied(record.id, record.inputs["forceDestroy"] === true, operator),
  },
  "aws:s3/bucketPolicy:BucketPolicy": setting,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
    ...setting,
    defaults: {
      blockPublicAcls: false,
      blockPublicPolicy: false,
      ignorePublicAcls: false,
      restrictPublicBuckets: false,
    },
  },
  "aws:s3/bucketVersioning:BucketVersioning": setting,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": setting,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": setting,
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": setting,
  "aws:s3/bucketLogging:BucketLogging": setting,
  "aws:s3/bucketNotification:BucketNotification": { ...setting, verify: verifyNotification },
  "aws:s3/bucketObjectv2:BucketObjectv2": {
    id: (inputs) => `${text(inputs, "bucket")}/${text(inputs, "key")}`,
    verify: inBucket,
    outputs: ({ inputs, place }) => ({
      arn: `arn:${place.partition}:s3:::${text(inputs, "bucket")}/${text(inputs, "key")}`,
    }),
    volatile: ["etag", "versionId"],
    apply: putObject,
    remove: async (record, operator) => {
      const bucket = text(record.inputs, "bucket");
      if (!operator.gateway.account.resource(BUCKET, bucket)) return;
      const key = text(record.inputs, "key");
      for (const version of await versions(bucket, key, operator))
        if (version.key === key) await erase(bucket, version, operator);
    },
  },
};

/** Trails: CloudTrail tries whether it can write before it takes one. Sources: its guide on bucket and key policies. */
import { randomUUID } from "node:crypto";
import { AwsError, type Gateway } from "../../gateway/contract.ts";
import { deployedPolicy } from "../../gateway/principals.ts";
import type { Context, NamedPolicy } from "../../../policies/isolation/types.ts";
import type { Behaviours, Draft } from "../behaviour.ts";
import { findKey } from "../references.ts";
import { text } from "../values.ts";

const SERVICE = { kind: "service", service: "cloudtrail.amazonaws.com" } as const;

function may(
  gateway: Gateway,
  action: string,
  resource: string,
  resourcePolicies: NamedPolicy[],
  context: Context,
): boolean {
  return gateway.decide(
    { principal: SERVICE, id: randomUUID() },
    { action, resource, resourcePolicies, resourcePolicyMode: "required", context },
  ).allowed;
}

function verifyTrail({ account, gateway, inputs, place }: Draft): void {
  const name = text(inputs, "name");
  const bucket = text(inputs, "s3BucketName");
  const context: Context = {
    "aws:SourceAccount": place.account,
    "aws:SourceArn": `arn:${place.partition}:cloudtrail:${place.region}:${place.account}:trail/${name}`,
    "aws:PrincipalIsAWSService": "true",
    "aws:PrincipalServiceName": SERVICE.service,
  };
  if (!account.resource("aws:s3/bucket:Bucket", bucket))
    throw new AwsError("S3BucketDoesNotExistException", `S3 bucket ${bucket} does not exist!`);
  const record = account.resource("aws:s3/bucketPolicy:BucketPolicy", bucket);
  const policies = record
    ? [deployedPolicy(account, record, `bucket policy of ${bucket}`, record.outputs["policy"])]
    : [];
  const arn = `arn:${place.partition}:s3:::${bucket}`;
  const prefix = text(inputs, "s3KeyPrefix");
  const object = `${arn}/${prefix === "" ? "" : `${prefix}/`}AWSLogs/${place.account}/CloudTrail/x.json.gz`;
  const writes =
    may(gateway, "s3:GetBucketAcl", arn, policies, context) &&
    may(gateway, "s3:PutObject", object, policies, {
      ...context,
      "s3:x-amz-acl": "bucket-owner-full-control",
    });
  if (!writes)
    throw new AwsError(
      "InsufficientS3BucketPolicyException",
      `Incorrect S3 bucket policy is detected for bucket: ${bucket}`,
    );
  const key = text(inputs, "kmsKeyId");
  if (key === "") return;
  const keyRecord = findKey(account, key);
  const encrypts =
    keyRecord !== undefined &&
    may(
      gateway,
      "kms:GenerateDataKey",
      String(keyRecord.outputs["arn"]),
      [deployedPolicy(account, keyRecord, `key policy of ${key}`, keyRecord.outputs["policy"])],
      {
        ...context,
        "kms:EncryptionContext:aws:cloudtrail:arn": String(context["aws:SourceArn"]),
      },
    );
  if (!encrypts)
    throw new AwsError(
      "InsufficientEncryptionPolicyException",
      `Insufficient permissions to access S3 bucket ${bucket} or KMS key ${key}.`,
    );
}

export const cloudtrail: Behaviours = {
  "aws:cloudtrail/trail:Trail": {
    id: (inputs) => text(inputs, "name"),
    conflict: (inputs) =>
      new AwsError("TrailAlreadyExistsException", `Trail ${text(inputs, "name")} already exists`),
    verify: verifyTrail,
    outputs: ({ place }) => ({ homeRegion: place.region }),
  },
};

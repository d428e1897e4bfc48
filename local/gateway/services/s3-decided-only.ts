/**
 * Operations of S3 that are decided on and not performed: copies, uploads in parts, and what manages policies, ACLs and tags.
 * Source of the actions: service authorization reference, "Actions, resources, and condition keys for Amazon S3".
 */
import type { Call, Gateway } from "../contract.ts";
import { Bucket } from "./s3-bucket.ts";
import { notPerformed } from "./decided-only.ts";
import { readS3Request, type S3Request } from "./s3-request.ts";

/** Action by method and the parameter that names the operation. */
const ON_BUCKET: Readonly<Record<string, string>> = {
  "GET policy": "s3:GetBucketPolicy",
  "PUT policy": "s3:PutBucketPolicy",
  "DELETE policy": "s3:DeleteBucketPolicy",
  "PUT acl": "s3:PutBucketAcl",
  "PUT publicAccessBlock": "s3:PutBucketPublicAccessBlock",
  "GET uploads": "s3:ListBucketMultipartUploads",
};
const ON_OBJECT: Readonly<Record<string, string>> = {
  "GET acl": "s3:GetObjectAcl",
  "PUT acl": "s3:PutObjectAcl",
  "GET tagging": "s3:GetObjectTagging",
  "PUT tagging": "s3:PutObjectTagging",
  "GET attributes": "s3:GetObjectAttributes",
  "POST uploads": "s3:PutObject",
  "PUT partNumber": "s3:PutObject",
};

/** @throws AwsError if the request is one of these: AccessDenied, or that it is not performed */
export function refuseDecidedOnly(gateway: Gateway, call: Call, request: S3Request, bucket: Bucket): void {
  const { key } = request;
  const actions = key === undefined ? ON_BUCKET : ON_OBJECT;
  const action = [...request.query.keys()]
    .map((parameter) => actions[`${call.method} ${parameter}`])
    .find((each) => each !== undefined);
  const source = request.headers["x-amz-copy-source"];
  if (source !== undefined && call.method === "PUT" && key !== undefined) {
    const from = readS3Request({ rawPath: `/${source.replace(/^\//, "")}`, rawQuery: "", headers: {} });
    Bucket.open(gateway, from.bucket).authorize(call, request, "s3:GetObject", from.key);
    bucket.authorize(call, request, "s3:PutObject", key);
    throw notPerformed("s3:GetObject and s3:PutObject of a copy");
  }
  if (action === undefined) return;
  bucket.authorize(call, request, action, key);
  throw notPerformed(action);
}

import { control, oneOf } from "../support/control.ts";
import { readPolicy } from "../support/documents.ts";
import { literalsOf } from "../support/probe/literals.ts";
import type { PolicyResource } from "@pulumi/policy";

/** What CloudFront hands to everybody is no secret, and may be under S3's own keys. */
export const s3Encrypted = control({
  name: "s3-encrypted",
  description:
    "Buckets are encrypted under a customer managed key, with one data key a bucket; what CloudFront serves, under S3's own.",
  severity: "medium",
  remediation:
    "Give the bucket an aws.s3.BucketServerSideEncryptionConfiguration with sseAlgorithm aws:kms, kmsMasterKeyId and bucketKeyEnabled.",
  controls: ["S3.17"],
  of: ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"],
  judge: (bucket, input) => {
    const encryption = bucket.only(
      input,
      {
        types: [
          "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
          "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
        ],
        property: "bucket",
        what: "encryption of its own",
      },
      bucket.names("bucket", "id"),
    );
    if (!encryption) return;
    const names = bucket.names("bucket", "id");
    const [policy] = input.stack.satellites(
      bucket.resource,
      ["aws:s3/bucketPolicy:BucketPolicy"],
      "bucket",
      names,
    ).own;
    const served = policy !== undefined && isServed(policy);
    const by = "rules.0.applyServerSideEncryptionByDefault";
    const algorithms = served ? ["AES256", "aws:kms"] : ["aws:kms", "aws:kms:dsse"];
    if (!encryption.must(`${by}.sseAlgorithm`, oneOf(...algorithms), "is not under a KMS key") || served)
      return;
    encryption.refers(
      `${by.replace("rules.0", "rules.0")}.kmsMasterKeyId`,
      "is under a key of AWS's own: no kmsMasterKeyId",
    );
    encryption.must(
      "rules.0.bucketKeyEnabled",
      oneOf(true),
      "has a data key for each object, which key policies don't expect",
    );
  },
});

function isServed(of: PolicyResource): boolean {
  const policy = readPolicy(of, "policy");
  if (policy.kind === "document")
    return literalsOf(policy.document).principals.has("cloudfront.amazonaws.com");
  return (of.propertyDependencies["policy"] ?? []).some(
    ({ type }) => type === "aws:cloudfront/distribution:Distribution",
  );
}

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** What a bucket's further settings wait for. */
export interface Private {
  readonly closed: aws.s3.BucketPublicAccessBlock;
  readonly versioning: aws.s3.BucketVersioning;
}

/** No access lists, nothing public, and every version kept: what all buckets have in common. */
export function keepPrivate(
  name: string,
  bucket: pulumi.Input<string>,
  opts: pulumi.ComponentResourceOptions,
): Private {
  new aws.s3.BucketOwnershipControls(
    `${name}-ownership`,
    { bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
    opts,
  );
  const closed = new aws.s3.BucketPublicAccessBlock(
    `${name}-private`,
    {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    opts,
  );
  const versioning = new aws.s3.BucketVersioning(
    `${name}-versioning`,
    { bucket, versioningConfiguration: { status: "Enabled" } },
    opts,
  );
  return { closed, versioning };
}

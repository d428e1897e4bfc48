import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { after } from "./after.ts";
import { keepPrivate } from "./private-bucket.ts";

export interface EncryptedBucketArgs {
  /** Physical name. A change replaces the bucket. */
  readonly bucket: string;
  readonly keyArn: pulumi.Input<string>;
  /** The bucket's policy as JSON. */
  readonly policy: pulumi.Input<string>;
  readonly tags: Readonly<Record<string, string>>;
  /** Refuse to delete it. */
  readonly protect: boolean;
  /** Nobody deletes an object's version before so many days; `COMPLIANCE`: not even the account's root user. @default no lock */
  readonly lock?: { readonly days: number; readonly mode: "GOVERNANCE" | "COMPLIANCE" };
}

/** A private, versioned bucket under one KMS key, with its policy. */
export class EncryptedBucket extends pulumi.ComponentResource {
  /** The bucket's name, known once its policy and encryption are in force. */
  readonly ready: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: EncryptedBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:tenants:EncryptedBucket", name, {}, opts);
    const bucket = new aws.s3.Bucket(
      name,
      {
        bucket: args.bucket,
        forceDestroy: false,
        tags: { ...args.tags },
        ...(args.lock ? { objectLockEnabled: true } : {}),
      },
      { parent: this, protect: args.protect, deleteBeforeReplace: true },
    );
    const inside = { parent: this };
    const { closed, versioning } = keepPrivate(name, bucket.bucket, inside);
    if (args.lock) {
      new aws.s3.BucketObjectLockConfiguration(
        `${name}-lock`,
        {
          bucket: bucket.bucket,
          rule: { defaultRetention: { mode: args.lock.mode, days: args.lock.days } },
        },
        // A lock takes versioning.
        { parent: this, dependsOn: versioning },
      );
    }
    const encryption = new aws.s3.BucketServerSideEncryptionConfiguration(
      `${name}-encryption`,
      {
        bucket: bucket.bucket,
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: args.keyArn },
            // One data key a bucket, so that the encryption context is the bucket's ARN, as the key policy expects.
            bucketKeyEnabled: true,
          },
        ],
      },
      inside,
    );
    // AWS refuses a policy and a public access block set at the same time.
    const policy = new aws.s3.BucketPolicy(
      `${name}-policy`,
      { bucket: bucket.bucket, policy: args.policy },
      { parent: this, dependsOn: closed },
    );
    this.arn = bucket.arn;
    this.ready = after(bucket.bucket, policy, encryption);
    this.registerOutputs({ ready: this.ready, arn: this.arn });
  }
}

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { platformNames, type Place } from "../../runtime/contract/names.ts";
import { after } from "../../tenants/after.ts";
import { keepPrivate, type Private } from "../../tenants/private-bucket.ts";
import { consoleBucketPolicy } from "../documents/edge.ts";

export interface ConsoleBucketArgs {
  readonly place: Place;
}

/** The console's files: private, for CloudFront alone. They are the same for everybody, and hold nothing of a tenant's. */
export class ConsoleBucket extends pulumi.ComponentResource {
  readonly bucket: pulumi.Output<string>;
  /** Host by which CloudFront reaches it. */
  readonly domain: pulumi.Output<string>;
  readonly #args: ConsoleBucketArgs;
  readonly #name: string;
  readonly #closed: Private["closed"];

  constructor(name: string, args: ConsoleBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:ConsoleBucket", name, {}, opts);
    this.#args = args;
    this.#name = name;
    const inside = { parent: this };
    const bucket = new aws.s3.Bucket(
      `${name}-bucket`,
      // Whatever is in it is made again from the sources.
      { bucket: platformNames(args.place).consoleBucket, forceDestroy: true },
      inside,
    );
    const { closed, versioning } = keepPrivate(name, bucket.bucket, inside);
    this.#closed = closed;
    const encryption = new aws.s3.BucketServerSideEncryptionConfiguration(
      `${name}-encryption`,
      {
        bucket: bucket.bucket,
        // S3's own keys: whoever opens the console's address reads these files.
        rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
      },
      inside,
    );
    this.bucket = after(bucket.bucket, versioning, encryption);
    this.domain = bucket.bucketRegionalDomainName;
    this.registerOutputs({ bucket: this.bucket, domain: this.domain });
  }

  /** Lets a distribution, and nothing else, read the files. */
  admit(distributionArn: pulumi.Output<string>): void {
    const { place } = this.#args;
    new aws.s3.BucketPolicy(
      `${this.#name}-policy`,
      { bucket: this.bucket, policy: distributionArn.apply((arn) => consoleBucketPolicy(place, arn)) },
      { parent: this, dependsOn: this.#closed },
    );
  }
}

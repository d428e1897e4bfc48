import { control, oneOf } from "../support/control.ts";

export const s3Versioned = control({
  name: "s3-versioned",
  description: "Buckets keep versions, so that what is overwritten or deleted by mistake can be restored.",
  severity: "medium",
  remediation: "Give the bucket an aws.s3.BucketVersioning with status Enabled.",
  controls: ["S3.14"],
  of: ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"],
  judge: (bucket, input) => {
    const own = bucket.only(
      input,
      {
        types: ["aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketVersioningV2:BucketVersioningV2"],
        property: "bucket",
        what: "versioning",
      },
      bucket.names("bucket", "id"),
    );
    own?.must("versioningConfiguration.status", oneOf("Enabled"), "keeps no versions");
  },
});

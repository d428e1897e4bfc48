import { control, isTrue } from "../support/control.ts";

const SETTINGS = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

export const s3Private = control({
  name: "s3-private",
  description: "No bucket can be made public, by a policy or by access control lists.",
  severity: "critical",
  remediation: "Give the bucket an aws.s3.BucketPublicAccessBlock with all four settings true.",
  controls: ["S3.2", "S3.3", "S3.8"],
  of: ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"],
  judge: (bucket, input) => {
    const own = bucket.only(
      input,
      {
        types: ["aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"],
        property: "bucket",
        what: "public access block",
      },
      bucket.names("bucket", "id"),
    );
    for (const setting of SETTINGS) own?.must(setting, isTrue, `can be made public: ${setting} is not true`);
  },
});

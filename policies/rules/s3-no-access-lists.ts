import { control, oneOf } from "../support/control.ts";

export const s3NoAccessLists = control({
  name: "s3-no-access-lists",
  description: "Buckets are governed by policies alone: access control lists are off.",
  severity: "medium",
  remediation: "Give the bucket an aws.s3.BucketOwnershipControls with objectOwnership BucketOwnerEnforced.",
  of: ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"],
  judge: (bucket, input) => {
    const own = bucket.only(
      input,
      {
        types: ["aws:s3/bucketOwnershipControls:BucketOwnershipControls"],
        property: "bucket",
        what: "ownership controls",
      },
      bucket.names("bucket", "id"),
    );
    own?.must("rule.objectOwnership", oneOf("BucketOwnerEnforced"), "takes access control lists");
  },
});

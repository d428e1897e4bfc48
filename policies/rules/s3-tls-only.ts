import { decide, type Principal } from "../isolation/index.ts";
import { control } from "../support/control.ts";
import { readPolicy } from "../support/documents.ts";
import { oncePerClass } from "../support/classes.ts";
import { ownerOf } from "../support/owner.ts";
import { whereOf } from "../support/place.ts";

const NAME = "s3-tls-only";
const EVERYTHING = {
  Version: "2012-10-17",
  Statement: { Sid: "Everything", Effect: "Allow", Action: "*", Resource: "*" },
} as const;
const ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:GetBucketLocation"];

/** Asked of the policy for callers who are let in otherwise. */
export const s3TlsOnly = control({
  name: NAME,
  description: "Buckets refuse requests in clear.",
  severity: "medium",
  remediation:
    "Let the bucket policy deny `s3:*` on the bucket and its objects with Bool `aws:SecureTransport` false.",
  controls: ["S3.5"],
  of: ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"],
  judge: (bucket, input) => {
    const [name] = bucket.names("bucket");
    const kind = { types: ["aws:s3/bucketPolicy:BucketPolicy"], property: "bucket", what: "bucket policy" };
    const found = bucket.only(input, kind, bucket.names("bucket", "id"));
    if (!found) return;
    const policy = readPolicy(found.resource, "policy");
    if (policy.kind === "none") bucket.fault("takes requests in clear: its policy is empty");
    const tenant = ownerOf(bucket.resource);
    if (policy.kind === "unproven" && !(policy.pending && tenant === undefined))
      bucket.fault(`not proven: its bucket policy ${policy.why}`);
    if (policy.kind !== "document") return;
    const { document, text } = policy;
    const { account } = whereOf(input.stack);
    const faults = oncePerClass(NAME, tenant, [text, String(name), account], () => {
      const arn = `arn:aws:s3:::${String(name)}`;
      const principal: Principal = {
        kind: "role-session",
        account,
        roleArn: `arn:aws:iam::${account}:role/bulkhead-probe`,
        sessionArn: `arn:aws:sts::${account}:assumed-role/bulkhead-probe/probe`,
        tags: tenant === undefined ? {} : { tenant_id: tenant },
      };
      const open = ACTIONS.filter((action) =>
        [action.includes("Object") ? `${arn}/${tenant ?? "x"}/x` : arn].some((resource) => {
          const request = {
            principal,
            action,
            resource,
            resourceAccount: account,
            context: { "aws:SecureTransport": "false" },
          };
          return decide(request, {
            identity: [{ name: "everything", document: EVERYTHING }],
            resource: [{ name: "it", document }],
          }).allowed;
        }),
      );
      return open.length > 0 ? [`takes ${open.join(", ")} in clear`] : [];
    });
    for (const fault of faults) bucket.fault(fault);
  },
});

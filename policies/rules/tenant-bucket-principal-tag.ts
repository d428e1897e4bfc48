import type { PolicyResource } from "@pulumi/policy";
import { judgeTenantBucket } from "../support/bucket-judgement.ts";
import { oncePerClass } from "../support/classes.ts";
import { readPolicy } from "../support/documents.ts";
import { tagOf } from "../support/owner.ts";
import { read } from "../support/read.ts";
import { rule } from "../support/rule.ts";
import type { Stack } from "../support/stack.ts";

const NAME = "tenant-bucket-principal-tag";
const BUCKETS = ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"];
const POLICY = "aws:s3/bucketPolicy:BucketPolicy";
const ROLE = /^arn:[a-z-]+:iam::[0-9]{12}:role\/.+$/;

/** The bucket policy is the layer that holds when a tenant's identity policies and boundary are wrong. */
export const tenantBucketPrincipalTag = rule({
  name: NAME,
  description:
    "The bucket of each tenant (a bucket tagged tenant_id) admits nobody but identities that carry the tenant's tag, whatever they are allowed elsewhere.",
  severity: "critical",
  remediation:
    "Give the bucket one aws.s3.BucketPolicy, known at preview, that denies `s3:*` on its objects and `s3:ListBucket*` on itself to Principal `*` with StringNotEquals `aws:PrincipalTag/tenant_id`, and that allows nothing. Exempt deployment roles from the second Deny only, and name them in the configuration.",
  configSchema: {
    properties: {
      deploymentRoles: {
        type: "array",
        items: { type: "string", pattern: ROLE.source },
        description:
          "ARNs of roles that may list tenants' buckets, and read no object. `*` and `?` are wildcards. Default: the stack's setting `deploymentRoleArns`; without it, nobody.",
      },
    },
  },
  validate: ({ stack, config, stackSetting }, report) => {
    const deploymentRoles = roles(config["deploymentRoles"] ?? stackSetting("deploymentRoleArns") ?? []);
    for (const bucket of stack.of(BUCKETS))
      for (const fault of judge(bucket, stack, deploymentRoles)) report(fault, bucket.urn);
  },
});

function roles(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === "string" && ROLE.test(item)))
    return value as readonly string[];
  throw new Error("deploymentRoles has to be a list of role ARNs, each with its account");
}

function judge(bucket: PolicyResource, stack: Stack, deploymentRoles: readonly string[]): readonly string[] {
  const tag = tagOf(bucket);
  if (tag.kind === "none") return [];
  if (tag.kind === "unproven") return [`not proven whose bucket it is: ${tag.why}`];
  const { id: tenant } = tag;
  const named = read(bucket, "bucket");
  if (!named.known || typeof named.value !== "string")
    return ["not proven: its name is not known before deployment"];
  const name = named.value;

  const { own, unsure } = stack.satellites(bucket, [POLICY], "bucket", [name]);
  const [policy] = own;
  if (policy === undefined)
    return [
      unsure
        ? "not proven: it has no bucket policy, unless one whose bucket is not known before deployment"
        : "has no bucket policy",
    ];
  if (own.length > 1) return [`has ${own.length} bucket policies, of which AWS keeps the last one written`];
  const known = readPolicy(policy, "policy");
  if (known.kind === "none") return ["has no bucket policy"];
  if (known.kind === "unproven") return [`not proven: its bucket policy ${known.why}`];
  const { document, text } = known;
  return oncePerClass(NAME, tenant, [tenant, name, text, ...deploymentRoles], () =>
    judgeTenantBucket({ bucket: name, tenant, policy: document, deploymentRoles }),
  );
}

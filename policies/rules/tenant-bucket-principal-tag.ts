import type { PolicyResource } from "@pulumi/policy";
import { parsePolicy, PolicyError } from "../isolation/index.ts";
import { judgeTenantBucket } from "../support/bucket-judgement.ts";
import { read, readKeys } from "../support/read.ts";
import { rule } from "../support/rule.ts";

const BUCKETS: ReadonlySet<string> = new Set(["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"]);
const POLICY = "aws:s3/bucketPolicy:BucketPolicy";
const ROLE = /^arn:[a-z-]+:iam::[0-9]{12}:role\/.+$/;

/** The bucket policy is the layer that holds when a tenant's identity policies and boundary are wrong. */
export const tenantBucketPrincipalTag = rule({
  name: "tenant-bucket-principal-tag",
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
  validate: ({ resources, config, stackSetting }, report) => {
    const deploymentRoles = roles(config["deploymentRoles"] ?? stackSetting("deploymentRoleArns") ?? []);
    const policies = resources.filter(({ type }) => type === POLICY);
    for (const bucket of resources.filter(({ type }) => BUCKETS.has(type)))
      for (const fault of judge(bucket, policies, deploymentRoles)) report(fault, bucket.urn);
  },
});

function roles(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === "string" && ROLE.test(item)))
    return value as readonly string[];
  throw new Error("deploymentRoles has to be a list of role ARNs, each with its account");
}

function judge(
  bucket: PolicyResource,
  policies: readonly PolicyResource[],
  deploymentRoles: readonly string[],
): readonly string[] {
  const tags = readKeys(bucket, "tags");
  if (!tags.known) return ["not proven: its tags are not known before deployment"];
  // Tag keys are compared without case wherever policies read them.
  const [key, ...more] = tags.value.filter((name) => name.toLowerCase() === "tenant_id");
  if (key === undefined) return [];
  const tenant = read(bucket, "tags", key);
  if (more.length > 0 || !tenant.known || typeof tenant.value !== "string" || tenant.value === "")
    return [
      "not proven: whose bucket it is, is not known: its tag tenant_id has to be one text, known at preview",
    ];
  const name = read(bucket, "bucket");
  if (!name.known || typeof name.value !== "string")
    return ["not proven: its name is not known before deployment"];

  const own = policies.filter((policy) => attached(policy, bucket, name.value) === "yes");
  const unsure = policies.some((policy) => attached(policy, bucket, name.value) === "unknown");
  if (own.length === 0 && unsure)
    return ["not proven: it has no bucket policy, unless one whose bucket is not known before deployment"];
  const [policy] = own;
  if (policy === undefined) return ["has no bucket policy"];
  if (own.length > 1) return [`has ${own.length} bucket policies, of which AWS keeps the last one written`];
  const document = read(policy, "policy");
  if (!document.known) return ["not proven: its bucket policy is not known before deployment"];
  if (typeof document.value !== "string" && typeof document.value !== "object")
    return ["has no bucket policy"];
  try {
    const parsed = parsePolicy(document.value ?? "");
    return judgeTenantBucket({ bucket: name.value, tenant: tenant.value, policy: parsed, deploymentRoles });
  } catch (error) {
    if (error instanceof PolicyError)
      return [`not proven: its bucket policy is not understood: ${error.message}`];
    throw error;
  }
}

/** Whether a policy is this bucket's: by name, or by a reference to the bucket where the name is not known yet. */
function attached(policy: PolicyResource, bucket: PolicyResource, name: unknown): "yes" | "no" | "unknown" {
  const target = read(policy, "bucket");
  if (target.known) return target.value === name ? "yes" : "no";
  const referenced = policy.propertyDependencies["bucket"] ?? [];
  if (referenced.some(({ urn }) => urn === bucket.urn)) return "yes";
  return referenced.some(({ type }) => BUCKETS.has(type)) ? "no" : "unknown";
}

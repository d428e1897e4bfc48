import type { PolicyResource } from "@pulumi/policy";
import { control, type Subject } from "../support/control.ts";
import { ownerOf, tagOf } from "../support/owner.ts";
import { read } from "../support/read.ts";
import type { Stack } from "../support/stack.ts";

const BUCKETS = ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"];
const ENCRYPTION = {
  types: [
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
  ],
  property: "bucket",
  what: "encryption of its own",
};

/** Deleting a tenant's key has to end all that is encrypted for it, and nothing of anybody else's. */
export const siloTenantKey = control({
  name: "silo-tenant-key",
  description: "A tenant's bucket, collection and secret are encrypted with that tenant's own key.",
  severity: "high",
  remediation:
    "Set the key of this tenant: kmsMasterKeyId of the bucket's encryption, encryptionConfigs of the collection with awsOwnedKey false, kmsKeyId of the secret.",
  of: [
    ...BUCKETS,
    "aws:opensearch/serverlessCollection:ServerlessCollection",
    "aws:secretsmanager/secret:Secret",
  ],
  judge: (subject, input) => {
    const tag = tagOf(subject.resource);
    const tenant = tag.kind === "one" ? tag.id : ownerOf(subject.resource);
    if (tenant === undefined) return;
    const { stack } = input;
    switch (subject.resource.type) {
      case "aws:opensearch/serverlessCollection:ServerlessCollection":
        if (
          subject.must(
            "encryptionConfigs.0.awsOwnedKey",
            (own) => own === false,
            "is encrypted with a key of AWS's own",
          )
        )
          ofTenant(subject, subject, "encryptionConfigs", "0.kmsKeyArn", tenant, stack);
        return;
      case "aws:secretsmanager/secret:Secret":
        ofTenant(subject, subject, "kmsKeyId", "", tenant, stack);
        return;
      default: {
        const encryption = subject.only(input, ENCRYPTION, subject.names("bucket", "id"));
        const rule = "0.applyServerSideEncryptionByDefault.kmsMasterKeyId";
        if (encryption) ofTenant(subject, encryption, "rules", rule, tenant, stack);
      }
    }
  },
});

/** The key that a property names is the tenant's: by the reference it comes from, or by an ARN that one of the stack's keys has. */
function ofTenant(
  of: Subject,
  holder: Subject,
  property: string,
  path: string,
  tenant: string,
  stack: Stack,
): void {
  const isKey = ({ type }: PolicyResource): boolean =>
    type === "aws:kms/key:Key" || type === "aws:kms/alias:Alias";
  const full = path === "" ? property : `${property}.${path}`;
  const value = holder.get(full);
  const referenced = (holder.resource.propertyDependencies[property] ?? []).filter(isKey);
  const named = value.known && value.value !== undefined ? keysByArn(stack).get(value.value) : undefined;
  const keys = named ? [named] : referenced;
  const owners = new Set(keys.map((key) => ownerOf(key) ?? ownerOfTarget(key)));
  if (keys.length === 0)
    of.fault(
      value.known && (value.value === undefined || value.value === "")
        ? "is encrypted with a key of AWS's own"
        : "not proven: whose key it is encrypted with, is not known",
    );
  else if (owners.size !== 1 || !owners.has(tenant))
    of.fault(
      `is encrypted with another key than tenant ${tenant}'s: ${keys.map(({ name }) => name).join(", ")}`,
    );
}

const ownerOfTarget = (alias: PolicyResource): string | undefined => {
  const [key] = alias.propertyDependencies["targetKeyId"] ?? [];
  return key && ownerOf(key);
};

const byArn = new WeakMap<Stack, ReadonlyMap<unknown, PolicyResource>>();

function keysByArn(stack: Stack): ReadonlyMap<unknown, PolicyResource> {
  let known = byArn.get(stack);
  if (known === undefined) {
    const keys = stack.of(["aws:kms/key:Key"]).map((key) => [read(key, "arn"), key] as const);
    known = new Map(
      keys.flatMap(([arn, key]) => (arn.known && arn.value !== undefined ? [[arn.value, key]] : [])),
    );
    byArn.set(stack, known);
  }
  return known;
}

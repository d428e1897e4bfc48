import type { PolicyResource } from "@pulumi/policy";
import { ownerOf, TENANT_ID } from "../support/owner.ts";
import { isEmbedded } from "../support/place.ts";
import { read } from "../support/read.ts";
import { rule } from "../support/rule.ts";

const PROTECTED: readonly string[] = [
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketV2:BucketV2",
  "aws:kms/key:Key",
  "aws:dynamodb/table:Table",
];
const ITEM = "aws:dynamodb/tableItem:TableItem";

/** A tenant's file that vanishes from Git must not delete the tenant. */
export const activeTenantsProtected = rule({
  name: "active-tenants-protected",
  description:
    "Bucket, key and registry item of a tenant that is not offboarding are protected: an update that would delete them stops.",
  severity: "high",
  remediation:
    "Set the stack's setting protectTenants, and offboard a tenant by its file: `status: offboarding` first.",
  validate: ({ stack }, report) => {
    if (isEmbedded(stack)) return;
    const items = stack.of([ITEM]);
    const leaving = new Set(
      items.filter((item) => field(item, "status") === "offboarding").map(tenantOfItem),
    );
    for (const resource of [...stack.of(PROTECTED), ...items.filter(isRegistry)]) {
      const tenant =
        resource.type === ITEM ? (ownerOf(resource) ?? tenantOfItem(resource)) : ownerOf(resource);
      if (tenant === undefined || leaving.has(tenant) || resource.opts.protect) continue;
      report(`is tenant ${tenant}'s and may be deleted: it is not protected`, resource.urn);
    }
  },
});

/** The registry has a range key; a machine's membership, which goes with its client, has none. */
function isRegistry(item: PolicyResource): boolean {
  const key = read(item, "rangeKey");
  return key.known && key.value === "record";
}

/** What is no tenant's id is a partition of the platform's. */
function tenantOfItem(item: PolicyResource): string | undefined {
  const id = field(item, "tenant_id") ?? ownerOf(item);
  return id !== undefined && TENANT_ID.test(id) ? id : undefined;
}

/** A text of an item in DynamoDB's JSON, if the item is known. */
function field(item: PolicyResource, name: string): string | undefined {
  const reading = read(item, "item");
  if (!reading.known || typeof reading.value !== "string") return undefined;
  try {
    const value = (JSON.parse(reading.value) as Record<string, { S?: unknown } | undefined>)[name]?.S;
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

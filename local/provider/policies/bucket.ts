/** What S3 checks of a bucket's policy beyond the grammar: that it speaks of this bucket, and that actions fit resources. */
import { isObject } from "../values.ts";
import type { Fault } from "./fault.ts";

/** Actions on objects; any other is on the bucket. Source: service authorization reference, Amazon S3. */
const ON_OBJECTS =
  /^s3:(?:Get|Put|Delete|Restore|Replicate|Bypass|Update|Rename)(?:.*Object|Governance)|^s3:(?:AbortMultipartUpload|ListMultipartUploadParts|ReplicateDelete|ReplicateTags|InitiateReplication)/i;
/** They have "Object" in their name and are on the bucket. */
const ON_BUCKET = /^s3:(?:Get|Put)BucketObjectLockConfiguration$/i;

export function bucketFault(text: string, bucket: string): Fault | undefined {
  const document = JSON.parse(text) as { Statement: unknown };
  for (const statement of [document.Statement].flat()) {
    if (!isObject(statement)) continue;
    const resources = [statement["Resource"] ?? []].flat().map(String);
    const other = resources.find((resource) => !isOf(resource, bucket));
    if (other !== undefined) return { kind: "resource", detail: other };
    if (statement["Resource"] === undefined) continue;
    const stray = [statement["Action"] ?? []]
      .flat()
      .map(String)
      .find((action) => !/[*?]/.test(action) && !resources.some((resource) => fits(action, resource)));
    if (stray !== undefined) return { kind: "applies", detail: stray };
  }
  return undefined;
}

function isOf(resource: string, bucket: string): boolean {
  if (resource === "*") return true;
  const name = resource.split(":").slice(5).join(":").split("/")[0] ?? "";
  return resource.startsWith("arn:") && resource.split(":")[2] === "s3" && name === bucket;
}

function fits(action: string, resource: string): boolean {
  if (resource === "*") return true;
  return resource.includes("/") === (ON_OBJECTS.test(action) && !ON_BUCKET.test(action));
}

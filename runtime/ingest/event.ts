import { z } from "zod";

import { isTenantId } from "../contract/names.ts";
import { judge } from "../contract/judge.ts";
import { SIDECAR_SUFFIX } from "../shared/document-rules.ts";
import { ConfigurationError } from "../shared/errors.ts";

/** A document that an event is about: what became of it is looked up, not read from the event. */
export interface Subject {
  readonly tenantId: string;
  readonly bucket: string;
  /** The document's own key, also where the event was about its metadata. */
  readonly key: string;
}

/** An event's record that is not acted on, and why. */
export interface Refusal {
  readonly refused: string;
  readonly bucket?: string;
}

const record = z.object({
  eventSource: z.literal("aws:s3"),
  eventName: z.string().regex(/^Object(Created|Removed):/),
  s3: z.object({
    bucket: z.object({ name: z.string().min(1) }),
    object: z.object({ key: z.string().min(1) }),
  }),
});

/** The tenant that a bucket belongs to; undefined if it is no tenant's. */
export type TenantOfBucket = (bucket: string) => string | undefined;

/**
 * Reads the tenant from a bucket's name, which has to be the template with an id in its place and nothing else.
 * @throws ConfigurationError if the template doesn't end in `{tenant}`
 */
export function createTenantOfBucket(template: string): TenantOfBucket {
  const match = /^([a-z0-9][a-z0-9.-]*-)\{tenant\}$/.exec(template);
  const prefix = match?.[1];
  if (prefix === undefined)
    throw new ConfigurationError(`BUCKET_TEMPLATE "${template}" is no bucket's name ending in -{tenant}`);
  return (bucket) => {
    const id = bucket.startsWith(prefix) ? bucket.slice(prefix.length) : "";
    return isTenantId(id) ? id : undefined;
  };
}

/** What an S3 event is about, each document once. Whatever is not understood is a refusal, and says why. */
export function readEvent(
  event: unknown,
  tenantOf: TenantOfBucket,
): { readonly subjects: readonly Subject[]; readonly refusals: readonly Refusal[] } {
  const records = (event as { Records?: unknown } | null | undefined)?.Records;
  if (!Array.isArray(records)) return { subjects: [], refusals: [{ refused: "not an S3 event" }] };
  const subjects = new Map<string, Subject>();
  const refusals: Refusal[] = [];
  for (const each of records as readonly unknown[]) {
    const read = readRecord(each, tenantOf);
    if ("refused" in read) refusals.push(read);
    else subjects.set(`${read.bucket}/${read.key}`, read);
  }
  return { subjects: [...subjects.values()], refusals };
}

function readRecord(given: unknown, tenantOf: TenantOfBucket): Subject | Refusal {
  const parsed = judge(record, given);
  if (!parsed.success) return { refused: "not the record of an object's creation or removal" };
  const bucket = parsed.data.s3.bucket.name;
  const tenantId = tenantOf(bucket);
  if (tenantId === undefined) return { refused: "not a tenant's bucket", bucket };
  const decoded = decodeKey(parsed.data.s3.object.key);
  if (decoded === undefined) return { refused: "the key is not URL-encoded UTF-8", bucket };
  const key = decoded.endsWith(SIDECAR_SUFFIX) ? decoded.slice(0, -SIDECAR_SUFFIX.length) : decoded;
  const prefix = `${tenantId}/`;
  if (!key.startsWith(prefix) || key === prefix)
    return { refused: "the key is not below the tenant's prefix", bucket };
  return { tenantId, bucket, key };
}

/** As S3 encodes keys in events: `+` is a space, everything else by percent signs. */
function decodeKey(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

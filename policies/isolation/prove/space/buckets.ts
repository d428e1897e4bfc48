/** Objects and their listings; and the keys that they are under. */
import type { Bucket, Key } from "../../model/account.ts";
import type { Request, TargetKind } from "../request.ts";
import { ON_KEYS, ON_LISTING, ON_OBJECTS } from "./actions.ts";
import { asked, listed, tagFacts, type TargetOf } from "./targets.ts";

/** @param ids of all tenants */
export function ofBucket(bucket: Bucket, target: TargetOf, ids: readonly string[]): readonly Request[] {
  const policies = listed(bucket.policy);
  const { owner } = bucket;
  if (owner === undefined) {
    if (!bucket.name.endsWith("--reference")) return [];
    const objects = target("reference-objects", bucket, `${bucket.arn}/reference/document.md`);
    return ON_OBJECTS.map((action) => asked(objects, action, objects.name, { policies }));
  }
  const objects = target("objects", bucket, `${bucket.arn}/${owner}/document.md`);
  const listing = target("listing", bucket, bucket.arn);
  return [
    ...ON_OBJECTS.map((action) => asked(objects, action, objects.name, { policies })),
    ...ON_LISTING.map((action) => asked(listing, action, bucket.arn, { policies })),
    // A bucket that is shared by mistake: another tenant's objects in this one.
    ...ids
      .filter((id) => id !== owner)
      .flatMap((id) => {
        const name = `${bucket.arn}/${id}/document.md`;
        const merged = target("merged-objects", { urn: bucket.urn, owner: id }, name);
        return ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"].map((action) =>
          asked(merged, action, name, { policies }),
        );
      }),
  ];
}

export function ofKey(key: Key, target: TargetOf): readonly Request[] {
  const of = target(kindOfKey(key), key, key.aliases[0] ?? key.arn);
  return ON_KEYS.map((action) =>
    asked(of, action, key.arn, {
      facts: { "kms:ResourceAliases": key.aliases, ...tagFacts(key.tags) },
      policies: listed(key.policy),
      mode: key.policy ? "required" : "optional",
    }),
  );
}

function kindOfKey({ owner, aliases }: Key): TargetKind {
  if (owner !== undefined) return "key";
  if (aliases.some((alias) => alias.endsWith("/--reference"))) return "reference-key";
  return aliases.some((alias) => alias.endsWith("/--platform")) ? "platform-key" : "other-key";
}

/** Buckets and keys. */
import type { Bucket, Key, PlacedPolicy } from "../account.ts";
import type { ModelResource } from "../resource.ts";
import { policyOf } from "./policies.ts";
import { type Stack, symbol } from "./stack.ts";

const BUCKETS = ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"];
const BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy";
const ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
const KEY = "aws:kms/key:Key";
const ALIAS = "aws:kms/alias:Alias";
const KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy";

export const STORAGE_TYPES = [...BUCKETS, BUCKET_POLICY, ENCRYPTION, KEY, ALIAS, KEY_POLICY];

const indices = new WeakMap<readonly ModelResource[], Map<string, ReadonlyMap<string, ModelResource>>>();

/** By each text that names one of them; made once for a list. */
export function indexed(
  resources: readonly ModelResource[],
  ...properties: readonly string[]
): ReadonlyMap<string, ModelResource> {
  const known = indices.get(resources) ?? new Map<string, ReadonlyMap<string, ModelResource>>();
  indices.set(resources, known);
  const made = known.get(properties.join());
  if (made !== undefined) return made;
  const out = new Map<string, ModelResource>();
  for (const resource of resources)
    for (const property of properties) {
      const value = resource.props[property];
      if (typeof value === "string") out.set(value, resource);
    }
  known.set(properties.join(), out);
  return out;
}

/** The ARN of a key: with a symbol for its id before it is made. */
export function keyArn(stack: Stack, key: ModelResource): string {
  const { partition, region, account } = stack.where;
  return stack.known(key, "arn") ?? `arn:${partition}:kms:${region}:${account}:key/${symbol(key.urn)}`;
}

/** The key that a property names, by ARN or id; undefined where it names none of this stack's. */
export function keyNamed(stack: Stack, resource: ModelResource, property: string): string | undefined {
  const value = resource.props[property];
  if (value === undefined || value === null || value === "") return undefined;
  const key = stack.target(resource, property, indexed(stack.of(KEY), "arn", "keyId"), [KEY]);
  return key === undefined ? undefined : keyArn(stack, key);
}

export function readBuckets(stack: Stack): readonly Bucket[] {
  const buckets = stack.of(...BUCKETS);
  const byName = indexed(buckets, "bucket");
  const policies = new Map<string, PlacedPolicy[]>();
  const unread = new Set<string>();
  for (const policy of stack.of(BUCKET_POLICY)) {
    const bucket = stack.onto(policy, "bucket", byName, BUCKETS, "bucket");
    if (bucket === undefined) continue;
    // A policy of the platform's bucket decides nothing of a tenant's.
    if (stack.owner(bucket) === undefined && typeof policy.props["policy"] !== "string") {
      unread.add(bucket.urn);
      continue;
    }
    const document = policyOf(
      stack,
      policy,
      "policy",
      `bucket policy of ${stack.known(bucket, "bucket") ?? bucket.name}`,
    );
    if (document !== undefined) policies.set(bucket.urn, [...(policies.get(bucket.urn) ?? []), document]);
  }
  const keys = new Map<string, string>();
  for (const encryption of stack.of(ENCRYPTION)) {
    const bucket = stack.target(encryption, "bucket", byName, BUCKETS);
    const key = encryptionKey(stack, encryption);
    if (bucket !== undefined && key !== undefined) keys.set(bucket.urn, key);
  }
  return buckets.flatMap((bucket): Bucket[] => {
    const name = stack.text(bucket, "bucket");
    if (name === undefined || unread.has(bucket.urn)) return [];
    const [policy, ...more] = policies.get(bucket.urn) ?? [];
    if (more.length > 0)
      stack.gap(
        bucket.urn,
        `has ${more.length + 1} bucket policies, of which AWS keeps the last one written`,
      );
    return [
      {
        urn: bucket.urn,
        owner: stack.owner(bucket, name),
        name,
        arn: `arn:${stack.where.partition}:s3:::${name}`,
        tags: stack.tags(bucket),
        policy,
        keyArn: keys.get(bucket.urn),
      },
    ];
  });
}

function encryptionKey(stack: Stack, encryption: ModelResource): string | undefined {
  const byName = indexed(stack.of(KEY), "arn", "keyId");
  const text = JSON.stringify(encryption.props["rules"] ?? null);
  const named = /"kmsMasterKeyId":"([^"]+)"/.exec(text)?.[1];
  const found = named === undefined ? undefined : byName.get(named);
  if (found !== undefined) return keyArn(stack, found);
  // Before deployment the rules hold a symbol: then what they refer to says which key it is.
  const referenced = (encryption.references["rules"] ?? []).map((urn) => stack.find(urn));
  const keys = referenced.filter((each) => each?.type === KEY);
  return keys.length === 1 && keys[0] ? keyArn(stack, keys[0]) : undefined;
}

export function readKeys(stack: Stack): readonly Key[] {
  const keys = stack.of(KEY);
  const byId = indexed(keys, "keyId", "arn");
  const aliases = new Map<string, string[]>();
  for (const alias of stack.of(ALIAS)) {
    const key = stack.target(alias, "targetKeyId", byId, [KEY]);
    const name = stack.text(alias, "name");
    if (name === undefined) continue;
    if (key === undefined) stack.gap(alias.urn, `the alias ${name} names a key that is not in this stack`);
    else {
      aliases.set(key.urn, [...(aliases.get(key.urn) ?? []), name]);
      if (stack.owner(alias, name) !== stack.owner(key))
        stack.gap(alias.urn, `the alias ${name} names a key of ${stack.owner(key) ?? "the platform"}`);
    }
  }
  const own = new Map<string, ModelResource>();
  for (const policy of stack.of(KEY_POLICY)) {
    const key = stack.onto(policy, "keyId", byId, [KEY], "key");
    if (key !== undefined) own.set(key.urn, policy);
  }
  return keys.map((key) => ({
    urn: key.urn,
    owner: stack.owner(key),
    arn: keyArn(stack, key),
    aliases: aliases.get(key.urn) ?? [],
    tags: stack.tags(key),
    policy: policyOf(
      stack,
      own.get(key.urn) ?? key,
      "policy",
      `key policy of ${aliases.get(key.urn)?.[0] ?? key.name}`,
    ),
  }));
}

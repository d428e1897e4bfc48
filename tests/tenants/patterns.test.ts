import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isTenantId,
  platformNames,
  tenantNames,
  FUNCTIONS,
  type Place,
} from "../../runtime/contract/names.ts";
import { bucketPolicy } from "../../tenants/documents/bucket-policy.ts";
import { collectionNetwork, tenantCollectionAccess } from "../../tenants/documents/collection-policies.ts";
import { dataRolePolicy, ingestRolePolicy, taggedSessionTrust } from "../../tenants/documents/data-role.ts";
import { keyPolicy } from "../../tenants/documents/key-policy.ts";
import { knowledgeBasePolicy } from "../../tenants/documents/knowledge-base-role.ts";

/**
 * Of two tenants with any legal ids, nothing that one tenant's policies name or match is the other's, or the platform's.
 * Ids that begin with each other are the likeliest to collide, so most pairs are made that way.
 */
const part = fc.stringMatching(/^[a-z0-9]{1,6}$/);
const id = fc
  .array(part, { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join("-"))
  .filter(isTenantId);
const pair = fc
  .oneof(
    { weight: 1, arbitrary: fc.tuple(id, id) },
    { weight: 2, arbitrary: fc.tuple(id, part).map(([a, more]) => [a, `${a}-${more}`] as const) },
    { weight: 2, arbitrary: fc.tuple(id, part).map(([a, more]) => [a, `${a}${more}`] as const) },
    { weight: 1, arbitrary: fc.tuple(id, part).map(([a, more]) => [a, `${more}-${a}`] as const) },
  )
  .filter(([a, b]) => a !== b && isTenantId(a) && isTenantId(b));

/** Environments too: one's name may begin with the other's, and two may share an account. */
const PLACE: Place = { environment: "dev", account: "111122223333", region: "us-east-1" };
const DEPLOYER = "arn:aws:iam::111122223333:role/deployer";

/** Every string of the documents that policies of one tenant are, as patterns: `*` and `?` match as in IAM. */
function patternsOf(own: string): readonly string[] {
  const documents = [
    bucketPolicy(PLACE, own, [DEPLOYER]),
    keyPolicy(PLACE, own, "silo", [DEPLOYER]),
    keyPolicy(PLACE, own, "pool", [DEPLOYER]),
    tenantCollectionAccess(PLACE, own),
    collectionNetwork(tenantNames(PLACE, own).collection, []),
    dataRolePolicy(PLACE, own, "silo", { embeddingModelId: "embedder", chatModelId: "model" }),
    dataRolePolicy(PLACE, own, "pool", { embeddingModelId: "embedder", chatModelId: "model" }),
    ingestRolePolicy(PLACE, own, "model"),
    knowledgeBasePolicy(PLACE, own, "model"),
    taggedSessionTrust(PLACE, own, "broker"),
    taggedSessionTrust(PLACE, own, "ingest"),
  ];
  const strings: string[] = [];
  const gather = (value: unknown): void => {
    if (typeof value === "string") strings.push(value);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(gather);
  };
  for (const document of documents) gather(JSON.parse(document));
  // What does not speak of the tenant (actions, its stores' services) is another test's.
  return [...new Set(strings)].filter((text) => text.includes(own) && /[-./:*]/.test(text));
}

/** What is one tenant's: its names and ARNs, and what is in or below them. */
function thingsOf(own: string): readonly string[] {
  const names = tenantNames(PLACE, own);
  const { domainArn } = platformNames(PLACE);
  return [
    ...Object.values(names),
    `${names.bucketArn}/${names.objectPrefix}a/b.md`,
    `${names.bucketArn}/x`,
    ...["_search", "_bulk", "_doc/1"].flatMap((rest) => [
      `${domainArn}/${names.poolAlias}/${rest}`,
      `${domainArn}/${names.poolIndex}/${rest}`,
    ]),
    `collection/${names.collection}`,
    `index/${names.collection}/kb`,
  ];
}

function thingsOfPlatform(): readonly string[] {
  return Object.values(platformNames(PLACE)).flatMap((name): readonly string[] =>
    typeof name === "function"
      ? FUNCTIONS.map((fn) => (name as (about: string) => string)(fn))
      : typeof name === "string"
        ? [name]
        : [...name],
  );
}

const matcher = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[\\^$+.()|[\]{}]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
    "s",
  );

describe("of two tenants with any legal ids", () => {
  it("neither has a name, an ARN or an index of the other, nor one of the platform", () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const theirs = new Set([...thingsOf(b), ...thingsOfPlatform()]);
        assert.deepEqual(
          thingsOf(a).filter((thing) => theirs.has(thing)),
          [],
        );
      }),
    );
  });

  it("nothing below one's name or ARN is below the other's", () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const theirs = [...thingsOf(b), ...thingsOfPlatform()];
        // `.` and `/` and `:` are how patterns and paths go on after a name; no id contains one.
        for (const mine of Object.values(tenantNames(PLACE, a)))
          for (const end of [".", "/", ":"])
            assert.ok(!theirs.some((thing) => thing.startsWith(`${mine}${end}`)), `${mine}${end}`);
      }),
    );
  });

  it("no pattern of one's policies matches what is the other's or the platform's", () => {
    const platform = thingsOfPlatform();
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const theirs = [...thingsOf(b), ...platform];
        const mine = patternsOf(a);
        assert.ok(mine.length >= 12, `${mine.length} patterns`);
        for (const pattern of mine)
          assert.deepEqual(
            theirs.filter((thing) => matcher(pattern).test(thing)),
            [],
            pattern,
          );
      }),
    );
  });
});

/** Names inside what is an environment's own already: the tenant's bucket, the agent's memory, the domain, the user pool. */
const INSIDE: readonly string[] = [
  "objectPrefix",
  "actorPrefix",
  "identityProvider",
  "poolAlias",
  "poolIndex",
  "poolReaderRole",
  "poolWriterRole",
];

describe("two environments of one account", () => {
  it("have no name in common, though one's name begins with the other's", () => {
    const other: Place = { ...PLACE, environment: "dev2" };
    const names = (place: Place): string[] =>
      [...Object.entries(tenantNames(place, "acme")), ...Object.entries(platformNames(place))].flatMap(
        ([key, name]) =>
          typeof name === "string" && !name.endsWith("*") && !INSIDE.includes(key) ? [name] : [],
      );
    const taken = new Set(names(other));
    assert.deepEqual(
      names(PLACE).filter((name) => taken.has(name)),
      [],
    );
  });
});

/** The request space: what can be asked of everything that tenants own, and of what they share. */
import type { AccountModel, Owned, PlacedPolicy, Tagged } from "../../model/account.ts";
import type { Request, TargetKind } from "../request.ts";
import { ON_BASES, ON_CLUSTERS, ON_PROFILES, ON_SECRETS } from "./actions.ts";
import { ofBucket, ofKey } from "./buckets.ts";
import { ofMemory } from "./memories.ts";
import { ofCollection, ofDomain } from "./search.ts";
import { ofTable } from "./tables.ts";
import { asked, listed, tagFacts, targetsOf } from "./targets.ts";

/** All requests, of all owners. */
export function requestsOf(model: AccountModel): readonly Request[] {
  const target = targetsOf(model);
  const ids = model.tenants.map(({ id }) => id);
  /** Of what is named by its ARN, and is guarded by tags and by a policy of its own if it has one. */
  const simple = (
    resource: Owned & Tagged & { readonly arn: string; readonly policy?: PlacedPolicy | undefined },
    kind: TargetKind,
    actions: readonly string[],
  ): readonly Request[] => {
    const of = target(kind, resource, resource.arn);
    const rest = { facts: tagFacts(resource.tags), policies: listed(resource.policy) };
    return actions.map((action) => asked(of, action, resource.arn, rest));
  };
  const own = ({ owner }: Owned, kind: TargetKind, platform: TargetKind): TargetKind =>
    owner === undefined ? platform : kind;
  return [
    ...model.buckets.flatMap((bucket) => ofBucket(bucket, target, ids)),
    ...model.keys.flatMap((key) => ofKey(key, target)),
    ...model.tables.flatMap((table) => ofTable(table, target, model)),
    ...model.knowledgeBases.flatMap((base) =>
      simple(base, own(base, "knowledge-base", "reference-base"), ON_BASES),
    ),
    ...model.collections.flatMap((collection) => ofCollection(collection, target)),
    ...model.domains.flatMap((domain) => ofDomain(domain, target)),
    ...model.profiles.flatMap((profile) => simple(profile, "profile", ON_PROFILES)),
    ...model.secrets.flatMap((secret) =>
      simple(secret, own(secret, "secret", "platform-secret"), ON_SECRETS),
    ),
    ...model.clusters.flatMap((cluster) => simple(cluster, "cluster", ON_CLUSTERS)),
    ...model.memories.flatMap((memory) => ofMemory(memory, target, model.tenants)),
  ];
}

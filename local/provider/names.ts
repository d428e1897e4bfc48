/** Names for resources that the program leaves unnamed, as Pulumi makes them: the resource's name and 7 hex digits. */
import { isAbsent, isObject } from "./values.ts";
import type { ResourceType } from "./catalogue.ts";
import type { Properties } from "./values.ts";

/** The argument that names a resource; others than `name` are listed. */
const NAMED_BY: Readonly<Record<string, string>> = {
  "aws:s3/bucket:Bucket": "bucket",
  "aws:cloudwatch/dashboard:Dashboard": "dashboardName",
  "aws:opensearch/domain:Domain": "domainName",
  "aws:rds/cluster:Cluster": "clusterIdentifier",
  "aws:rds/clusterInstance:ClusterInstance": "identifier",
};

/** The argument that is a resource's physical name, if its type has one. */
export const nameArgument = (type: ResourceType): string => NAMED_BY[type.token] ?? "name";

/** Where Pulumi records which inputs were not the program's own. */
const DEFAULTS = "__defaults";

/**
 * The program's inputs, with a name added where there is none. The name that an earlier deployment was given is kept.
 * @param seed - Random bytes that the engine repeats from preview to update.
 */
export function named(
  type: ResourceType,
  urn: string,
  olds: Properties | undefined,
  news: Properties,
  seed: Uint8Array,
): Properties {
  const property = nameArgument(type);
  if (type.inputs[property] !== "string" || !isAbsent(news[property]) || !isAbsent(news[`${property}Prefix`]))
    return news;
  const before = olds?.[property];
  const kept = isObject(olds) && Array.isArray(olds[DEFAULTS]) && olds[DEFAULTS].includes(property);
  return {
    ...news,
    [property]: kept && typeof before === "string" ? before : generated(type, property, urn, seed),
    [DEFAULTS]: [property],
  };
}

function generated(type: ResourceType, property: string, urn: string, seed: Uint8Array): string {
  const limits = type.properties[property];
  const suffix = `-${Buffer.from(seed).toString("hex").slice(0, 7)}`;
  const stem = urn.slice(urn.lastIndexOf("::") + 2).slice(0, (limits?.maxLength ?? 255) - suffix.length);
  const name = stem + suffix;
  const matches = (candidate: string) =>
    limits?.pattern === undefined || new RegExp(limits.pattern, "u").test(candidate);
  // Bucket and OpenSearch names are lower-case; any other mismatch is reported as a fault of the name.
  return matches(name) ? name : name.toLowerCase();
}

/** Who reaches a collection: its network policies, IAM, and its data-access policies. All three must let a call in. */
import { decideCollectionAccess } from "../../../policies/isolation/index.ts";
import type { Decision } from "../../../policies/isolation/types.ts";
import type { ResourceRecord } from "../../account/account.ts";
import type { Call, Gateway } from "../contract.ts";
import { tagsOf } from "../roles.ts";
import { serviceOf } from "./service-sessions.ts";

export const COLLECTION = "aws:opensearch/serverlessCollection:ServerlessCollection";
const ACCESS_POLICY = "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy";
const SECURITY_POLICY = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy";

export const nameOf = (collection: ResourceRecord): string => String(collection.outputs["name"]);

/** IAM's condition keys of a collection. */
export function collectionContext(collection: ResourceRecord): Record<string, string> {
  const context: Record<string, string> = {
    "aoss:collection": nameOf(collection),
    "aoss:CollectionId": collection.id,
  };
  for (const [key, value] of Object.entries(tagsOf(collection))) context[`aws:ResourceTag/${key}`] = value;
  return context;
}

/** Network policies and IAM: whether the caller reaches the collection at all. Logged. */
export function reachesCollection(gateway: Gateway, call: Call, collection: ResourceRecord): boolean {
  const name = nameOf(collection);
  const network = decideNetwork(gateway, call, name);
  gateway.record(call, { action: "aoss:Connect", resource: `collection/${name}` }, network);
  if (!network.allowed) return false;
  return gateway.decide(call, {
    action: "aoss:APIAccessAll",
    resource: String(collection.outputs["arn"]),
    context: collectionContext(collection),
  }).allowed;
}

/** Data-access policies: whether the caller's role has the permission on each index. Logged. */
export function mayUseIndices(
  gateway: Gateway,
  call: Call,
  collection: ResourceRecord,
  needs: readonly { readonly index: string; readonly permission: string }[],
): boolean {
  const policies = gateway.account.inForce
    .resources(ACCESS_POLICY)
    .filter(({ outputs }) => outputs["type"] === "data")
    .map(({ outputs }) => ({
      name: `data-access policy ${String(outputs["name"])}`,
      document: String(outputs["policy"]),
    }));
  return needs.every(({ index, permission }) => {
    const resource = `index/${nameOf(collection)}/${index}`;
    const decision: Decision =
      call.principal.kind === "role-session"
        ? decideCollectionAccess(
            { roleArn: call.principal.roleArn, resourceType: "index", resource, permission },
            policies,
          )
        : {
            allowed: false,
            reason: "implicit-deny",
            detail: "only sessions of roles are named by data-access policies",
          };
    gateway.record(call, { action: permission, resource }, decision);
    return decision.allowed;
  });
}

interface NetworkRules {
  readonly Rules?: readonly { readonly ResourceType?: unknown; readonly Resource?: unknown }[];
  readonly AllowFromPublic?: unknown;
  readonly SourceServices?: unknown;
  readonly SourceVPCEs?: unknown;
}

/**
 * Network policies of a collection. They add up, and without one a collection is unreachable. There is one network here:
 * whoever calls from this machine counts as inside every VPC endpoint that a policy names, as the functions are on AWS.
 * A policy that names none lets in only the services that it names.
 */
function decideNetwork(gateway: Gateway, call: Call, collection: string): Decision {
  const service = serviceOf(gateway, call.session);
  const seen: string[] = [];
  for (const { outputs } of gateway.account.inForce.resources(SECURITY_POLICY)) {
    if (outputs["type"] !== "network") continue;
    const policy = `network policy ${String(outputs["name"])}`;
    let document: unknown;
    try {
      document = JSON.parse(String(outputs["policy"]));
    } catch {
      return { allowed: false, reason: "unsupported", detail: `${policy} is not JSON` };
    }
    for (const [i, rules] of (Array.isArray(document) ? (document as NetworkRules[]) : []).entries()) {
      if (!covers(rules, collection)) continue;
      seen.push(policy);
      const way =
        rules.AllowFromPublic === true
          ? "from everywhere"
          : service !== undefined && list(rules.SourceServices).includes(service)
            ? `from ${service}`
            : service === undefined && list(rules.SourceVPCEs).length > 0
              ? `through VPC endpoint ${list(rules.SourceVPCEs).join(", ")}`
              : undefined;
      if (way !== undefined)
        return {
          allowed: true,
          reason: "allowed",
          by: { kind: "resource", policy, statement: `#${i}` },
          detail: `${policy} lets calls in ${way}`,
        };
    }
  }
  const who = service ?? "the functions' network (a policy has to name its VPC endpoint in SourceVPCEs)";
  const where = seen.length > 0 ? seen.join(", ") : "the network policies: none names this collection";
  return {
    allowed: false,
    reason: "implicit-deny",
    detail: `collection ${collection} is not open to ${who}: not in ${where}`,
  };
}

const covers = (rules: NetworkRules, collection: string): boolean =>
  Array.isArray(rules.Rules) &&
  rules.Rules.some(
    ({ ResourceType, Resource }) =>
      ResourceType === "collection" &&
      list(Resource).some((pattern) =>
        pattern.endsWith("*")
          ? `collection/${collection}`.startsWith(pattern.slice(0, -1))
          : pattern === `collection/${collection}`,
      ),
  );

const list = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];

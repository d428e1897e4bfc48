/** Secrets, and database clusters with the logins that `db-admin` makes. */
import type { Cluster, Login, PlacedPolicy, Secret } from "../account.ts";
import { type AdminDocument, textIn } from "./admin.ts";
import { policyOf } from "./policies.ts";
import { indexed, keyNamed } from "./storage.ts";
import type { Stack } from "./stack.ts";

const SECRET = "aws:secretsmanager/secret:Secret";
const SECRET_POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy";
const CLUSTER = "aws:rds/cluster:Cluster";

export const DATA_TYPES = [SECRET, SECRET_POLICY, CLUSTER];

export function readSecrets(stack: Stack): readonly Secret[] {
  const { partition, region, account } = stack.where;
  const secrets = stack.of(SECRET);
  const byArn = indexed(secrets, "arn", "id", "name");
  const policies = new Map<string, PlacedPolicy>();
  for (const policy of stack.of(SECRET_POLICY)) {
    const secret = stack.onto(policy, "secretArn", byArn, [SECRET], "secret");
    if (secret === undefined) continue;
    const document = policyOf(
      stack,
      policy,
      "policy",
      `policy of secret ${stack.known(secret, "name") ?? secret.name}`,
    );
    if (document !== undefined) policies.set(secret.urn, document);
  }
  return secrets.flatMap((secret): Secret[] => {
    const name = stack.text(secret, "name");
    if (name === undefined) return [];
    return [
      {
        urn: secret.urn,
        owner: stack.owner(secret),
        name,
        // Secrets Manager adds six characters of its own, which no name contains.
        arn:
          stack.known(secret, "arn") ??
          `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}-AbCdEf`,
        tags: stack.tags(secret),
        policy: policies.get(secret.urn) ?? policyOf(stack, secret, "policy", `policy of secret ${name}`),
        keyArn: keyNamed(stack, secret, "kmsKeyId"),
      },
    ];
  });
}

export function readClusters(stack: Stack, documents: readonly AdminDocument[]): readonly Cluster[] {
  const { partition, region, account } = stack.where;
  return stack.of(CLUSTER).flatMap((cluster): Cluster[] => {
    const name = stack.text(cluster, "clusterIdentifier");
    if (name === undefined) return [];
    return [
      {
        urn: cluster.urn,
        owner: stack.owner(cluster),
        name,
        arn: `arn:${partition}:rds:${region}:${account}:cluster:${name}`,
        tags: stack.tags(cluster),
        dataApi: cluster.props["enableHttpEndpoint"] === true,
        logins: documents
          .filter(({ kind, body }) => kind === "claims-tenant" && body["cluster"] === name)
          .map((document) => loginOf(stack, document)),
      },
    ];
  });
}

function loginOf(stack: Stack, document: AdminDocument): Login {
  const { resource, body } = document;
  const owner = stack.owner(resource);
  const tenant = textIn(stack, document, "tenant");
  if (tenant !== owner)
    stack.gap(resource.urn, `makes a login of ${tenant}, and belongs to ${owner ?? "the platform"}`);
  const memberOf = body["memberOf"];
  if (!Array.isArray(memberOf) || memberOf.length > 0)
    stack.gap(resource.urn, "makes its login a member of other roles, whose privileges are not known here");
  const grants = Array.isArray(body["grants"]) ? (body["grants"] as readonly unknown[]) : [];
  if (grants.length === 0) stack.gap(resource.urn, "says of its login nothing that it may do");
  return {
    urn: resource.urn,
    owner,
    name: textIn(stack, document, "login"),
    secret: textIn(stack, document, "secret"),
    grants: grants.map((grant) => {
      const partition = (grant as Readonly<Record<string, unknown>>)["partition"];
      if (typeof partition === "string") return partition;
      stack.gap(resource.urn, "grants its login more than a partition");
      return "*";
    }),
  };
}

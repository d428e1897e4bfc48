/** OpenSearch: collections with their data-access policies, domains with their own roles. */
import { fields } from "../../json.ts";
import { PolicyError } from "../../errors.ts";
import type { AccessPolicy, Collection, Domain, Index, PlacedPolicy } from "../account.ts";
import type { ModelResource, Value } from "../resource.ts";
import { type AdminDocument, textIn } from "./admin.ts";
import { policyOf } from "./policies.ts";
import { keyNamed } from "./storage.ts";
import { indexed } from "./storage.ts";
import { type Stack, symbol } from "./stack.ts";

const COLLECTION = "aws:opensearch/serverlessCollection:ServerlessCollection";
const ACCESS = "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy";
const DOMAIN = "aws:opensearch/domain:Domain";
const DOMAIN_POLICY = "aws:opensearch/domainPolicy:DomainPolicy";

export const SEARCH_TYPES = [COLLECTION, ACCESS, DOMAIN, DOMAIN_POLICY];

export function collectionArn(stack: Stack, collection: ModelResource): string {
  const { partition, region, account } = stack.where;
  return (
    stack.known(collection, "arn") ??
    `arn:${partition}:aoss:${region}:${account}:collection/${symbol(collection.urn)}`
  );
}

export function readCollections(stack: Stack, documents: readonly AdminDocument[]): readonly Collection[] {
  const indices = new Map<string, { urn: string; name: string }[]>();
  for (const document of documents.filter(({ kind }) => kind === "collection-index")) {
    const collection = textIn(stack, document, "collection");
    const made = { urn: document.resource.urn, name: textIn(stack, document, "index") };
    indices.set(collection, [...(indices.get(collection) ?? []), made]);
  }
  return stack.of(COLLECTION).flatMap((collection): Collection[] => {
    const name = stack.text(collection, "name");
    if (name === undefined) return [];
    const owner = stack.owner(collection);
    const expected = `${stack.where.environment}-${owner ?? ""}`;
    if (owner !== undefined && name !== expected)
      stack.gap(collection.urn, `is named ${name}; ${owner}'s collection has to be named ${expected}`);
    return [
      {
        urn: collection.urn,
        owner,
        name,
        arn: collectionArn(stack, collection),
        tags: stack.tags(collection),
        keyArn: encryptedBy(stack, collection),
        indices: indices.get(name) ?? [],
      },
    ];
  });
}

function encryptedBy(stack: Stack, collection: ModelResource): string | undefined {
  const [first] = (collection.props["encryptionConfigs"] ?? []) as readonly Readonly<Record<string, Value>>[];
  if (first === undefined || first["awsOwnedKey"] === true) return undefined;
  const value = first["kmsKeyArn"];
  return keyNamed(
    stack,
    {
      ...collection,
      props: { key: value ?? null },
      references: { key: collection.references["encryptionConfigs"] ?? [] },
    },
    "key",
  );
}

/** Policies for data of the whole account: any of them may name any collection. */
export function readAccessPolicies(stack: Stack): readonly AccessPolicy[] {
  return stack.of(ACCESS).flatMap((policy): AccessPolicy[] => {
    const name = stack.text(policy, "name");
    const document = stack.text(policy, "policy");
    if (name === undefined || document === undefined) return [];
    return [{ urn: policy.urn, owner: stack.owner(policy), name: `data-access policy ${name}`, document }];
  });
}

export function readDomains(stack: Stack, documents: readonly AdminDocument[]): readonly Domain[] {
  const { partition, region, account } = stack.where;
  const domains = stack.of(DOMAIN);
  const byName = indexed(domains, "domainName");
  const policies = new Map<string, PlacedPolicy>();
  for (const policy of stack.of(DOMAIN_POLICY)) {
    const domain = stack.onto(policy, "domainName", byName, [DOMAIN], "domain");
    if (domain === undefined) continue;
    const document = policyOf(
      stack,
      policy,
      "accessPolicies",
      `access policy of domain ${stack.known(domain, "domainName") ?? domain.name}`,
    );
    if (document !== undefined) policies.set(domain.urn, document);
  }
  return domains.flatMap((domain): Domain[] => {
    const name = stack.text(domain, "domainName");
    if (name === undefined) return [];
    const own = documents.filter((each) => each.body["domain"] === name);
    const explicit = (domain.props["advancedOptions"] as Readonly<Record<string, Value>> | undefined)?.[
      "rest.action.multi.allow_explicit_index"
    ];
    if (explicit !== "false")
      stack.gap(
        domain.urn,
        "takes indices that a request's body names (rest.action.multi.allow_explicit_index is not false): IAM sees paths alone",
      );
    return [
      {
        urn: domain.urn,
        name,
        arn: `arn:${partition}:es:${region}:${account}:domain/${name}`,
        tags: stack.tags(domain),
        policy:
          policies.get(domain.urn) ??
          (stack.known(domain, "accessPolicies") === undefined
            ? undefined
            : policyOf(stack, domain, "accessPolicies", `access policy of domain ${name}`)),
        masters: mastersOf(stack, domain),
        ...engineRoles(stack, own),
        indices: own.filter(({ kind }) => kind === "pool-index").map((each) => indexOf(stack, each)),
      },
    ];
  });
}

function indexOf(stack: Stack, document: AdminDocument): Index {
  const owner = stack.owner(document.resource);
  const alias = textIn(stack, document, "alias");
  const name = textIn(stack, document, "index");
  if (owner !== undefined && alias !== `kb.${owner}`)
    stack.gap(
      document.resource.urn,
      `puts ${owner}'s index behind the alias ${alias}, and not behind kb.${owner}`,
    );
  if (owner !== undefined && !name.startsWith(`kb.${owner}.`))
    stack.gap(document.resource.urn, `names ${owner}'s index ${name}, and not kb.${owner}.<n>`);
  return { urn: document.resource.urn, owner, name, aliases: [alias] };
}

function mastersOf(stack: Stack, domain: ModelResource): readonly string[] {
  const options = domain.props["advancedSecurityOptions"] as Readonly<Record<string, Value>> | undefined;
  if (options?.["enabled"] !== true) {
    stack.gap(domain.urn, "its engine has no roles of its own (fine-grained access control is off)");
    return [];
  }
  if (options["internalUserDatabaseEnabled"] === true || options["anonymousAuthEnabled"] === true)
    stack.gap(domain.urn, "lets in by password or without one: whom, its policies don't show");
  const master = (options["masterUserOptions"] as Readonly<Record<string, Value>> | undefined)?.[
    "masterUserArn"
  ];
  if (typeof master === "string") return [master];
  stack.gap(domain.urn, "who is the engine's master is not known");
  return [];
}

/** What `search-admin` makes of a document of kind pool-role: the engine's role and its mapping. */
function engineRoles(
  stack: Stack,
  documents: readonly AdminDocument[],
): Pick<Domain, "security" | "securityUrns"> {
  const roles: Record<string, unknown> = {};
  const mappings: Record<string, unknown> = {};
  const securityUrns: Record<string, string> = {};
  for (const document of documents.filter(({ kind }) => kind === "pool-role")) {
    try {
      const body = fields(
        document.body,
        ["domain", "role", "access", "tenant", "alias", "roleArn"],
        "the document of kind pool-role",
      );
      const [role, access, tenant, alias, roleArn] = ["role", "access", "tenant", "alias", "roleArn"].map(
        (field) => String(body[field]),
      ) as [string, string, string, string, string];
      if (Object.hasOwn(roles, role))
        stack.gap(document.resource.urn, `makes the engine's role ${role} a second time`);
      roles[role] = {
        cluster_permissions: access === "write" ? ["indices:data/write/bulk"] : [],
        index_permissions: [
          {
            index_patterns: [alias, `${alias}.*`],
            dls: JSON.stringify({ term: { tenant_id: tenant } }),
            allowed_actions:
              access === "write"
                ? [
                    "indices:data/read/search",
                    "indices:data/write/bulk*",
                    "indices:data/write/index",
                    "indices:data/write/delete",
                  ]
                : ["indices:data/read/search"],
          },
        ],
      };
      mappings[role] = { backend_roles: [roleArn] };
      securityUrns[role] = document.resource.urn;
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      stack.gap(document.resource.urn, error.message);
    }
  }
  return { security: { roles, mappings }, securityUrns };
}

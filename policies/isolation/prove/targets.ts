/** The request space: what can be asked of everything that tenants own, and of what they share. */
import type {
  AccountModel,
  Bucket,
  Collection,
  Domain,
  Key,
  KnowledgeBase,
  Owned,
  Table,
  Tagged,
} from "../model/account.ts";
import type { Context } from "../types.ts";
import type { IamPart, Request, Target, TargetKind } from "./request.ts";

/** Source of names and of what each acts on: AWS's service authorization reference. */
const ON_OBJECTS = [
  "GetObject",
  "GetObjectVersion",
  "GetObjectAcl",
  "GetObjectAttributes",
  "GetObjectTagging",
  "GetObjectTorrent",
  "GetObjectLegalHold",
  "PutObject",
  "PutObjectAcl",
  "PutObjectTagging",
  "PutObjectRetention",
  "DeleteObject",
  "DeleteObjectVersion",
  "RestoreObject",
  "ReplicateObject",
  "AbortMultipartUpload",
  "BypassGovernanceRetention",
  "InitiateReplication",
].map((name) => `s3:${name}`);
const ON_LISTING = ["ListBucket", "ListBucketVersions", "ListBucketMultipartUploads"].map(
  (name) => `s3:${name}`,
);
const ON_KEYS = [
  "Decrypt",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "GenerateDataKeyPair",
  "ReEncryptFrom",
  "ReEncryptTo",
  "DeriveSharedSecret",
].map((name) => `kms:${name}`);
/** Operations that name partition keys. */
const ON_ITEMS = [
  "GetItem",
  "BatchGetItem",
  "Query",
  "PutItem",
  "UpdateItem",
  "DeleteItem",
  "BatchWriteItem",
  "ConditionCheckItem",
  "PartiQLSelect",
  "PartiQLInsert",
  "PartiQLUpdate",
  "PartiQLDelete",
].map((name) => `dynamodb:${name}`);
/** Operations that name none. */
const ON_TABLES = ["Scan", "PartiQLSelect"].map((name) => `dynamodb:${name}`);
/** Every action that reads a knowledge base or what is in it, or changes that. */
const ON_BASES = [
  "Retrieve",
  "RetrieveAndGenerate",
  "RetrieveAndGenerateStream",
  "AgenticRetrieve",
  "AgenticRetrieveStream",
  "GetDocumentContent",
  "GetKnowledgeBaseDocuments",
  "ListKnowledgeBaseDocuments",
  "IngestKnowledgeBaseDocuments",
  "DeleteKnowledgeBaseDocuments",
  "StartIngestionJob",
  "StopIngestionJob",
  "GetIngestionJob",
  "ListIngestionJobs",
  "GenerateQuery",
].map((name) => `bedrock:${name}`);
const ON_PROFILES = ["InvokeModel", "InvokeModelWithResponseStream"].map((name) => `bedrock:${name}`);
const ON_SECRETS = ["GetSecretValue", "BatchGetSecretValue", "PutSecretValue"].map(
  (name) => `secretsmanager:${name}`,
);
const ON_CLUSTERS = ["ExecuteStatement", "BatchExecuteStatement", "BeginTransaction", "ExecuteSql"].map(
  (name) => `rds-data:${name}`,
);
const ON_MEMORIES = [
  "ListEvents",
  "GetEvent",
  "CreateEvent",
  "DeleteEvent",
  "ListSessions",
  "ListActors",
  "ListMemoryRecords",
  "RetrieveMemoryRecords",
  "GetMemoryRecord",
  "DeleteMemoryRecord",
  "BatchCreateMemoryRecords",
  "BatchUpdateMemoryRecords",
  "BatchDeleteMemoryRecords",
].map((name) => `bedrock-agentcore:${name}`);
const IN_COLLECTIONS = [
  "aoss:ReadDocument",
  "aoss:WriteDocument",
  "aoss:DescribeIndex",
  "aoss:CreateIndex",
  "aoss:UpdateIndex",
  "aoss:DeleteIndex",
];

/** A verb and a path of a domain, and what the engine makes of them. */
const IN_DOMAINS: readonly (readonly [verb: string, path: string, action: string])[] = [
  ["Post", "{alias}/_search", "indices:data/read/search"],
  ["Get", "{alias}/_search", "indices:data/read/search"],
  ["Post", "{index}/_search", "indices:data/read/search"],
  ["Post", "_search", "indices:data/read/search"],
  ["Post", "_all/_search", "indices:data/read/search"],
  ["Post", "*/_search", "indices:data/read/search"],
  ["Post", "kb.*/_search", "indices:data/read/search"],
  ["Post", "{other},{alias}/_search", "indices:data/read/search"],
  ["Post", "{alias},{other}/_search", "indices:data/read/search"],
  ["Post", "{alias}/_count", "indices:data/read/search"],
  ["Post", "{alias}/_msearch", "indices:data/read/search"],
  ["Post", "_msearch", "indices:data/read/search"],
  ["Post", "_plugins/_sql", "indices:data/read/search"],
  ["Post", "_plugins/_ppl", "indices:data/read/search"],
  ["Post", "_search/scroll", "indices:data/read/scroll"],
  ["Get", "{alias}/_doc/x", "indices:data/read/get"],
  ["Post", "{alias}/_mget", "indices:data/read/get"],
  ["Get", "{alias}/_mapping", "indices:admin/mappings/get"],
  ["Post", "{alias}/_bulk", "indices:data/write/index"],
  ["Put", "{alias}/_bulk", "indices:data/write/index"],
  ["Put", "{alias}/_bulk", "indices:data/write/delete"],
  ["Post", "_bulk", "indices:data/write/index"],
  ["Put", "{alias}/_doc/x", "indices:data/write/index"],
  ["Delete", "{alias}/_doc/x", "indices:data/write/delete"],
  ["Post", "{alias}/_delete_by_query", "indices:data/write/delete/byquery"],
  ["Post", "_reindex", "indices:data/write/reindex"],
  ["Post", "_aliases", "indices:admin/aliases"],
  ["Put", "{index}", "indices:admin/create"],
  ["Delete", "{index}", "indices:admin/delete"],
];

const tagFacts = (tags: Readonly<Record<string, string>>): Context =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));

function kindOfKey({ owner, aliases }: Key): TargetKind {
  if (owner !== undefined) return "key";
  if (aliases.some((alias) => alias.endsWith("/--reference"))) return "reference-key";
  return aliases.some((alias) => alias.endsWith("/--platform")) ? "platform-key" : "other-key";
}

export class Space {
  readonly #model: AccountModel;
  readonly #tiers: ReadonlyMap<string, "silo" | "pool">;
  readonly #ids: readonly string[];

  constructor(model: AccountModel) {
    this.#model = model;
    this.#tiers = new Map(model.tenants.map(({ id, tier }) => [id, tier]));
    this.#ids = model.tenants.map(({ id }) => id);
  }

  /** All requests, of all owners. */
  requests(): readonly Request[] {
    const {
      buckets,
      keys,
      tables,
      knowledgeBases,
      profiles,
      collections,
      domains,
      secrets,
      clusters,
      memories,
    } = this.#model;
    return [
      ...buckets.flatMap((bucket) => this.#ofBucket(bucket)),
      ...keys.flatMap((key) => this.#ofKey(key)),
      ...tables.flatMap((table) => this.#ofTable(table)),
      ...knowledgeBases.flatMap((base) => this.#ofBase(base)),
      ...collections.flatMap((collection) => this.#ofCollection(collection)),
      ...domains.flatMap((domain) => this.#ofDomain(domain)),
      ...profiles.flatMap((profile) =>
        this.#simple(this.target("profile", profile, profile.arn), profile.arn, ON_PROFILES, profile.tags),
      ),
      ...secrets.flatMap((secret) =>
        this.#simple(
          this.target(secret.owner === undefined ? "platform-secret" : "secret", secret, secret.arn),
          secret.arn,
          ON_SECRETS,
          secret.tags,
          secret.policy ? [secret.policy] : [],
        ),
      ),
      ...clusters.flatMap((cluster) =>
        this.#simple(this.target("cluster", cluster, cluster.arn), cluster.arn, ON_CLUSTERS, cluster.tags),
      ),
      ...memories.flatMap((memory) =>
        this.#simple(this.target("memory", memory, memory.arn), memory.arn, ON_MEMORIES, memory.tags),
      ),
    ];
  }

  target(kind: TargetKind, { urn, owner }: Pick<Owned, "urn" | "owner">, name: string): Target {
    return { kind, urn, owner, name, tier: owner === undefined ? undefined : this.#tiers.get(owner) };
  }

  #simple(
    target: Target,
    resource: string,
    actions: readonly string[],
    tags: Tagged["tags"],
    policies: IamPart["policies"] = [],
  ): Request[] {
    return actions.map((action) => ({
      target,
      action,
      parts: [{ by: "iam", action, resource, facts: tagFacts(tags), policies, mode: "optional" }],
    }));
  }

  #ofBucket(bucket: Bucket): Request[] {
    const policies = bucket.policy ? [bucket.policy] : [];
    const on = (target: Target, action: string, resource: string): Request => ({
      target,
      action,
      parts: [{ by: "iam", action, resource, facts: {}, policies, mode: "optional" }],
    });
    const { owner } = bucket;
    if (owner === undefined) {
      if (!bucket.name.endsWith("--reference")) return [];
      const objects = this.target("reference-objects", bucket, `${bucket.arn}/reference/document.md`);
      return ON_OBJECTS.map((action) => on(objects, action, objects.name));
    }
    const objects = this.target("objects", bucket, `${bucket.arn}/${owner}/document.md`);
    const listing = this.target("listing", bucket, bucket.arn);
    return [
      ...ON_OBJECTS.map((action) => on(objects, action, objects.name)),
      ...ON_LISTING.map((action) => on(listing, action, bucket.arn)),
      // A bucket that is shared by mistake: another tenant's objects in this one.
      ...this.#ids
        .filter((id) => id !== owner)
        .flatMap((id) => {
          const name = `${bucket.arn}/${id}/document.md`;
          const merged = this.target("merged-objects", { urn: bucket.urn, owner: id }, name);
          return ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"].map((action) =>
            on(merged, action, name),
          );
        }),
    ];
  }

  #ofKey(key: Key): Request[] {
    const kind = kindOfKey(key);
    const target = this.target(kind, key, key.aliases[0] ?? key.arn);
    return ON_KEYS.map((action) => ({
      target,
      action,
      parts: [
        {
          by: "iam",
          action,
          resource: key.arn,
          facts: { "kms:ResourceAliases": key.aliases, ...tagFacts(key.tags) },
          policies: key.policy ? [key.policy] : [],
          mode: key.policy ? "required" : "optional",
        },
      ],
    }));
  }

  #ofTable(table: Table): Request[] {
    const kind = this.#kindOfItems(table);
    const policies = table.policy ? [table.policy] : [];
    const ask = (
      target: Target,
      action: string,
      leading: readonly string[],
      resource = table.arn,
    ): Request => ({
      target,
      action,
      parts: [
        {
          by: "iam",
          action,
          resource,
          facts: {
            ...tagFacts(table.tags),
            ...(leading.length > 0 ? { "dynamodb:LeadingKeys": leading } : {}),
          },
          policies,
          mode: "optional",
        },
      ],
    });
    const of = (owner: string | undefined, urn: string, name: string): Target =>
      this.target(
        owner === undefined && kind !== "other-item" ? "platform-item" : kind,
        { urn, owner },
        name,
      );
    const platform = of(undefined, table.urn, table.arn);
    if (kind === "other-item") return ON_ITEMS.map((action) => ask(platform, action, ["somebody"]));
    const [first = "", second = first] = this.#ids;
    return [
      ...this.#ids.flatMap((id) => {
        const item = of(
          id,
          table.items.find(({ owner }) => owner === id)?.urn ?? table.urn,
          `${table.arn} ${id}`,
        );
        const other = id === first ? second : first;
        return [
          ...ON_ITEMS.map((action) => ask(item, action, [id])),
          // A request for several items that begins, or ends, with one of one's own.
          ...["dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"].flatMap((action) => [
            ask(item, action, [other, id]),
            ask(item, action, [id, other]),
          ]),
          ...ON_TABLES.map((action) => ask(item, action, [])),
          ...table.indexes.flatMap((index) =>
            ["dynamodb:Query", "dynamodb:Scan"].map((action) =>
              ask(item, action, [], `${table.arn}/index/${index}`),
            ),
          ),
          ...(table.stream ? [ask(item, "dynamodb:GetRecords", [], `${table.arn}/stream/any`)] : []),
        ];
      }),
      ...ON_ITEMS.map((action) => ask(platform, action, ["--platform"])),
    ];
  }

  #kindOfItems(table: Table): "registry-item" | "session-item" | "budget-item" | "user-item" | "other-item" {
    const { environment } = this.#model.where;
    switch (table.name) {
      case `bulkhead-${environment}-registry`:
        return "registry-item";
      case `bulkhead-${environment}-users`:
        return "user-item";
      case `bulkhead-${environment}-memberships`:
      case `bulkhead-${environment}-ledger`:
        return "other-item";
      case `bulkhead-${environment}-budgets`:
        return "budget-item";
      default:
        // Sessions, and whatever comes: partitioned by tenant.
        return "session-item";
    }
  }

  #ofBase(base: KnowledgeBase): Request[] {
    const kind = base.owner === undefined ? "reference-base" : "knowledge-base";
    return this.#simple(this.target(kind, base, base.arn), base.arn, ON_BASES, base.tags);
  }

  #ofCollection(collection: Collection): Request[] {
    const kind = collection.owner === undefined ? "reference-index" : "index";
    return collection.indices.flatMap((index) => {
      const name = `index/${collection.name}/${index.name}`;
      const target = this.target(kind, collection, name);
      return IN_COLLECTIONS.map((action): Request => ({
        target,
        action,
        parts: [
          {
            by: "iam",
            action: "aoss:APIAccessAll",
            resource: collection.arn,
            facts: { "aoss:collection": collection.name, ...tagFacts(collection.tags) },
            policies: [],
            mode: "optional",
          },
          { by: "collection", permission: action, resourceType: "index", resource: name },
        ],
      }));
    });
  }

  #ofDomain(domain: Domain): Request[] {
    const policies = domain.policy ? [domain.policy] : [];
    const aliasOf = (owner: string | undefined): string =>
      domain.indices.find((index) => index.owner !== owner)?.aliases[0] ?? "kb.somebody";
    return domain.indices.flatMap((index) => {
      const [alias = index.name] = index.aliases;
      const target = this.target("index", index, `${domain.name}/${alias}`);
      return IN_DOMAINS.map(([verb, path, action]): Request => {
        const at = path
          .replaceAll("{alias}", alias)
          .replaceAll("{index}", index.name)
          .replaceAll("{other}", aliasOf(index.owner));
        return {
          target,
          action: `es:ESHttp${verb} ${path}: ${action}`,
          parts: [
            {
              by: "iam",
              action: `es:ESHttp${verb}`,
              resource: `${domain.arn}/${at}`,
              facts: tagFacts(domain.tags),
              policies,
              mode: "optional",
            },
            { by: "engine", domain: domain.name, action, index: index.name, aliases: index.aliases },
          ],
        };
      });
    });
  }
}

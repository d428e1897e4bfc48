/**
 * What `aws.lambda.Invocation` (lifecycleScope CRUD) sends to an admin function for things that no provider has.
 * The input is known at preview and free of secrets; it reruns only when it changes.
 */

/** One admin resource: `name` is unique within its `kind`; `revision` changes when it must be applied again. */
export interface AdminInput<Kind extends string, Body> {
  readonly kind: Kind;
  readonly name: string;
  readonly body: Body;
  readonly revision: string;
}

/** A vector index inside an OpenSearch Serverless collection, found by the collection's name. */
export type CollectionIndexInput = AdminInput<
  "collection-index",
  { readonly collection: string; readonly index: string; readonly dimensions: number }
>;

/** Starts an ingestion job of the named knowledge base's data source and waits until it has ended. */
export type IngestionInput = AdminInput<
  "ingestion",
  { readonly knowledgeBase: string; readonly dataSource: string }
>;

/** A pool tenant's index on the shared domain, behind its alias (k-NN by `lucene`, one shard and a replica). */
export type PoolIndexInput = AdminInput<
  "pool-index",
  { readonly domain: string; readonly alias: string; readonly index: string; readonly dimensions: number }
>;

/**
 * An OpenSearch role on the domain and its mapping to one IAM role. `access: "read"` searches documents whose `tenant_id` is
 * `tenant` (document-level security); `"write"` indexes and deletes as well. Names are literal: no attribute substitution.
 */
export type PoolRoleInput = AdminInput<
  "pool-role",
  {
    readonly domain: string;
    readonly role: string;
    readonly access: "read" | "write";
    readonly tenant: string;
    /** The alias; the role covers it and `<alias>.*`. */
    readonly alias: string;
    readonly roleArn: string;
  }
>;

/** The admin whom a tenant's file names, invited to it; with `provider`, by the tenant's own identity provider. */
export type FirstAdminInput = AdminInput<
  "first-admin",
  { readonly tenant: string; readonly email: string; readonly provider?: string }
>;

/**
 * A container image, built from a context in a bucket (`bucket/key` of a zip with Dockerfile and buildspec) unless the repository has one
 * of this tag. Answers with the image's digest.
 */
export type ImageInput = AdminInput<
  "image",
  {
    readonly project: string;
    readonly repository: string;
    readonly context: string;
    readonly tag: string;
    readonly baseImage: string;
  }
>;

export type SearchAdminInput = CollectionIndexInput | IngestionInput | PoolIndexInput | PoolRoleInput;

/** The provider adds this under the key that `terraformKey` names (default `tf`). */
export interface LifecycleEnvelope {
  readonly tf: {
    readonly action: "create" | "update" | "delete";
    /** The input before this action, as an object; null at create. */
    readonly prev_input?: Readonly<Record<string, unknown>> | null;
  };
}

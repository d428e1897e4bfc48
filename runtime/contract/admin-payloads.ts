/**
 * What `aws.lambda.Invocation` (lifecycleScope CRUD) sends to an admin function for things that no provider has.
 * The input is known at preview and free of secrets; it reruns only when it changes.
 */

import type { ClaimDetails } from "./claims.ts";

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

/** The audit of the shared domain's engine, switched on. */
export type DomainAuditInput = AdminInput<"domain-audit", { readonly domain: string }>;

/** What is deleted before everything else, and refuses to be while the environment is protected. */
export type GuardInput = AdminInput<"guard", { readonly isProtected: boolean }>;

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

/**
 * The schema of the database of claims: every migration up to `version`, forward only. What is stated of tables is verified in the
 * database after them, each time; `extensions` are those that have to be there (`pgaudit` on AWS).
 */
export type ClaimsSchemaInput = AdminInput<
  "claims-schema",
  {
    /** The cluster's identifier. */
    readonly cluster: string;
    readonly database: string;
    readonly schema: string;
    readonly version: number;
    readonly extensions: readonly string[];
    readonly tables: readonly ClaimsTable[];
  }
>;

/** A table whose rows are tenants': row-level security holds for its owner too. */
export interface ClaimsTable {
  readonly name: string;
  /** LIST-partitioned by it. */
  readonly tenantColumn: string;
  readonly rowSecurity: "forced";
  /** A row is visible if its tenant is this setting's... */
  readonly setting: string;
  /** ...and the session's login is in this table for that tenant. */
  readonly members: string;
}

/**
 * A tenant in the database of claims: its partitions, its login, and what the login may do. The login has these privileges, is in
 * no role, and passes by no row-level security; all of that is verified. Its password is made by the function and is in the secret alone.
 */
export type ClaimsTenantInput = AdminInput<
  "claims-tenant",
  {
    readonly cluster: string;
    readonly database: string;
    readonly schema: string;
    readonly tenant: string;
    readonly login: string;
    /** Name of the secret that holds user name and password. */
    readonly secret: string;
    /** In addition to connecting to the database and using the schema. */
    readonly grants: readonly ClaimsGrant[];
    /** Roles that the login is in: none. */
    readonly memberOf: readonly [];
  }
>;

export interface ClaimsGrant {
  /** Whose partition it is. */
  readonly table: string;
  /** The tenant's partition of it. */
  readonly partition: string;
  readonly privileges: readonly "SELECT"[];
}

/**
 * Claims that are added to a tenant's, each with its payments and notes; those that are there already stay as they are. Whoever loads
 * them invokes the function: they are no resource of the program, whose state would keep them.
 */
export type ClaimsImportInput = AdminInput<
  "claims-import",
  { readonly tenant: string; readonly claims: readonly ClaimDetails[] }
>;

/** What the program sends; the account model reads these two. */
export type DbAdminInput = ClaimsSchemaInput | ClaimsTenantInput;

export type SearchAdminInput =
  CollectionIndexInput | DomainAuditInput | IngestionInput | PoolIndexInput | PoolRoleInput;

/** The provider adds this under the key that `terraformKey` names (default `tf`). */
export interface LifecycleEnvelope {
  readonly tf: {
    readonly action: "create" | "update" | "delete";
    /** The input before this action, as an object; null at create. */
    readonly prev_input?: Readonly<Record<string, unknown>> | null;
  };
}

/**
 * The registry item: what the request path needs to know of a tenant. Partition key `tenant_id`, sort key
 * `record`: `"tenant"` is Pulumi's (this file). A tenant's data role may read its own partition only.
 */
export interface RegistryItem {
  readonly tenant_id: string;
  readonly record: "tenant";
  readonly name: string;
  readonly status: "active" | "suspended" | "offboarding";
  readonly tier: "silo" | "pool";
  readonly plan: Plan;
  readonly groups: readonly string[];
  readonly bucket: string;
  readonly store: SiloStore | PoolStore;
  /** ARN of the tenant's own inference profile, by which the chat model is asked. */
  readonly chat_profile: string;
  /** The tenant's own identity provider in the user pool: its users sign in there and nowhere else. */
  readonly identity_provider?: string;
  /**
   * Value of the tenant's API key: whose usage plan requests count against, by the authorizer's word alone. It opens nothing.
   * Absent: API Gateway refuses the tenant's requests.
   */
  readonly usage_key?: string;
  /** ARN of the secret of the tenant's login to the database of claims. Absent: the environment has none. */
  readonly claims_secret?: string;
  /** App clients of the tenant's own, whose tokens are accepted for it beside those of the platform's client: ids. */
  readonly clients?: readonly string[];
}

/** How much a tenant may use. */
export const PLANS = ["standard", "premium"] as const;
export type Plan = (typeof PLANS)[number];

/** What a tenant of a plan may ask of the chat model in a calendar month (UTC). */
export interface Budget {
  readonly questions: number;
  /** Read and written by the model. */
  readonly tokens: number;
}

/** Where a silo tenant's chunks are, and the knowledge base that ingests them. */
export interface SiloStore {
  readonly kind: "silo";
  /** `https://ID.REGION.aoss.amazonaws.com`, as the collection reports it. */
  readonly endpoint: string;
  readonly index: string;
  readonly knowledgeBaseId: string;
  readonly dataSourceId: string;
}

/** Where a pool tenant's chunks are: behind its alias on the shared domain. Ingestion follows the bucket's events. */
export interface PoolStore {
  readonly kind: "pool";
  /** `https://…` of the domain, as it reports it. */
  readonly endpoint: string;
  /** The tenant's alias, `kb.<id>`. */
  readonly index: string;
}

/** The partition of what the platform itself keeps in the registry: no tenant's id. */
export const PLATFORM_PARTITION = "--platform";

/**
 * Where the shared domain is. The admin function finds it by this: the API that would tell has no endpoint that a network can
 * hold (docs/network.md).
 */
export interface DomainItem {
  readonly tenant_id: typeof PLATFORM_PARTITION;
  readonly record: "domain";
  /** The domain's name. */
  readonly name: string;
  /** As in {@link PoolStore}. */
  readonly endpoint: string;
}

/**
 * Which tenant an account of the user pool is of. Partition key `user` is `<issuer>#<sub>`; the `sub` of a machine client is its
 * client id. A person's names the item of the users table that has to name the account in turn.
 */
export type MembershipItem = PersonMembership | MachineMembership;

export interface PersonMembership {
  readonly user: string;
  readonly tenant_id: string;
  /** Sort key of the users table. */
  readonly member: string;
}

/** Written by the program for each of a tenant's machine clients. */
export interface MachineMembership {
  readonly user: string;
  readonly tenant_id: string;
  /** The client's name in the tenant's file. */
  readonly client: string;
  readonly scopes: readonly Scope[];
}

/**
 * A person in a tenant, or invited to it. Partition key `tenant_id`, sort key `id`: a hash of tenant and address, so that
 * addresses are in no path and no log.
 */
export interface UserItem {
  readonly tenant_id: string;
  readonly id: string;
  /** Lower case. */
  readonly email: string;
  readonly groups: readonly string[];
  readonly state: "invited" | "active";
  /** Told apart from an invitation that took its place. */
  readonly invitation: string;
  /** Seconds since the epoch: until when an invitation may be claimed. */
  readonly expires: number;
  /** Who claims the invitation: whoever the tenant's own identity provider says has the address; absent: one account, `sub`. */
  readonly provider?: string;
  /** The account. Of an invitation without `provider`: who was sent a one-time password. */
  readonly sub?: string;
  /** The account's user name in the pool. */
  readonly username?: string;
}

/** Sort key of the item that holds the ids of a tenant's active admins: the last one can't be removed. */
export const ADMINS_RECORD = "admins";

/** Those who manage their tenant's users. No tenant's file can name it. */
export const ADMIN_GROUP = "admin";

/** How long an invitation, and the one-time password that comes with it, can be used. */
export const INVITATION_DAYS = 7;

/** What a machine client may do. In a token each is `bulkhead/<scope>`. */
export const SCOPES = ["chat", "documents.read", "documents.write"] as const;
export type Scope = (typeof SCOPES)[number];
/** Identifier of the resource server whose scopes these are. */
export const RESOURCE_SERVER = "bulkhead";

/** The issuer of a user pool's tokens; also the first half of a membership's key. */
export function userPoolIssuer(region: string, userPoolId: string): string {
  return `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`;
}

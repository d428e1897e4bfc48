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
  readonly plan: "standard" | "premium";
  readonly groups: readonly string[];
  readonly bucket: string;
  readonly store: SiloStore | PoolStore;
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

/** A user's membership. Partition key `user` is `<issuer>#<sub>`. */
export interface MembershipItem {
  readonly user: string;
  readonly tenant_id: string;
  readonly groups: readonly string[];
}

/** The issuer of a user pool's tokens; also the first half of a membership's key. */
export function userPoolIssuer(region: string, userPoolId: string): string {
  return `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`;
}

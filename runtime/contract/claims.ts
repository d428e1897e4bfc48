/** The database of claims: what it is made of, and what is asked of it. Pure. */

/** The database in the cluster, and the schema that holds everything in it. */
export const CLAIMS_DATABASE = "claims";
export const CLAIMS_SCHEMA = "bulkhead";

/** The number of the newest migration in `runtime/db-admin/migrations.ts`. */
export const CLAIMS_SCHEMA_VERSION = 3;

/** The setting by which a transaction says whose it is. Row-level security asks for it, and for membership besides. */
export const TENANT_SETTING = "app.current_tenant_id";

/** Tables that are partitioned by tenant. A tenant's login reads its own partition of each, and nothing else. */
export const TENANT_TABLES = ["user_tenants", "claims", "payments", "notes"] as const;
export type TenantTable = (typeof TENANT_TABLES)[number];

/** A tenant's login. @param id a tenant's id, which holds no underscore */
export const claimsLogin = (id: string): string => `app_${id}`;
/** A tenant's partition of a table. */
export const claimsPartition = (table: TenantTable, id: string): string => `${table}_${id}`;

/** What a tenant's login may do, and all of it: read its own partitions. */
export const tenantGrants = (id: string) =>
  TENANT_TABLES.map((table) => ({
    table,
    partition: claimsPartition(table, id),
    privileges: ["SELECT"] as const,
  }));

export const CLAIM_STATUSES = ["open", "in-review", "approved", "paid", "denied", "closed"] as const;
export type ClaimStatus = (typeof CLAIM_STATUSES)[number];
export const CLAIM_KINDS = ["auto", "home", "travel", "marine", "liability", "other"] as const;
export type ClaimKind = (typeof CLAIM_KINDS)[number];

/** US dollars with two digits after the point, as text, so that nothing is rounded: `1250.00`. */
export type Amount = string;

/** Dates are `YYYY-MM-DD`. */
export interface Claim {
  /** `CLM-A-001` */
  readonly id: string;
  readonly policy: string;
  readonly holder: string;
  readonly kind: ClaimKind;
  readonly status: ClaimStatus;
  readonly occurred: string;
  readonly reported: string;
  readonly amount: Amount;
  readonly description: string;
}

export interface Payment {
  readonly id: string;
  readonly paid: string;
  readonly amount: Amount;
  readonly payee: string;
}

export interface Note {
  readonly id: string;
  readonly written: string;
  readonly author: string;
  readonly text: string;
}

/** A claim with all that belongs to it, oldest first. */
export interface ClaimDetails extends Claim {
  readonly payments: readonly Payment[];
  readonly notes: readonly Note[];
}

/** Which claims: all that are named have to hold. */
export interface ClaimFilter {
  readonly status?: ClaimStatus;
  readonly kind?: ClaimKind;
  /** A part of the holder's name or of the description, upper or lower case. */
  readonly text?: string;
  /** Reported on this day or later. */
  readonly from?: string;
  /** Reported on this day or earlier. */
  readonly to?: string;
}

/** Claims, the newest first. */
export interface ClaimList {
  readonly claims: readonly Claim[];
  /** There are more than were asked for. */
  readonly more: boolean;
}

export interface ClaimTotals {
  readonly claims: number;
  readonly amount: Amount;
  readonly paid: Amount;
  /** Those there are, in the order of {@link CLAIM_STATUSES}. */
  readonly byStatus: readonly {
    readonly status: ClaimStatus;
    readonly claims: number;
    readonly amount: Amount;
  }[];
}

/**
 * What is guaranteed: for each kind of what a tenant owns, which mechanisms refuse a stranger, each by itself, with all others made to
 * allow everything. A mechanism that is listed here and does not refuse fails the proof; so the table is changed in a pull request,
 * where everybody sees what is given up.
 */
import type { Layer } from "../report/verdict.ts";
import type { TargetKind } from "./request.ts";

export const MECHANISMS = {
  "role's policy": "credentials",
  boundary: "credentials",
  "bucket policy": "resources",
  "key policy": "resources",
  "table policy": "resources",
  "data-access policy": "resources",
  "domain policy": "resources",
  "engine's roles": "resources",
  "secret's policy": "resources",
  "memory policy": "resources",
} as const satisfies Readonly<Record<string, Layer>>;
export type Mechanism = keyof typeof MECHANISMS;

type Guarantee = Readonly<Partial<Record<"silo" | "pool", readonly Mechanism[]>>>;

const both = (...mechanisms: readonly Mechanism[]): Guarantee => ({ silo: mechanisms, pool: mechanisms });

/** What refuses a stranger's session of a tenant's own kind of role. */
export const GUARANTEE: Readonly<Partial<Record<TargetKind, Guarantee>>> = {
  objects: both("role's policy", "boundary", "bucket policy"),
  listing: both("role's policy", "boundary", "bucket policy"),
  key: both("role's policy", "boundary", "key policy"),
  "registry-item": both("role's policy", "boundary", "table policy"),
  "session-item": both("role's policy", "boundary", "table policy"),
  "budget-item": both("role's policy", "boundary", "table policy"),
  // One role serves all tenants' administrators: its boundary is the platform's, which knows no tenant.
  "user-item": both("role's policy", "table policy"),
  index: {
    silo: ["role's policy", "boundary", "data-access policy"],
    pool: ["role's policy", "boundary", "domain policy", "engine's roles"],
  },
  // A knowledge base has no policy of its own.
  "knowledge-base": both("role's policy", "boundary"),
  profile: both("role's policy", "boundary"),
  secret: both("role's policy", "boundary", "secret's policy"),
  conversation: both("role's policy", "boundary", "memory policy"),
};

/** What refuses, when what is apart now is put together by mistake: another tenant's objects in one's bucket, documents in one's index. */
export const MERGED: Readonly<Partial<Record<TargetKind, Guarantee>>> = {
  objects: both("role's policy", "boundary"),
  index: { pool: ["engine's roles"] },
};

/** One row of the claims' matrix: PostgreSQL decides, so a test on a real one shows what refuses by itself, and that without it nothing does. */
export interface ClaimsRow {
  readonly gone: string;
  /** What is left, and refuses. */
  readonly left: string;
  /** The test in tests/runtime/shared/tenant-claims.test.ts, by its whole title. */
  readonly shownBy: string;
}

export const CLAIMS: readonly ClaimsRow[] = [
  {
    gone: "the query's filter; the login has every grant, and is a member of the other tenant",
    left: "row-level security, by the transaction's setting",
    shownBy: "the setting alone refuses: no filter, every grant, and a membership",
  },
  {
    gone: "the query's filter; the login has every grant, and the setting is forged",
    left: "row-level security, by the login's membership",
    shownBy: "membership alone refuses: no filter, every grant, and a forged setting",
  },
  {
    gone: "the query's filter; row-level security is off, and the setting is forged",
    left: "the login's grants, on its own partitions alone",
    shownBy: "grants alone refuse: no filter, no row-level security",
  },
];

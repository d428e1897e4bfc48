import {
  CLAIM_KINDS,
  CLAIM_STATUSES,
  CLAIMS_DATABASE,
  CLAIMS_SCHEMA,
  TENANT_SETTING,
  TENANT_TABLES,
  type TenantTable,
} from "../contract/claims.ts";
import { TENANT_ID } from "../contract/names.ts";
import { literal, name, within } from "./sql.ts";

/** One step forward. What has been applied somewhere is never edited: the next one is added. */
export interface Migration {
  readonly title: string;
  /** One statement each, all in one transaction. */
  readonly statements: readonly string[];
}

const at = (table: string): string => within(CLAIMS_SCHEMA, table);
const oneOf = (values: readonly string[]): string => values.map(literal).join(", ");

/**
 * Who sees a row: a session whose setting names the row's tenant, and whose login is the tenant's. After a transaction the setting is
 * empty, not absent: no tenant has that id. `session_user` is who logged in, whatever role or function a statement goes through.
 * @param members the table of memberships that is read: it is guarded by who logged in alone, so that nothing turns in a circle
 */
export function visible(members: string): string {
  return `tenant_id = current_setting(${literal(TENANT_SETTING)}, true)
    AND tenant_id IN (SELECT m.tenant_id FROM ${at(members)} m WHERE m.login = session_user)`;
}

/** A row that is added by the administrator has to be the tenant's whom the transaction names: it can't be read back. */
export const addable = `tenant_id = current_setting(${literal(TENANT_SETTING)}, true)`;
/** Who may read a membership: the login that it is of. */
export const ownMembership = "login = session_user";

/** Security of a table or a partition: also for its owner, who has nothing but what policies give. */
export function secured(table: string, members: string | undefined): readonly string[] {
  const on = at(table);
  return [
    `ALTER TABLE ${on} ENABLE ROW LEVEL SECURITY`,
    `ALTER TABLE ${on} FORCE ROW LEVEL SECURITY`,
    `CREATE POLICY tenant ON ${on} FOR SELECT USING (${members === undefined ? ownMembership : visible(members)})`,
    `CREATE POLICY added ON ${on} FOR INSERT TO CURRENT_USER WITH CHECK (${members === undefined ? "true" : addable})`,
  ];
}

/** Memberships are what policies read; all other tables hold a tenant's data. */
export const membersOf = (table: TenantTable): "user_tenants" | undefined =>
  table === "user_tenants" ? undefined : "user_tenants";

const partitioned = (table: TenantTable, columns: string): readonly string[] => [
  `CREATE TABLE ${at(table)} (${columns}) PARTITION BY LIST (tenant_id)`,
  ...secured(table, membersOf(table)),
];

export const MIGRATIONS: readonly Migration[] = [
  {
    title: "nothing is everybody's; tenants, and who logs in as them",
    statements: [
      `REVOKE ALL ON DATABASE ${name(CLAIMS_DATABASE)} FROM PUBLIC`,
      "REVOKE ALL ON SCHEMA public FROM PUBLIC",
      `REVOKE ALL ON SCHEMA ${CLAIMS_SCHEMA} FROM PUBLIC`,
      "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
      "ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC",
      `CREATE TABLE ${at("tenants")} (
        id text PRIMARY KEY CHECK (id ~ ${literal(TENANT_ID.source)}),
        login name NOT NULL UNIQUE,
        created timestamptz NOT NULL DEFAULT now())`,
      `ALTER TABLE ${at("tenants")} ENABLE ROW LEVEL SECURITY`,
      `ALTER TABLE ${at("tenants")} FORCE ROW LEVEL SECURITY`,
      `CREATE POLICY administered ON ${at("tenants")} TO CURRENT_USER USING (true) WITH CHECK (true)`,
      ...partitioned(
        "user_tenants",
        `tenant_id text NOT NULL REFERENCES ${at("tenants")} (id), login name NOT NULL, PRIMARY KEY (tenant_id, login)`,
      ),
    ],
  },
  {
    title: "claims with their payments and notes",
    statements: [
      ...partitioned(
        "claims",
        `tenant_id text NOT NULL, id text NOT NULL CHECK (length(id) BETWEEN 1 AND 40),
        policy text NOT NULL, holder text NOT NULL,
        kind text NOT NULL CHECK (kind IN (${oneOf(CLAIM_KINDS)})),
        status text NOT NULL CHECK (status IN (${oneOf(CLAIM_STATUSES)})),
        occurred date NOT NULL, reported date NOT NULL CHECK (reported >= occurred),
        amount numeric(14, 2) NOT NULL CHECK (amount >= 0), description text NOT NULL,
        PRIMARY KEY (tenant_id, id)`,
      ),
      ...partitioned(
        "payments",
        `tenant_id text NOT NULL, id text NOT NULL, claim_id text NOT NULL, paid date NOT NULL,
        amount numeric(14, 2) NOT NULL, payee text NOT NULL, PRIMARY KEY (tenant_id, id)`,
      ),
      ...partitioned(
        "notes",
        `tenant_id text NOT NULL, id text NOT NULL, claim_id text NOT NULL, written date NOT NULL,
        author text NOT NULL, body text NOT NULL, PRIMARY KEY (tenant_id, id)`,
      ),
    ],
  },
  {
    title: "no other database of the cluster is everybody's",
    statements: ["postgres", "template1"].map(
      (database) => `REVOKE ALL ON DATABASE ${name(database)} FROM PUBLIC`,
    ),
  },
];

/** A tenant's partitions. Payments and notes refer to claims of the same partition: no other tenant's numbers can be tried out. */
export function partitionStatements(table: TenantTable, partition: string, of: Partition): readonly string[] {
  const reference =
    table === "payments" || table === "notes"
      ? [
          `ALTER TABLE ${at(partition)} ADD FOREIGN KEY (tenant_id, claim_id) REFERENCES ${at(of.claims)} (tenant_id, id)`,
          `CREATE INDEX ON ${at(partition)} (claim_id)`,
        ]
      : [];
  return [
    `CREATE TABLE ${at(partition)} PARTITION OF ${at(table)} FOR VALUES IN (${literal(of.tenant)})`,
    ...reference,
    ...secured(partition, membersOf(table) && of.members),
  ];
}

export interface Partition {
  readonly tenant: string;
  /** Names of the tenant's partitions of these tables. */
  readonly claims: string;
  readonly members: string;
}

/** What references comes before what is referenced. */
export const DROP_ORDER = [...TENANT_TABLES].reverse();

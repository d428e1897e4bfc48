import type {
  Claim,
  ClaimFilter,
  ClaimKind,
  ClaimStatus,
  ClaimTotals,
  Note,
  Payment,
  TenantTable,
} from "../contract/claims.ts";
import { CLAIM_KINDS, CLAIM_STATUSES, CLAIMS_SCHEMA, claimsPartition } from "../contract/claims.ts";
import { isTenantId } from "../contract/names.ts";
import type { Row, Statement } from "./data-api.ts";
import { DependencyUnavailable, IsolationFault } from "./errors.ts";

/** A tenant's partition, quoted: the only part of a statement that is not the same for everybody. */
function partition(table: TenantTable, tenantId: string): string {
  if (!isTenantId(tenantId)) throw new IsolationFault("a context without a tenant's id");
  return `"${CLAIMS_SCHEMA}"."${claimsPartition(table, tenantId)}"`;
}

type Parameters = NonNullable<Statement["parameters"]>;

/** A condition for each field of a filter; whatever is asked for is a parameter. */
function conditions(tenantId: string, { status, kind, text, from, to }: ClaimFilter) {
  const all: readonly (readonly [sql: string, name: string, value: string | undefined])[] = [
    ["c.tenant_id = :tenant", "tenant", tenantId],
    ["c.status = :status", "status", status],
    ["c.kind = :kind", "kind", kind],
    ["strpos(lower(c.holder || ' ' || c.description), lower(:text)) > 0", "text", text],
    ["c.reported >= CAST(:from_day AS date)", "from_day", from],
    ["c.reported <= CAST(:to_day AS date)", "to_day", to],
  ];
  const asked = all.filter(([, , value]) => value !== undefined);
  return {
    where: asked.map(([sql]) => sql).join(" AND "),
    parameters: Object.fromEntries(asked.map(([, name, value]) => [name, value])) as Parameters,
  };
}

const CLAIM_COLUMNS = `c.tenant_id, c.id, c.policy, c.holder, c.kind, c.status, c.occurred::text AS occurred,
  c.reported::text AS reported, c.amount::text AS amount, c.description`;

export function claimsStatement(tenantId: string, filter: ClaimFilter, limit: number): Statement {
  const { where, parameters } = conditions(tenantId, filter);
  return {
    sql: `SELECT ${CLAIM_COLUMNS} FROM ${partition("claims", tenantId)} c
      WHERE ${where} ORDER BY c.reported DESC, c.id LIMIT :most`,
    parameters: { ...parameters, most: limit },
  };
}

export function claimStatement(tenantId: string, id: string): Statement {
  return {
    sql: `SELECT ${CLAIM_COLUMNS} FROM ${partition("claims", tenantId)} c WHERE c.tenant_id = :tenant AND c.id = :id`,
    parameters: { tenant: tenantId, id },
  };
}

export function paymentsStatement(tenantId: string, id: string): Statement {
  return {
    sql: `SELECT p.tenant_id, p.id, p.paid::text AS paid, p.amount::text AS amount, p.payee
      FROM ${partition("payments", tenantId)} p
      WHERE p.tenant_id = :tenant AND p.claim_id = :id ORDER BY p.paid, p.id`,
    parameters: { tenant: tenantId, id },
  };
}

export function notesStatement(tenantId: string, id: string): Statement {
  return {
    sql: `SELECT n.tenant_id, n.id, n.written::text AS written, n.author, n.body
      FROM ${partition("notes", tenantId)} n
      WHERE n.tenant_id = :tenant AND n.claim_id = :id ORDER BY n.written, n.id`,
    parameters: { tenant: tenantId, id },
  };
}

/** A row for each status there is. */
export function totalsStatement(tenantId: string, filter: ClaimFilter): Statement {
  const { where, parameters } = conditions(tenantId, filter);
  return {
    sql: `SELECT c.tenant_id, c.status, count(*)::int AS claims, sum(c.amount)::numeric(16, 2)::text AS amount,
        coalesce(sum(p.paid), 0)::numeric(16, 2)::text AS paid
      FROM ${partition("claims", tenantId)} c
      LEFT JOIN (SELECT claim_id, sum(amount) AS paid FROM ${partition("payments", tenantId)}
        WHERE tenant_id = :tenant GROUP BY claim_id) p ON p.claim_id = c.id
      WHERE ${where} GROUP BY c.tenant_id, c.status`,
    parameters,
  };
}

export function readClaim(tenantId: string, row: Row): Claim {
  const text = reader(tenantId, row);
  return {
    id: text("id"),
    policy: text("policy"),
    holder: text("holder"),
    kind: text("kind", CLAIM_KINDS) as ClaimKind,
    status: text("status", CLAIM_STATUSES) as ClaimStatus,
    occurred: text("occurred"),
    reported: text("reported"),
    amount: text("amount"),
    description: text("description"),
  };
}

export function readPayment(tenantId: string, row: Row): Payment {
  const text = reader(tenantId, row);
  return { id: text("id"), paid: text("paid"), amount: text("amount"), payee: text("payee") };
}

export function readNote(tenantId: string, row: Row): Note {
  const text = reader(tenantId, row);
  return { id: text("id"), written: text("written"), author: text("author"), text: text("body") };
}

export function readTotals(tenantId: string, rows: readonly Row[]): ClaimTotals {
  const read = rows.map((row) => {
    const text = reader(tenantId, row);
    const claims = row["claims"];
    if (typeof claims !== "number") throw malformed("claims");
    return {
      status: text("status", CLAIM_STATUSES) as ClaimStatus,
      claims,
      amount: text("amount"),
      paid: text("paid"),
    };
  });
  const order = (status: ClaimStatus) => CLAIM_STATUSES.indexOf(status);
  return {
    claims: read.reduce((sum, { claims }) => sum + claims, 0),
    amount: total(read.map(({ amount }) => amount)),
    paid: total(read.map(({ paid }) => paid)),
    byStatus: read
      .map(({ status, claims, amount }) => ({ status, claims, amount }))
      .sort((a, b) => order(a.status) - order(b.status)),
  };
}

/** Reads a row's columns, after whose row it is: one of another tenant's would never be shown. */
function reader(tenantId: string, row: Row) {
  if (row["tenant_id"] !== tenantId) throw new IsolationFault("a row of another tenant came back");
  return (name: string, known?: readonly string[]): string => {
    const value = row[name];
    if (typeof value !== "string" || (known && !known.includes(value))) throw malformed(name);
    return value;
  };
}

function malformed(column: string): DependencyUnavailable {
  return new DependencyUnavailable("claims", { cause: new Error(`column ${column} is not as it has to be`) });
}

/** Adds amounts exactly: as whole cents. */
function total(amounts: readonly string[]): string {
  const cents = amounts.reduce((sum, amount) => sum + BigInt(amount.replace(".", "")), 0n);
  const digits = (cents < 0n ? -cents : cents).toString().padStart(3, "0");
  return `${cents < 0n ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

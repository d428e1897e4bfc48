import { isDeepStrictEqual } from "node:util";

import { z } from "zod";

import type { ClaimsTenantInput } from "../contract/admin-payloads.ts";
import {
  CLAIMS_DATABASE,
  CLAIMS_SCHEMA,
  claimsLogin,
  claimsPartition,
  TENANT_TABLES,
  tenantGrants,
} from "../contract/claims.ts";
import { isTenantId } from "../contract/names.ts";
import type { AdminKind } from "../shared/admin.ts";
import type { Ask } from "../shared/data-api.ts";
import type { Database } from "./database.ts";
import type { PasswordOf } from "./login-secret.ts";
import { DROP_ORDER, partitionStatements } from "./migrations.ts";
import { scramVerifier } from "./scram.ts";
import { literal, name, within } from "./sql.ts";

type Body = ClaimsTenantInput["body"];

const body: z.ZodType<Body> = z
  .strictObject({
    cluster: z.string().min(1),
    database: z.literal(CLAIMS_DATABASE),
    schema: z.literal(CLAIMS_SCHEMA),
    tenant: z.string().refine(isTenantId, "has to be a tenant id"),
    login: z.string(),
    secret: z.string().min(1).max(512),
    grants: z.array(
      z.strictObject({
        table: z.enum(TENANT_TABLES),
        partition: z.string(),
        privileges: z.array(z.literal("SELECT")).min(1),
      }),
    ),
    memberOf: z.tuple([]),
  })
  .refine(({ tenant, login }) => login === claimsLogin(tenant), "the login has to be the tenant's")
  .refine(({ tenant, secret }) => secret.includes(`/${tenant}/`), "the secret has to be the tenant's")
  // Nothing less and nothing more: what the account model reads is what is granted.
  .refine(
    ({ tenant, grants }) => isDeepStrictEqual(grants, tenantGrants(tenant)),
    "the grants have to be those on the tenant's partitions",
  );

/** Beside what row-level security and grants say: manners of a session that reads. A session may change them; they hold nobody off. */
const SETTINGS = {
  default_transaction_read_only: "on",
  search_path: "",
  statement_timeout: "20s",
  // What a function that ended in the middle has left open.
  idle_in_transaction_session_timeout: "30s",
};
/** Of a cluster's connections, one tenant takes no more: its questions need one each, for a fraction of a second. */
const CONNECTIONS = 20;

/** A tenant's partitions and login. Deleting it deletes the tenant's rows. */
export function claimsTenant(database: Database, cluster: string, passwordOf: PasswordOf): AdminKind<Body> {
  return {
    parse: (input) => {
      const parsed = body.parse(input);
      if (parsed.cluster !== cluster)
        throw new Error(`this function administers ${cluster}, not ${parsed.cluster}`);
      return parsed;
    },
    apply: async (_name, wanted) => {
      const { tenant, login, secret } = wanted;
      // In the secret first: a function that is killed after that finds it there.
      const verifier = await scramVerifier(await passwordOf(secret, login));
      await database.alone(async (ask) => {
        await ask({
          sql: `INSERT INTO ${within(CLAIMS_SCHEMA, "tenants")} (id, login) VALUES (:tenant, :login) ON CONFLICT DO NOTHING`,
          parameters: { tenant, login },
        });
        await partitions(ask, tenant);
        await role(ask, login, verifier);
        for (const { partition, privileges } of wanted.grants)
          await ask({
            sql: `GRANT ${privileges.join(", ")} ON ${within(CLAIMS_SCHEMA, partition)} TO ${name(login)}`,
          });
        await ask({
          sql: `INSERT INTO ${within(CLAIMS_SCHEMA, claimsPartition("user_tenants", tenant))} (tenant_id, login)
            VALUES (:tenant, :login) ON CONFLICT DO NOTHING`,
          parameters: { tenant, login },
        });
      });
      const faults = await database.transaction((ask) => verify(ask, wanted));
      if (faults.length > 0) throw new Error(`login ${login} is not as it has to be: ${faults.join("; ")}`);
      return { login, partitions: TENANT_TABLES.length };
    },
    remove: async (_name, { tenant, login }) => {
      // First, and by itself: nobody comes back who was ended, and what its sessions have locked is free.
      if (await isThere(database.ask, login)) {
        await database.ask({ sql: `ALTER ROLE ${name(login)} NOLOGIN` });
        await database.ask({
          sql: "SELECT count(pg_terminate_backend(pid)) AS ended FROM pg_stat_activity WHERE usename = :login",
          parameters: { login },
        });
      }
      await database.alone(async (ask) => {
        for (const table of DROP_ORDER)
          await ask({ sql: `DROP TABLE IF EXISTS ${within(CLAIMS_SCHEMA, claimsPartition(table, tenant))}` });
        await ask({
          sql: `DELETE FROM ${within(CLAIMS_SCHEMA, "tenants")} WHERE id = :tenant`,
          parameters: { tenant },
        });
        if (!(await isThere(ask, login))) return;
        // To drop what is a login's takes its rights; who made it may have them, and loses them with it.
        await ask({ sql: `GRANT ${name(login)} TO CURRENT_USER WITH INHERIT TRUE` });
        await ask({ sql: `DROP OWNED BY ${name(login)} CASCADE` });
        await ask({ sql: `DROP ROLE ${name(login)}` });
      });
      await database.transaction(async (ask) => {
        const left = await partitionsOf(ask, tenant);
        if (left.length > 0 || (await isThere(ask, login)))
          throw new Error(`of tenant ${tenant} there is left: ${[...left, login].join(", ")}`);
      });
    },
  };
}

async function partitions(ask: Ask, tenant: string): Promise<void> {
  const there = await partitionsOf(ask, tenant);
  const of = {
    tenant,
    claims: claimsPartition("claims", tenant),
    members: claimsPartition("user_tenants", tenant),
  };
  for (const table of TENANT_TABLES) {
    const partition = claimsPartition(table, tenant);
    if (there.includes(partition)) continue;
    for (const sql of partitionStatements(table, partition, of)) await ask({ sql });
  }
}

async function partitionsOf(ask: Ask, tenant: string): Promise<string[]> {
  const names = TENANT_TABLES.map((table) => claimsPartition(table, tenant));
  const rows = await ask({
    sql: `SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = :schema AND c.relname IN (${names.map((_, index) => `:name${index}`).join(", ")})`,
    parameters: {
      schema: CLAIMS_SCHEMA,
      ...Object.fromEntries(names.map((each, index) => [`name${index}`, each])),
    },
  });
  return rows.map((row) => String(row["name"]));
}

async function role(ask: Ask, login: string, verifier: string): Promise<void> {
  const known = await isThere(ask, login);
  const attributes = `LOGIN NOINHERIT NOCREATEDB NOCREATEROLE CONNECTION LIMIT ${CONNECTIONS}`;
  await ask({
    sql: `${known ? "ALTER" : "CREATE"} ROLE ${name(login)} ${attributes} PASSWORD ${literal(verifier)}`,
  });
  for (const [setting, value] of Object.entries(SETTINGS))
    await ask({ sql: `ALTER ROLE ${name(login)} SET ${setting} = ${literal(value)}` });
  await ask({ sql: `GRANT CONNECT ON DATABASE ${name(CLAIMS_DATABASE)} TO ${name(login)}` });
  await ask({ sql: `GRANT USAGE ON SCHEMA ${name(CLAIMS_SCHEMA)} TO ${name(login)}` });
}

async function isThere(ask: Ask, login: string): Promise<boolean> {
  const rows = await ask({
    sql: "SELECT rolname::text AS login FROM pg_roles WHERE rolname = :login",
    parameters: { login },
  });
  return rows.length > 0;
}

/** What is wrong, in words: attributes, memberships, grants beyond its own, and whose memberships its partition holds. */
async function verify(ask: Ask, { login, grants }: Body): Promise<string[]> {
  const [attributes] = await ask({
    sql: `SELECT rolsuper OR rolbypassrls OR rolinherit OR rolcreatedb OR rolcreaterole OR rolreplication
        OR rolconnlimit NOT BETWEEN 1 AND ${CONNECTIONS} AS powers
      FROM pg_roles WHERE rolname = :login`,
    parameters: { login },
  });
  const memberships = await ask({
    sql: `SELECT r.rolname::text AS name FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
      JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = :login`,
    parameters: { login },
  });
  // To it or to everybody: on tables, their columns, schemas but PostgreSQL's own, and the database.
  const granted = await ask({
    sql: `SELECT of || ' ' || a.privilege_type AS granted FROM (
        SELECT c.relname::text AS of, c.relacl AS acl
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = :schema
        UNION ALL SELECT c.relname || '.' || t.attname, t.attacl FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = :schema
        UNION ALL SELECT 'schema ' || nspname, nspacl FROM pg_namespace
          WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
        UNION ALL SELECT 'database ' || datname, coalesce(datacl, acldefault('d', datdba)) FROM pg_database
          WHERE datname = current_database()) every, aclexplode(every.acl) a
      WHERE a.grantee = 0 OR a.grantee = (SELECT oid FROM pg_roles WHERE rolname = :login)`,
    parameters: { schema: CLAIMS_SCHEMA, login },
  });
  const has = granted.map((row) => String(row["granted"])).sort();
  const wanted = [
    `database ${CLAIMS_DATABASE} CONNECT`,
    `schema ${CLAIMS_SCHEMA} USAGE`,
    ...grants.flatMap(({ partition, privileges }) =>
      privileges.map((privilege) => `${partition} ${privilege}`),
    ),
  ].sort();
  return [
    ...(attributes?.["powers"] === false ? [] : ["it has powers that no login has"]),
    ...memberships.map((each) => `it is in the role ${String(each["name"])}`),
    ...(isDeepStrictEqual(has, wanted) ? [] : [`it may ${has.join(", ")}, and should ${wanted.join(", ")}`]),
  ];
}

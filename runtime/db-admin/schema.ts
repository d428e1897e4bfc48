import { createHash } from "node:crypto";
import { z } from "zod";

import type { ClaimsSchemaInput } from "../contract/admin-payloads.ts";
import { CLAIMS_DATABASE, CLAIMS_SCHEMA, TENANT_SETTING, TENANT_TABLES } from "../contract/claims.ts";
import type { AdminKind } from "../shared/admin.ts";
import type { Ask } from "../shared/data-api.ts";
import type { Database } from "./database.ts";
import { TURNS as ledger } from "./database.ts";
import type { Migration } from "./migrations.ts";
import { MIGRATIONS } from "./migrations.ts";
import { name } from "./sql.ts";

type Body = ClaimsSchemaInput["body"];

const body: z.ZodType<Body> = z.strictObject({
  cluster: z.string().min(1),
  database: z.literal(CLAIMS_DATABASE),
  schema: z.literal(CLAIMS_SCHEMA),
  version: z.int().min(1),
  extensions: z.array(z.enum(["pgaudit"])),
  tables: z.array(
    z.strictObject({
      name: z.enum(TENANT_TABLES),
      tenantColumn: z.literal("tenant_id"),
      rowSecurity: z.literal("forced"),
      setting: z.literal(TENANT_SETTING),
      members: z.literal("user_tenants"),
    }),
  ),
});

/** The schema at its version; it is never taken back, and goes with the database. */
export function claimsSchema(
  database: Database,
  cluster: string,
  migrations: readonly Migration[] = MIGRATIONS,
): AdminKind<Body> {
  return {
    parse: (input) => {
      const parsed = body.parse(input);
      if (parsed.cluster !== cluster)
        throw new Error(`this function administers ${cluster}, not ${parsed.cluster}`);
      if (parsed.version !== migrations.length)
        throw new Error(
          `this function knows ${migrations.length} migrations, and version ${parsed.version} is wanted`,
        );
      return parsed;
    },
    apply: async (_name, { version, extensions, tables }) => {
      // What AWS preloads and the embedded account's PostgreSQL does not have: the document says which it is.
      for (const extension of extensions)
        await database.ask({ sql: `CREATE EXTENSION IF NOT EXISTS ${name(extension)}` });
      await prepare(database);
      let applied = 0;
      for (const [index, migration] of migrations.entries())
        applied += await database.alone((ask) => forward(ask, index + 1, migration));
      const faults = await database.transaction((ask) => verify(ask, tables, extensions, version));
      if (faults.length > 0)
        throw new Error(`the database of claims is not as it has to be: ${faults.join("; ")}`);
      return { version, applied };
    },
    remove: async () => {
      // Tenants' rows went with their partitions; what is left holds none, and goes with the cluster.
    },
  };
}

/** The list of what was applied: before any tenant, by the one resource that is the schema. */
async function prepare(database: Database): Promise<void> {
  await database.transaction(async (ask) => {
    await ask({ sql: `CREATE SCHEMA IF NOT EXISTS ${name(CLAIMS_SCHEMA)}` });
    await ask({
      sql: `CREATE TABLE IF NOT EXISTS ${ledger} (version int PRIMARY KEY, title text NOT NULL, digest text NOT NULL,
        applied timestamptz NOT NULL DEFAULT now())`,
    });
    await ask({ sql: `ALTER TABLE ${ledger} ENABLE ROW LEVEL SECURITY` });
    await ask({ sql: `ALTER TABLE ${ledger} FORCE ROW LEVEL SECURITY` });
    await ask({ sql: `DROP POLICY IF EXISTS administered ON ${ledger}` });
    await ask({
      sql: `CREATE POLICY administered ON ${ledger} TO CURRENT_USER USING (true) WITH CHECK (true)`,
    });
  });
}

/** Applies a migration unless it has been. @throws Error if another one was applied under its number, or later ones */
async function forward(ask: Ask, version: number, { title, statements }: Migration): Promise<number> {
  const digest = createHash("sha256").update(statements.join(";\n")).digest("hex");
  const [known] = await ask({
    sql: `SELECT digest FROM ${ledger} WHERE version = :version`,
    parameters: { version },
  });
  if (known?.["digest"] === digest) return 0;
  if (known)
    throw new Error(`migration ${version} was applied with another text: migrations are added, never edited`);
  for (const sql of statements) await ask({ sql });
  await ask({
    sql: `INSERT INTO ${ledger} (version, title, digest) VALUES (:version, :title, :digest)`,
    parameters: { version, title, digest },
  });
  return 1;
}

/** What is wrong, in words. What is stated of tables has to hold for every table of the schema, partitions too. */
async function verify(
  ask: Ask,
  tables: Body["tables"],
  extensions: readonly string[],
  version: number,
): Promise<string[]> {
  const schema = { schema: CLAIMS_SCHEMA };
  const there = await ask({
    sql: `SELECT c.relname::text AS name, c.relkind::text AS kind,
        c.relrowsecurity AND c.relforcerowsecurity AS forced,
        coalesce('security_invoker=true' = ANY (c.reloptions), false) AS invoker,
        CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) ELSE '' END AS key
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = :schema AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`,
    parameters: schema,
  });
  const definers = await ask({
    sql: `SELECT p.proname::text AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname = :schema AND p.prosecdef`,
    parameters: schema,
  });
  const installed = await ask({ sql: "SELECT extname::text AS name FROM pg_extension" });
  const [newest] = await ask({ sql: `SELECT max(version) AS version FROM ${ledger}` });
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return [
    ...there.flatMap(({ name: of, kind, forced, invoker }) => {
      const about = text(of);
      if (kind === "r" || kind === "p")
        return forced === true ? [] : [`${about} has no forced row-level security`];
      return kind === "v" && invoker === true ? [] : [`${about} shows rows past row-level security`];
    }),
    ...definers.map((each) => `function ${text(each["name"])} runs as its owner`),
    ...tables.flatMap((table) => {
      const found = there.find((each) => each["name"] === table.name);
      return found?.["key"] === `LIST (${table.tenantColumn})`
        ? []
        : [`${table.name} is not partitioned by ${table.tenantColumn}`];
    }),
    ...extensions
      .filter((each) => !installed.some((found) => found["name"] === each))
      .map((each) => `extension ${each} is missing`),
    ...(newest?.["version"] === version
      ? []
      : [`its newest migration is not ${version}: a later version of this function was here`]),
  ];
}

import { z } from "zod";

import type { ClaimsImportInput } from "../contract/admin-payloads.ts";
import {
  CLAIM_KINDS,
  CLAIM_STATUSES,
  CLAIMS_SCHEMA,
  claimsPartition,
  TENANT_SETTING,
  type TenantTable,
} from "../contract/claims.ts";
import { isTenantId } from "../contract/names.ts";
import type { AdminKind } from "../shared/admin.ts";
import type { Database } from "./database.ts";
import { name, within } from "./sql.ts";

type Body = ClaimsImportInput["body"];

const text = z.string().min(1).max(4000);
const id = z
  .string()
  .regex(/^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/)
  .max(40);
const day = z.iso.date();
const amount = z.string().regex(/^\d{1,12}\.\d{2}$/, "has to be an amount, like 1250.00");

const body: z.ZodType<Body> = z.strictObject({
  tenant: z.string().refine(isTenantId, "has to be a tenant id"),
  claims: z
    .array(
      z.strictObject({
        id,
        policy: text,
        holder: text,
        kind: z.enum(CLAIM_KINDS),
        status: z.enum(CLAIM_STATUSES),
        occurred: day,
        reported: day,
        amount,
        description: text,
        payments: z.array(z.strictObject({ id, paid: day, amount, payee: text })),
        notes: z.array(z.strictObject({ id, written: day, author: text, text })),
      }),
    )
    .max(500),
});

/** Types of the columns that are no text. */
const CASTS: Readonly<Record<string, string>> = {
  occurred: "date",
  reported: "date",
  paid: "date",
  written: "date",
  amount: "numeric",
};

/**
 * Adds claims to a tenant's. The administrator may add rows of the tenant that its transaction names, by a policy of the tables; it
 * reads none, changes none and deletes none.
 */
export function claimsImport(database: Database): AdminKind<Body> {
  return {
    parse: (input) => body.parse(input),
    apply: async (_name, { tenant, claims }) => {
      const added = await database.transaction(async (ask) => {
        await ask({
          sql: "SELECT set_config(:name, :tenant, true) AS tenant",
          parameters: { name: TENANT_SETTING, tenant },
        });
        const add = async (table: TenantTable, row: Readonly<Record<string, string>>) => {
          const columns = Object.keys(row);
          const values = columns.map((column) => `CAST(:${column} AS ${CASTS[column] ?? "text"})`);
          await ask({
            sql: `INSERT INTO ${within(CLAIMS_SCHEMA, claimsPartition(table, tenant))} (tenant_id, ${columns.map(name).join(", ")})
              VALUES (:tenant, ${values.join(", ")}) ON CONFLICT DO NOTHING`,
            parameters: { tenant, ...row },
          });
        };
        for (const { payments, notes, ...claim } of claims) {
          await add("claims", claim);
          for (const payment of payments) await add("payments", { ...payment, claim_id: claim.id });
          for (const { text: content, ...note } of notes)
            await add("notes", { ...note, body: content, claim_id: claim.id });
        }
        return claims.length;
      });
      return { tenant, claims: added };
    },
    remove: () => {
      throw new Error("claims go with their tenant, and not by themselves");
    },
  };
}

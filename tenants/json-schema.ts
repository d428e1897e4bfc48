/** `node tenants/json-schema.ts`: writes `tenant.schema.json`, by which editors complete and check tenants' files. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { tenantSchema } from "./schema.ts";

const FILE = join(import.meta.dirname, "tenant.schema.json");

/** The JSON Schema (draft 2020-12) of a tenant's file, as text. What has a default may be left out. */
export function tenantJsonSchema(): string {
  const schema = z.toJSONSchema(tenantSchema, { io: "input" });
  return `${JSON.stringify({ title: "A tenant", ...schema }, undefined, 2)}\n`;
}

if (import.meta.main) writeFileSync(FILE, tenantJsonSchema());

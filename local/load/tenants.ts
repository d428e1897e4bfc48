import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";

/** A made-up tenant: half of them are silos, half in the pool. */
export interface LoadTenant {
  readonly id: string;
  readonly tier: "silo" | "pool";
  /** In each of the tenant's own documents, and nowhere else: read elsewhere, it is a leak. */
  readonly canary: string;
}

/** Every tenant has a document of this name that answers this question, each with its own canary. */
export const QUESTION = "Which password opens the vault of the harbour office?";
export const DOCUMENT_NAME = "vault.md";

/** The ids of later ones start with those of earlier ones: `load-1`, `load-1-2`, `load-3`, `load-3-4`. */
export function loadTenants(count: number): LoadTenant[] {
  return Array.from({ length: count }, (_, index) => {
    const id = index % 2 === 0 ? `load-${index + 1}` : `load-${index}-${index + 1}`;
    const canary = `zq${createHash("sha256").update(id).digest("hex").slice(0, 12)}`;
    return { id, tier: index % 4 < 2 ? "silo" : "pool", canary };
  });
}

export function documentOf({ canary }: LoadTenant): string {
  return `# Harbour office\n\nThe password that opens the vault of the harbour office is ${canary}.\n`;
}

/** Writes the tenants' files, and takes away those of an earlier run. */
export function writeTenantFiles(folder: string, tenants: readonly LoadTenant[]): void {
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) rmSync(join(folder, file));
  for (const { id, tier } of tenants) {
    const spec = {
      id,
      name: `Load ${id}`,
      tier,
      status: "active",
      plan: "standard",
      admin: `admin@${id}.example`,
      groups: ["regular"],
    };
    writeFileSync(join(folder, `${id}.yaml`), stringify(spec));
  }
}

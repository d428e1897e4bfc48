import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type Tier = "silo" | "pool";

/** What a large environment has. Beyond fifty silos, a tenant goes to the pool. */
export const TWO_HUNDRED: readonly Tier[] = Array.from({ length: 200 }, (_, index) =>
  index < 50 ? "silo" : "pool",
);

/** Writes one file for each tenant. @param folder is made */
export function writeTenants(folder: string, tiers: readonly Tier[]): string {
  mkdirSync(folder, { recursive: true });
  tiers.forEach((tier, index) => {
    const id = `tenant-${String(index + 1).padStart(4, "0")}`;
    const lines = [
      `id: ${id}`,
      `name: Tenant ${index + 1}`,
      `tier: ${tier}`,
      "status: active",
      "plan: standard",
      `admin: admin@${id}.example`,
      "groups: [regular, platinum]",
    ];
    writeFileSync(join(folder, `${id}.yaml`), `${lines.join("\n")}\n`);
  });
  return folder;
}

import { join } from "node:path";
import { exact, type Measured, type Surroundings } from "../benchmark.ts";
import { Previews, type Registered } from "../support/previews.ts";
import { type Tier, writeTenants } from "../support/tenant-files.ts";

export const RESOURCES_SILO = "resources-per-tenant-silo";
export const RESOURCES_POOL = "resources-per-tenant-pool";

/** One of each, so that what the first of a tier brings with it is there already. */
const BEFORE: readonly Tier[] = ["silo", "pool"];

/** Resources of a preview with one tenant more, less those of a preview without it. */
export async function resourcesPerTenant(surroundings: Surroundings): Promise<readonly Measured[]> {
  const { folder, signal, wanted, progress } = surroundings;
  const previews = await Previews.open(folder, signal);
  const count = async (tiers: readonly Tier[]): Promise<readonly Registered[]> => {
    const tenants = writeTenants(join(folder, tiers.join("-")), tiers);
    return previews.registered(await previews.engine({ tenants }));
  };
  try {
    progress(`a preview of ${BEFORE.length} tenants`);
    const before = await count(BEFORE);
    const results: Measured[] = [];
    for (const [id, tier] of [[RESOURCES_SILO, "silo"] as const, [RESOURCES_POOL, "pool"] as const]) {
      if (!wanted.has(id)) continue;
      progress(`one more in the ${tier}`);
      const after = await count([...BEFORE, tier]);
      const components = after.filter(isComponent).length - before.filter(isComponent).length;
      const added = after.length - before.length;
      results.push(
        exact(
          id,
          added,
          `${added - components} on AWS and ${components} components; preview of n + 1 less that of n`,
        ),
      );
    }
    return results;
  } finally {
    await previews.close();
  }
}

const isComponent = ({ custom }: Registered): boolean => !custom;

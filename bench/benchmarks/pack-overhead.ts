import { join } from "node:path";
import { PROJECT } from "../../local/paths.ts";
import { measured, type Measured, type Surroundings } from "../benchmark.ts";
import { ratios, seconds } from "../statistics.ts";
import { Previews } from "../support/previews.ts";
import { type Tier, TWO_HUNDRED, writeTenants } from "../support/tenant-files.ts";

export const PACK_OVERHEAD = "pack-overhead";

const ROUNDS = 3;

/** Time of a preview of 200 tenants with the policy pack, the isolation proof by the evaluator in it, over that of the same without. */
export async function packOverhead(surroundings: Surroundings): Promise<readonly Measured[]> {
  return measure(surroundings, TWO_HUNDRED, ROUNDS);
}

export async function measure(
  { folder, signal, progress }: Surroundings,
  tiers: readonly Tier[],
  rounds: number,
): Promise<readonly Measured[]> {
  const previews = await Previews.open(folder, signal);
  try {
    const tenants = writeTenants(join(folder, "tenants"), tiers);
    const without = await previews.engine({ tenants });
    const pack = await previews.engine({ tenants, policyPacks: [join(PROJECT, "policies")] });
    const pairs = await previews.times(pack, without, rounds, progress);
    const { subject, baseline } = seconds(pairs);
    return [
      measured(
        PACK_OVERHEAD,
        ratios(pairs),
        `${subject} with the pack over ${baseline} without, ${tiers.length} tenants`,
      ),
    ];
  } finally {
    await previews.close();
  }
}

import { join } from "node:path";
import { PROJECT } from "../../local/paths.ts";
import { measured, type Measured, type Surroundings } from "../benchmark.ts";
import { median, type Pair, ratios } from "../statistics.ts";
import { Previews } from "../support/previews.ts";
import { type Tier, writeTenants } from "../support/tenant-files.ts";

export const PACK_OVERHEAD = "pack-overhead";

/** Beyond fifty silos, a tenant goes to the pool. */
const TIERS: readonly Tier[] = Array.from({ length: 200 }, (_, index) => (index < 50 ? "silo" : "pool"));
const ROUNDS = 3;

/** Time of a preview of 200 tenants with the policy pack, the isolation proof in it, over that of the same without. */
export async function packOverhead(surroundings: Surroundings): Promise<readonly Measured[]> {
  return measure(surroundings, TIERS, ROUNDS);
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
    const pairs: Pair[] = [];
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}`);
      const first = round % 2 === 0 ? without : pack;
      const second = first === without ? pack : without;
      const times = new Map([[first, await previews.time(first)]]);
      times.set(second, await previews.time(second));
      pairs.push({ subject: times.get(pack) ?? 0, baseline: times.get(without) ?? 0 });
    }
    const seconds = (pick: (pair: Pair) => number): string => (median(pairs.map(pick)) / 1000).toFixed(1);
    return [
      measured(
        PACK_OVERHEAD,
        ratios(pairs),
        `${seconds(({ subject }) => subject)} s with the pack over ${seconds(({ baseline }) => baseline)} s without, ${tiers.length} tenants`,
      ),
    ];
  } finally {
    await previews.close();
  }
}

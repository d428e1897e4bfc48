import { join } from "node:path";
import { measured, type Measured, type Surroundings } from "../benchmark.ts";
import { median, type Pair, ratios } from "../statistics.ts";
import { writeBareProgram } from "../support/bare-program.ts";
import { Previews } from "../support/previews.ts";
import { type Tier, writeTenants } from "../support/tenant-files.ts";

export const PROGRAM_VS_BARE = "program-vs-bare-engine";

/** Beyond fifty silos, a tenant goes to the pool. */
const TIERS: readonly Tier[] = Array.from({ length: 200 }, (_, index) => (index < 50 ? "silo" : "pool"));
const ROUNDS = 3;

/** Time of a preview of 200 tenants over that of as many resources, of the same types and inputs, without any logic. */
export async function programVsBareEngine(surroundings: Surroundings): Promise<readonly Measured[]> {
  return measure(surroundings, TIERS, ROUNDS);
}

export async function measure(
  { folder, signal, progress }: Surroundings,
  tiers: readonly Tier[],
  rounds: number,
): Promise<readonly Measured[]> {
  const previews = await Previews.open(folder, signal);
  try {
    const program = await previews.engine({ tenants: writeTenants(join(folder, "tenants"), tiers) });
    progress(`what ${tiers.length} tenants are made of`);
    const resources = await previews.registered(program);
    const bare = await previews.engine(writeBareProgram(folder, resources));
    progress("the same without logic");
    const same = await previews.registered(bare);
    if (same.length !== resources.length)
      throw new Error(`the bare program has ${same.length} resources, the program ${resources.length}`);
    const pairs: Pair[] = [];
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}, ${resources.length} resources`);
      const before = round % 2 === 0 ? await previews.time(bare) : undefined;
      const subject = await previews.time(program);
      pairs.push({ subject, baseline: before ?? (await previews.time(bare)) });
    }
    const [subject, baseline] = (["subject", "baseline"] as const).map(
      (side) => `${(median(pairs.map((pair) => pair[side])) / 1000).toFixed(1)} s`,
    );
    return [
      measured(
        PROGRAM_VS_BARE,
        ratios(pairs),
        `${subject} for ${tiers.length} tenants over ${baseline} for the same ${resources.length} resources without logic`,
      ),
    ];
  } finally {
    await previews.close();
  }
}

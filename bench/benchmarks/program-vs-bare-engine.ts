import { join } from "node:path";
import { measured, type Measured, type Surroundings } from "../benchmark.ts";
import { ratios, seconds } from "../statistics.ts";
import { writeBareProgram } from "../support/bare-program.ts";
import { Previews } from "../support/previews.ts";
import { type Tier, TWO_HUNDRED, writeTenants } from "../support/tenant-files.ts";

export const PROGRAM_VS_BARE = "program-vs-bare-engine";

const ROUNDS = 3;

/** Time of a preview of 200 tenants over that of as many resources, of the same types and inputs, without any logic. */
export async function programVsBareEngine(surroundings: Surroundings): Promise<readonly Measured[]> {
  return measure(surroundings, TWO_HUNDRED, ROUNDS);
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
    const pairs = await previews.times(program, bare, rounds, progress);
    const { subject, baseline } = seconds(pairs);
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

import { carryOut, type Attempted } from "./attack.ts";
import { CREDENTIAL_ATTACKS } from "./credentials.ts";
import { POOL_ATTACKS } from "./pool.ts";
import { REQUEST_ATTACKS } from "./requests.ts";
import { RESOURCE_ATTACKS, SILO_ATTACKS } from "./resources.ts";
import type { Stage } from "./stage.ts";
import { TOKEN_ATTACKS } from "./tokens.ts";

/** Every attack between two tenants of one tier, layer by layer. */
export const ATTACKS = {
  silo: [...TOKEN_ATTACKS, ...REQUEST_ATTACKS, ...CREDENTIAL_ATTACKS, ...RESOURCE_ATTACKS, ...SILO_ATTACKS],
  pool: [...REQUEST_ATTACKS, ...CREDENTIAL_ATTACKS, ...RESOURCE_ATTACKS, ...POOL_ATTACKS],
} as const;

/** Carries out all attacks, one after the other, so that each finds its own line in the decision log. */
export async function attackAll(
  tier: keyof typeof ATTACKS,
  stage: Stage,
  onDone?: (done: Attempted) => void,
): Promise<Attempted[]> {
  const results: Attempted[] = [];
  for (const attack of ATTACKS[tier]) {
    const result = await carryOut(attack, stage);
    results.push(result);
    onDone?.(result);
  }
  return results;
}

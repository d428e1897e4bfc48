/** One round: as each of two tenants that are nobody's, the main job and the attacks on the other. */
import { randomBytes } from "node:crypto";
import { ApiClient } from "../../verify/api-client.ts";
import { attackAll, stagesOf, type SignedIn } from "../../verify/attack-all.ts";
import type { Api, Grammar } from "../../verify/grammar.ts";
import type { Attempted } from "../../verify/outcome.ts";
import { cleanUp, smoke, type Probe, type SmokeResult } from "../../verify/smoke.ts";
import { registryItem } from "../../verify/stage.ts";
import type { Target } from "../../verify/target.ts";

export interface Round {
  readonly smoke: readonly SmokeResult[];
  readonly attacks: readonly Attempted[];
}

/** Who can be had without being an operator: a member, its data credentials, and nobody at all. */
const CALLERS = ["member", "data", "anonymous"];
/** Stores are reached from inside the network alone, where the canary is not: there is no sign-in there. */
const INSIDE = new Set(["aoss", "es"]);

/** Attacks whose harmless twin the canary can carry out as well: without it a refusal would say nothing. */
function canCarryOut(_of: unknown, api: Api): boolean {
  const twin = api.control.api ?? api.api;
  return !INSIDE.has(api.service) && ["member", "data"].includes(api.control.by) && twin !== "";
}

/** @param tokens of the tenants, by id */
export async function round(
  target: Target,
  grammar: Grammar,
  tokens: ReadonlyMap<string, string>,
  { signal, ingestionSeconds }: { readonly signal: AbortSignal; readonly ingestionSeconds: number },
): Promise<Round> {
  const results: SmokeResult[] = [];
  const probes = new Map<string, Probe>();
  const parties: SignedIn[] = [];
  const api = (token: string): ApiClient => new ApiClient(target.deployment.apiUrl, token);
  try {
    for (const [id, token] of tokens) {
      signal.throwIfAborted();
      const word = letters();
      const probe = { name: `bulkhead-canary-${word}.md`, canary: `zz${word}` };
      probes.set(id, probe);
      results.push(...(await smoke(api(token), id, probe, ingestionSeconds)));
      const item = await registryItem(target, id);
      if (item?.status !== "active") throw new Error(`${id} is not active`);
      parties.push({
        id,
        tier: item.tier,
        active: true,
        token,
        idToken: undefined,
        document: probe.name,
        canary: probe.canary,
      });
    }
    const attacks = await attackAll(grammar, stagesOf(target, parties), {
      callers: CALLERS,
      only: canCarryOut,
      doors: false,
      tellLeftOut: false,
      signal,
    });
    return { smoke: results, attacks };
  } finally {
    for (const [id, probe] of probes) results.push(...(await cleanUp(api(tokens.get(id) ?? ""), id, probe)));
  }
}

/** What did not hold, in words that quote no answer; empty: all of it did. */
export function faultsOf({ smoke: steps, attacks }: Round): string[] {
  const faults = steps.flatMap(({ tenant, step, fault }) =>
    fault === undefined ? [] : [`${tenant} ${step}: ${fault}`],
  );
  for (const { name, faults: of } of attacks) faults.push(...of.map((fault) => `${name}: ${fault}`));
  // A run in which nothing was refused has shown nothing.
  if (!attacks.some(({ actual }) => actual === "refused")) faults.push("no attack was carried out");
  return faults;
}

/** Ten letters: a word that stands nowhere else. */
function letters(): string {
  return randomBytes(5)
    .toString("hex")
    .replaceAll(/\d/g, (digit) => "ghijklmnop"[Number(digit)] ?? "");
}

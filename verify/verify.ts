/** `bulkhead verify`: smoke and attacks between synthetic tenants of a deployed environment; it leaves nothing behind. */
import { randomBytes } from "node:crypto";
import { ApiClient } from "./api-client.ts";
import { attackAll, stagesOf, type SignedIn } from "./attack-all.ts";
import type { Grammar } from "./grammar.ts";
import { Invitations } from "./invitations.ts";
import type { Attempted } from "./outcome.ts";
import { cleanUp, smoke, type Probe, type SmokeResult } from "./smoke.ts";
import { registryItem } from "./stage.ts";
import type { Target } from "./target.ts";

/** Why nothing could be verified. */
export class CannotVerify extends Error {
  override readonly name = "CannotVerify";
}

export interface VerifyOptions {
  /** The first two have to be there; further ones take part where they are. */
  readonly tenants: readonly string[];
  /** How long ingestion may take. @default 300 */
  readonly ingestionSeconds?: number;
  readonly signal?: AbortSignal;
  readonly onStep?: (text: string) => void;
  readonly onAttack?: (done: Attempted) => void;
}

export interface VerifyReport {
  readonly environment: string;
  readonly tenants: readonly { readonly id: string; readonly tier: string; readonly status: string }[];
  readonly smoke: readonly SmokeResult[];
  readonly attacks: readonly Attempted[];
  readonly held: boolean;
}

/** @throws CannotVerify if the tenants are not there */
export async function verify(
  target: Target,
  grammar: Grammar,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const { onStep = () => undefined, signal, ingestionSeconds = 300 } = options;
  const tenants = await tenantsOf(target, options.tenants);
  const invitations = new Invitations(target);
  const invited: string[] = [];
  const results: SmokeResult[] = [];
  const probes = new Map<string, Probe>();
  const parties: SignedIn[] = [];
  const api = (token: string): ApiClient => new ApiClient(target.deployment.apiUrl, token);
  let attacks: readonly Attempted[];
  try {
    for (const { id, tier, status } of tenants) {
      signal?.throwIfAborted();
      const word = randomBytes(5)
        .toString("hex")
        .replaceAll(/\d/g, (digit) => "ghijklmnop"[Number(digit)] ?? "");
      const username = `bulkhead-verify-${id}-${word}`;
      onStep(`${id}: inviting ${username}`);
      invited.push(username);
      const user = await invitations.invite({
        username,
        email: `${username}@bulkhead-verify.example`,
        tenant: id,
        groups: [],
      });
      const { accessToken, idToken } = await invitations.signIn(user);
      const probe = { name: `bulkhead-verify-${word}.md`, canary: `zz${word}` };
      const active = status === "active";
      parties.push({
        id,
        tier,
        active,
        token: accessToken,
        idToken,
        document: probe.name,
        canary: probe.canary,
      });
      if (!active) continue;
      probes.set(id, probe);
      onStep(`${id}: storing a document and asking for it`);
      results.push(...(await smoke(api(accessToken), id, probe, ingestionSeconds)));
    }
    onStep("attacking");
    attacks = await attackAll(grammar, stagesOf(target, parties), { signal, onDone: options.onAttack });
  } finally {
    onStep("cleaning up");
    for (const { id, token } of parties) {
      const probe = probes.get(id);
      if (probe && token !== undefined) results.push(...(await cleanUp(api(token), id, probe)));
    }
    for (const username of invited) await invitations.remove(username).catch(() => undefined);
  }
  const held =
    results.every(({ fault }) => fault === undefined) &&
    attacks.every(({ faults }) => faults.length === 0) &&
    attacks.some(({ actual }) => actual === "refused");
  return { environment: target.place.environment, tenants, smoke: results, attacks, held };
}

async function tenantsOf(
  target: Target,
  ids: readonly string[],
): Promise<VerifyReport["tenants"] & readonly { id: string; tier: "silo" | "pool"; status: string }[]> {
  const found: { id: string; tier: "silo" | "pool"; status: string }[] = [];
  const missing: string[] = [];
  for (const id of ids) {
    const item = await registryItem(target, id);
    if (item) found.push({ id, tier: item.tier, status: item.status });
    else missing.push(id);
  }
  const active = found.filter(({ status }) => status === "active");
  if (active.length >= 2) return found;
  const { environment } = target.place;
  throw new CannotVerify(
    `Verifying takes two active tenants that are nobody's, and environment ${environment} has ${active.length === 0 ? "none" : `only ${active[0]?.id ?? ""}`} of ${ids.join(", ")}. ` +
      `Add a file for each that is missing (${missing.map((id) => `tenants/config/${environment}/${id}.yaml`).join(", ")}) and deploy, or name others with --tenants A,B.`,
  );
}

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { Embedded } from "../embedded.ts";
import { PROJECT } from "../paths.ts";
import type { SeenClaims } from "./claims.ts";
import { deploy, type Deployed } from "./deploy.ts";
import type { Asked } from "./questions.ts";
import type { Scenario } from "./scenario.ts";
import type { Screen } from "./screen.ts";

/** The tenant that is added while the others work. */
export const NEWCOMER = "cobalt";

export interface Onboarded {
  readonly id: string;
  /** From adding the file to the last answer. */
  readonly seconds: number;
  readonly asked: readonly Asked[];
  readonly claims: readonly SeenClaims[];
  readonly faults: readonly string[];
}

/** Adds a tenant's file, deploys again, has its documents ingested and its user answered. */
export async function onboard(
  embedded: Embedded,
  scenario: Scenario,
  screen: Screen,
  { signal, tenants, onAsked }: { signal: AbortSignal; tenants: string; onAsked: (asked: Asked) => void },
): Promise<Onboarded> {
  const start = performance.now();
  copyFileSync(
    join(PROJECT, "local", "sample", "onboarding", `${NEWCOMER}.yaml`),
    join(tenants, `${NEWCOMER}.yaml`),
  );
  screen.done(`tenants/${NEWCOMER}.yaml added`);
  const deployed = await deploy(embedded, screen, { signal, tenants });
  const faults = othersTouched(deployed).map((name) => `${name} changed, which is not ${NEWCOMER}'s`);
  if (faults.length === 0) screen.done(`only resources of ${NEWCOMER} were touched`);
  for (const fault of faults) screen.failed(fault);

  await scenario.invite([NEWCOMER]);
  screen.done(`${await scenario.upload(NEWCOMER)} documents uploaded and ingested`);
  await scenario.addClaims(NEWCOMER);
  const asked = await scenario.ask([NEWCOMER], onAsked);
  const claims = await scenario.claims([NEWCOMER]);
  return { id: NEWCOMER, seconds: (performance.now() - start) / 1000, asked, claims, faults };
}

/** Names that are not the newcomer's. A resource's name starts with its tenant's id; longer ids start with this one too. */
function othersTouched({ touched }: Deployed): string[] {
  const others = /^cobalt-marine(-|$)/;
  return touched.filter(
    (name) => (name !== NEWCOMER && !name.startsWith(`${NEWCOMER}-`)) || others.test(name),
  );
}

import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { loadTenants } from "../../tenants/catalog.ts";
import type { Attempted } from "../../verify/outcome.ts";
import { openEmbedded, wipeEmbedded } from "../embedded.ts";
import { LOCAL_STACK, PROJECT, type Place } from "../paths.ts";
import { claimFaults } from "./claims.ts";
import { deploy } from "./deploy.ts";
import { NEWCOMER, onboard } from "./onboarding.ts";
import type { Deployment } from "./operator.ts";
import type { Asked } from "./questions.ts";
import type { Report } from "./report.ts";
import { Scenario } from "./scenario.ts";
import type { Screen } from "./screen.ts";
import { attackLines, opening, questionLines, summary } from "./telling.ts";

/** Who attacks whom: two tenants of each tier; in the pool, the victim's id starts with the attacker's. */
const PAIRS = [
  { tier: "silo", pair: ["acme", "borealis"] },
  { tier: "pool", pair: [NEWCOMER, "cobalt-marine"] },
] as const;

/** The main job from an empty account to attacks on a running one. @returns whether every expectation held */
export async function runDemo(
  place: Place,
  screen: Screen,
  signal: AbortSignal,
): Promise<{ readonly report: Report; readonly held: boolean }> {
  const start = performance.now();
  opening(screen);
  // Every demo starts from an empty account, so that what it shows was done now.
  wipeEmbedded(place.folder);
  const embedded = await openEmbedded(place);
  try {
    // A copy, because a tenant will be added to it.
    const tenants = join(embedded.folder, "tenants");
    cpSync(join(PROJECT, "tenants", "config", LOCAL_STACK), tenants, { recursive: true });
    const specs = loadTenants(tenants);
    const ids = specs.map(({ id }) => id);
    const told = (asked: Asked): void => {
      questionLines(screen, asked);
      signal.throwIfAborted();
    };

    screen.heading("Deploy");
    const deployed = await deploy(embedded, screen, { signal, tenants });

    screen.heading("Documents");
    const scenario = new Scenario(embedded.gateway, deployed.outputs as unknown as Deployment);
    screen.done(`${(await scenario.invite(ids)).length} users invited and signed in`);
    for (const { id, tier } of specs) {
      signal.throwIfAborted();
      const count = await scenario.upload(id, (name) => {
        screen.status(`${id}: ${name}`);
      });
      const by = tier === "silo" ? "by its knowledge base" : "on its bucket's events";
      screen.done(`${id}: ${count} documents uploaded by the API and ingested ${by}`);
    }

    screen.heading("Questions");
    const asked = await scenario.ask(ids, told);

    screen.heading("Claims");
    let added = 0;
    for (const id of ids) added += await scenario.addClaims(id);
    screen.done(`${added} claims added to PostgreSQL, a partition and a login for each tenant`);
    const claims = await scenario.claims(ids);
    for (const seen of claims) screen.done(`${seen.user} sees ${seen.claims.join(", ") || "none"}`);

    screen.heading(`Onboarding of ${NEWCOMER}`);
    const onboarded = await onboard(embedded, scenario, screen, { signal, tenants, onAsked: told });
    screen.done(`from its file to its answers in ${onboarded.seconds.toFixed(1)} s`);

    const attacks: Attempted[] = [];
    for (const { tier, pair } of PAIRS) {
      screen.heading(`Attacks by a member of ${pair[0]} on ${pair[1]} (${tier})`);
      const done = await scenario.attack(pair, signal, (count) => {
        screen.status(`${count} attacks`);
      });
      attackLines(screen, done);
      attacks.push(...done);
    }

    const everything = [...asked, ...onboarded.asked];
    const everyonesClaims = [...claims, ...onboarded.claims];
    const claimed = everyonesClaims.flatMap((seen) => claimFaults(seen, scenario.tenantOf(seen.user) ?? ""));
    for (const fault of claimed) screen.failed(fault);
    const report: Report = {
      seconds: {
        setup: Number(process.env["BULKHEAD_SETUP_SECONDS"] ?? 0),
        deploy: deployed.seconds,
        total: (performance.now() - start) / 1000,
      },
      pulumi: {
        version: deployed.version,
        resources: Object.values(deployed.changes).reduce((sum, count) => sum + count, 0),
        policyPack: policyPack(),
      },
      tenants: loadTenants(tenants).map(({ id, tier }) => ({
        id,
        tier,
        questions: everything
          .filter(({ user }) => scenario.tenantOf(user) === id)
          .map(({ user, question, answer, citations }) => ({ user, question, answer, citations })),
        claims: everyonesClaims.filter(({ user }) => scenario.tenantOf(user) === id),
      })),
      onboarding: { id: onboarded.id, seconds: onboarded.seconds },
      attacks: attacks.map(({ name, layer, expected, actual, by }) => ({
        name,
        layer,
        expected,
        actual,
        by,
      })),
    };
    const held = summary(screen, {
      report,
      asked: everything,
      attacks,
      faults: [...onboarded.faults, ...claimed],
      folder: embedded.folder,
    });
    return { report, held };
  } finally {
    await embedded.close();
  }
}

/** Name and version of the pack that judged the deployment. */
function policyPack(): string {
  const { name, version } = JSON.parse(readFileSync(join(PROJECT, "policies", "package.json"), "utf8")) as {
    name: string;
    version: string;
  };
  return `${name} ${version}`;
}

/** `npm run demo`: deploys stack `local` afresh, puts the sample tenants to work, attacks, and tells what came of it. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { deploy } from "../demo/deploy.ts";
import type { Deployment } from "../demo/operator.ts";
import type { Report } from "../demo/report.ts";
import { Scenario } from "../demo/scenario.ts";
import { Screen } from "../demo/screen.ts";
import { attackLine, opening, questionLines, summary } from "../demo/telling.ts";
import { findRunning, openEmbedded } from "../embedded.ts";
import { defaultPlace, LOCAL_STACK, PROJECT } from "../paths.ts";
import { loadTenants } from "../../tenants/catalog.ts";
import { interruptible } from "./interrupt.ts";
import { main } from "./main.ts";

const USAGE = `Usage: npm run demo [-- --report FILE]

Deploys the stack "local" with the real Pulumi engine onto the embedded account, uploads and ingests documents, asks as
the sample users, attacks, and sums up. Exit code 0 if every expectation held.

  --report FILE   write what was done as JSON
  --help          show this

BULKHEAD_PORT (4880) and BULKHEAD_ACCOUNT (.bulkhead/local) choose where the account is served and kept.
`;

await main(() =>
  interruptible(async (signal) => {
    const { values } = parseArgs({
      options: { report: { type: "string" }, help: { type: "boolean" } },
      args: process.argv.slice(2),
    });
    if (values.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    return demo(values.report, signal);
  }),
);

async function demo(reportFile: string | undefined, signal: AbortSignal): Promise<number> {
  const start = performance.now();
  const since = (): number => (performance.now() - start) / 1000;
  const screen = new Screen();
  const place = defaultPlace();
  const tenants = loadTenants(join(PROJECT, "tenants", "config", LOCAL_STACK));
  const [attacker, victim] = tenants.map(({ id }) => id);
  if (attacker === undefined || victim === undefined) {
    throw new Error(`The demo needs two tenants: tenants/config/${LOCAL_STACK} has ${tenants.length}`);
  }
  opening(screen);

  // Every demo starts from an empty account, so that what it shows was done now.
  if (!findRunning(place.folder)) rmSync(place.folder, { recursive: true, force: true });
  const embedded = await openEmbedded(place);
  try {
    screen.heading("Deploy");
    const deployed = await deploy(embedded, screen, signal);

    screen.heading("Documents");
    const scenario = new Scenario(embedded.gateway, deployed.outputs as unknown as Deployment);
    const ids = tenants.map(({ id }) => id);
    const invited = await scenario.invite(ids);
    screen.done(`${invited.length} users invited and signed in`);
    for (const id of ids) {
      signal.throwIfAborted();
      const count = await scenario.upload(id, (name) => {
        screen.status(`${id}: ${name}`);
      });
      screen.done(`${id}: ${count} documents uploaded by the API and ingested by its knowledge base`);
    }

    screen.heading("Questions");
    const asked = await scenario.ask((one) => {
      questionLines(screen, one);
      signal.throwIfAborted();
    });

    screen.heading(`Attacks, by a member of ${attacker} on ${victim}`);
    const attacks = await scenario.attack("silo", [attacker, victim], (one) => {
      attackLine(screen, one);
      signal.throwIfAborted();
    });

    const report: Report = {
      seconds: {
        setup: Number(process.env["BULKHEAD_SETUP_SECONDS"] ?? 0),
        deploy: deployed.seconds,
        total: since(),
      },
      pulumi: { version: deployed.version, resources: deployed.resources, policyPack: policyPack() },
      tenants: tenants.map(({ id, tier }) => ({
        id,
        tier,
        questions: asked
          .filter(({ user }) => scenario.tenantOf(user) === id)
          .map(({ user, question, answer, citations }) => ({ user, question, answer, citations })),
      })),
      attacks: attacks.map(({ name, layer, expected, actual, by }) => ({
        name,
        layer,
        expected,
        actual,
        by,
      })),
    };
    if (reportFile !== undefined) writeFileSync(reportFile, `${JSON.stringify(report, undefined, 2)}\n`);
    const held = summary(screen, { report, asked, attacks, folder: relative(process.cwd(), place.folder) });
    if (reportFile !== undefined) screen.line(`Report: ${reportFile}`);
    return held ? 0 : 1;
  } finally {
    await embedded.close();
  }
}

function policyPack(): string {
  const { name, version } = JSON.parse(readFileSync(join(PROJECT, "policies", "package.json"), "utf8")) as {
    name: string;
    version: string;
  };
  return `${name} ${version}`;
}

/** One account, deployed by the real engine at its first use and shared by all end-to-end tests. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Deployment } from "../../../local/demo/operator.ts";
import { Scenario } from "../../../local/demo/scenario.ts";
import { openEmbedded, type Embedded } from "../../../local/embedded.ts";
import { Engine, type Update } from "../../../local/engine/engine.ts";
import { LOCAL_STACK, PROJECT } from "../../../local/paths.ts";
import { loadTenants } from "../../../tenants/catalog.ts";
import type { TenantSpec } from "../../../tenants/schema.ts";

export interface Deployed {
  readonly embedded: Embedded;
  readonly engine: Engine;
  /** What the first update did. */
  readonly first: Update;
  readonly deployment: Deployment;
  /** All sample users of the tenants are invited and signed in, and all sample documents are ingested. */
  readonly scenario: Scenario;
  /** The stack's tenants, copied: a test may edit the files here. */
  readonly tenantsFolder: string;
  /** Those that are active; besides them there is {@link SUSPENDED}. */
  readonly tenants: readonly TenantSpec[];
}

/** A whole deployment takes half a minute; several times that on a busy machine. */
export const DEPLOY_TIMEOUT_MS = 300_000;

/** Tenants' files of the local stack. */
const TENANTS = join(PROJECT, "tenants", "config", LOCAL_STACK);

/** Tenants that the demo adds to a running stack. */
const NEWCOMERS = join(PROJECT, "local", "sample", "onboarding");

/** A tenant of the pool that is suspended from the start. */
export const SUSPENDED = "dormant";

/** A folder of its own; all of them are removed after the last test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "bulkhead-end-to-end-"));
  folders.push(folder);
  return folder;
}

/** Two tenants of a tier, in the order of their ids: the second's id may start with the first's. */
export function pairOf({ tenants }: Deployed, tier: TenantSpec["tier"]): readonly [string, string] {
  const [first, second] = tenants
    .filter((tenant) => tenant.tier === tier)
    .map(({ id }) => id)
    .sort();
  if (first === undefined || second === undefined) throw new Error(`the stack needs two ${tier} tenants`);
  return [first, second];
}

/** The shared account. Tests leave it as they found it. */
export function deployed(): Promise<Deployed> {
  return (shared ??= deploy());
}

const folders: string[] = [];
let shared: Promise<Deployed> | undefined;
let served: Embedded | undefined;

async function deploy(): Promise<Deployed> {
  const folder = temporaryFolder();
  const tenantsFolder = join(temporaryFolder(), "tenants");
  cpSync(TENANTS, tenantsFolder, { recursive: true });
  // With those that the demo onboards, so that each tier has two.
  cpSync(NEWCOMERS, tenantsFolder, { recursive: true });
  // And one that is suspended from the start, which has neither users nor documents of its own.
  cpSync(join(import.meta.dirname, "tenants"), tenantsFolder, { recursive: true });
  const embedded = (served = await openEmbedded({ folder, port: 0 }));
  const engine = await Engine.open({
    folder,
    debugProviders: embedded.debugProviders,
    stack: LOCAL_STACK,
    tenants: tenantsFolder,
  });
  const first = await engine.up();
  const deployment = first.outputs as unknown as Deployment;
  const scenario = new Scenario(embedded.gateway, deployment);
  const all = loadTenants(tenantsFolder);
  const active = all.filter(({ status }) => status === "active");
  await scenario.invite(active.map(({ id }) => id));
  for (const { id } of active) await scenario.upload(id);
  const count = embedded.gateway.account.resources().length;
  process.stdout.write(`    deployed ${count} resources in ${first.seconds.toFixed(1)} s\n`);
  return { embedded, engine, first, deployment, scenario, tenantsFolder, tenants: active };
}

// At the top level of a file this is a hook of the whole run: after the last test, whatever the order of files.
after(async function () {
  this.timeout(240_000);
  await shared?.catch(() => undefined);
  await served?.close();
  for (const folder of folders) {
    // Windows aside, nothing holds these files any more; a folder that can't be removed is no test's failure.
    for (const entry of readdirSync(folder)) rmSync(join(folder, entry), { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
});

/** The program's own stacks under the whole pack, without an engine. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { rules } from "../../policies/catalogue.ts";
import {
  policyResources,
  ROOT,
  runProgram,
  type ProgramRun,
  type RegisteredResource,
} from "./support/program.ts";
import { violations } from "./support/stack.ts";

const CONFIG: Readonly<Record<string, Record<string, unknown>>> = {
  "tenant-bucket-principal-tag": { deploymentRoles: ["arn:aws:iam::111122223333:role/bulkhead-deployer"] },
};
/** Judges by what the engine alone knows of a stack; its own tests run it on the program. */
const APART: ReadonlySet<string> = new Set(["isolation-proof"]);
const TENANTS = join(ROOT, "tenants/config/local");

async function told(registered: readonly RegisteredResource[], stack: string): Promise<string[]> {
  // All parts and tenants of one's own are for stack local alone; what is asked of others is asked by the stack's name.
  const named = registered.map((resource) => renamed(resource, stack));
  const resources = policyResources(named);
  const found: string[] = [];
  for (const rule of rules) {
    if (APART.has(rule.name)) continue;
    for (const said of await violations(rule, resources, CONFIG[rule.name] ?? {}))
      found.push(`${rule.name}: ${said}`);
  }
  return found;
}

const renamed = (resource: RegisteredResource, stack: string): RegisteredResource =>
  JSON.parse(
    JSON.stringify(resource)
      .replaceAll(/urn:pulumi:[^:]*::/g, `urn:pulumi:${stack}::`)
      // An environment's names begin so, and rules know by its name which are its own.
      .replaceAll(/\bbulkhead([./-])local\b/g, `bulkhead$1${stack}`),
  ) as RegisteredResource;

describe("the program's stacks, under the whole pack", function () {
  // A run of the program: 10 s on an idle machine.
  this.timeout(600_000);

  const stacks: Readonly<Record<string, { readonly run: ProgramRun; readonly as: string }>> = {
    "stack local, whose tenants are new": { run: { stack: "local", preview: "tenants" }, as: "local" },
    "stack dev, before its first deployment": { run: { stack: "dev", preview: "first" }, as: "dev" },
    "all parts by dev's settings, with tenants that are new": {
      run: { stack: "local", settingsOf: "dev", preview: "tenants", tenants: TENANTS },
      as: "dev",
    },
  };
  for (const [name, { run, as }] of Object.entries(stacks))
    it(`pass: ${name}`, async () => {
      const registered = await runProgram(run);
      assert.ok(registered.length > 100);
      assert.deepEqual(await told(registered, as), []);
    });

  it("pass: a first deployment with tenants", async () => {
    const registered = await runProgram({
      stack: "local",
      settingsOf: "dev",
      preview: "first",
      tenants: TENANTS,
    });
    assert.deepEqual(await told(registered, "dev"), []);
  });
});

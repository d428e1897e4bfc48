/** Proves accounts of more and more tenants, from the resources as a policy pack gets them to the verdict. */
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { buildAccount } from "../../policies/isolation/model/build.ts";
import { fromStack, type StackResource } from "../../policies/isolation/model/sources/stack.ts";
import { whereOf } from "../../policies/isolation/model/where.ts";
import { prove } from "../../policies/isolation/prove/index.ts";
import { policyResources, type RegisteredResource } from "../../tests/policies/support/program.ts";
import { manyTenants } from "../support/many-tenants.ts";

export interface ProofInput {
  /** File of what the program registers for the tenants `tenant-0001` (silo) and `tenant-0002` (pool). */
  readonly file: string;
  /** How many tenants each run has. */
  readonly tenants: readonly number[];
}

export interface ProofRun {
  readonly tenants: number;
  readonly resources: number;
  readonly seconds: number;
  /** The most memory that the process has had so far. */
  readonly megabytes: number;
}

// Nobody waits for the result any more.
process.once("disconnect", () => process.exit());
process.once("message", (input: ProofInput) => {
  void measure(input).then((runs) => process.send?.(runs));
});

/** Tenants of a first run, which only compiles: few enough to leave nothing behind that the memory of those after it would count. */
const TO_COMPILE = 20;

async function measure({ file, tenants }: ProofInput): Promise<readonly ProofRun[]> {
  const registered = JSON.parse(readFileSync(file, "utf8")) as readonly RegisteredResource[];
  const runs: ProofRun[] = [];
  for (const count of [TO_COMPILE, ...tenants]) {
    const ids = { silo: "tenant-0001", pool: "tenant-0002" };
    const resources = policyResources(manyTenants(registered, ids, count)) as unknown as StackResource[];
    const start = performance.now();
    const read = fromStack(resources);
    const where = whereOf(read);
    if (where === undefined) throw new Error("the program's resources belong to no environment");
    const { proven, gaps, counterexamples } = await prove(buildAccount(read, where));
    const seconds = (performance.now() - start) / 1000;
    if (!proven)
      throw new Error(
        `isolation of ${count} tenants is not proven: ${gaps[0]?.what ?? counterexamples[0]?.summary ?? ""}`,
      );
    const megabytes = process.resourceUsage().maxRSS / 1000;
    runs.push({ tenants: count, resources: resources.length, seconds, megabytes });
  }
  return runs.slice(1);
}

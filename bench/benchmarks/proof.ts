import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "../../tests/policies/support/program.ts";
import { exact, type Measured, type Surroundings } from "../benchmark.ts";
import type { ProofInput, ProofRun } from "../children/proof.ts";
import { inChild } from "../support/child.ts";
import { writeTenants } from "../support/tenant-files.ts";

export const PROOF_SECONDS = "proof-1000-tenants-s";
export const PROOF_MEMORY = "proof-1000-tenants-mb";
export const PROOF_EXPONENT = "proof-exponent";

const COUNTS = [100, 300, 1000, 2000];
const SILO_AND_POOL = ["silo", "pool"] as const;

/** The isolation proof of 1,000 tenants, and how its time grows from 100 to 2,000. */
export async function proof({ folder, signal, progress }: Surroundings): Promise<readonly Measured[]> {
  progress("what two tenants are made of");
  const tenants = writeTenants(join(folder, "tenants"), SILO_AND_POOL);
  const registered = await runProgram({ stack: "local", preview: "first", tenants });
  const file = join(folder, "registered.json");
  writeFileSync(file, JSON.stringify(registered));
  const prove = (counts: readonly number[]): Promise<readonly ProofRun[]> =>
    inChild<readonly ProofRun[]>(
      new URL("../children/proof.ts", import.meta.url),
      { file, tenants: counts } satisfies ProofInput,
      { signal, env: {} },
    );
  progress("1,000 tenants");
  // By itself, since memory is that of a process.
  const [thousand] = await prove([1000]);
  if (thousand === undefined) throw new Error("nothing was proven");
  progress(`${COUNTS.join(", ")} tenants`);
  const runs = await prove(COUNTS);
  const told = runs.map((run) => `${run.tenants} in ${run.seconds.toFixed(1)} s`).join(", ");
  return [
    exact(PROOF_SECONDS, thousand.seconds, `${thousand.resources} resources`),
    exact(PROOF_MEMORY, thousand.megabytes, `${thousand.resources} resources, as the program registers them`),
    { ...exact(PROOF_EXPONENT, exponentOf(runs), told), samples: runs.length },
  ];
}

/** Slope of the line through log time over log tenants that fits best. */
export function exponentOf(runs: readonly Pick<ProofRun, "tenants" | "seconds">[]): number {
  const points = runs.map(({ tenants, seconds }) => [Math.log(tenants), Math.log(seconds)] as const);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([at]) => at)), mean(points.map(([, value]) => value))];
  const rise = points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0);
  return rise / points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
}

import { Command } from "commander";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";
import { styleText } from "node:util";
import { formatFault, readCatalog } from "../tenants/catalog.ts";
import { ownerFaults, OWNERS } from "./owners.ts";

const PROJECT = join(import.meta.dirname, "..");
const CONFIG = join(PROJECT, "tenants", "config");

/** `bulkhead check [--env ENV]`: every fault of the catalogue at once. Exit code 0 if there is none, 1 otherwise. */
export function checkCommand(): Command {
  return new Command("check")
    .description("validate the tenants' files: every fault at once, with file, line and column")
    .showHelpAfterError("(bulkhead check --help lists the options)")
    .option("--env <env>", "one environment (default: all)")
    .option("--config <folder>", "where the environments' folders are", CONFIG)
    .action(({ env, config }: { env?: string; config: string }) => {
      process.exitCode = check(config, env);
    });
}

function check(config: string, env: string | undefined): number {
  if (!existsSync(config)) return fail(`There is no folder ${config}.`);
  const known = readdirSync(config, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  if (env !== undefined && !known.includes(env)) {
    return fail(
      `There is no environment "${env}": ${config} has ${known.length > 0 ? known.join(", ") : "no folders"}.`,
    );
  }
  let faults = 0;
  for (const name of env === undefined ? known : [env]) {
    const catalog = readCatalog(relative(process.cwd(), join(config, name)) || ".");
    for (const fault of catalog.faults) process.stderr.write(`${formatFault(fault)}\n`);
    faults += catalog.faults.length;
    const count = `${catalog.tenants.length} tenant${catalog.tenants.length === 1 ? "" : "s"}`;
    const tiers = ["silo", "pool"]
      .map((tier) => `${catalog.tenants.filter((tenant) => tenant.tier === tier).length} ${tier}`)
      .join(", ");
    process.stdout.write(`${styleText("bold", name, { stream: process.stdout })}: ${count} (${tiers})\n`);
  }
  // Folders elsewhere are nobody's: a file of owners names paths of the project.
  const owners = join(PROJECT, OWNERS);
  if (config === CONFIG && existsSync(owners))
    for (const fault of ownerFaults(
      readFileSync(owners, "utf8"),
      tenantFiles(config, env === undefined ? known : [env]),
    )) {
      process.stderr.write(`${fault}\n`);
      faults += 1;
    }
  if (faults === 0) return 0;
  return fail(`${faults} fault${faults === 1 ? "" : "s"}.`);
}

/** Paths as a file of owners writes them. */
function tenantFiles(config: string, environments: readonly string[]): string[] {
  return environments.flatMap((name) =>
    readdirSync(join(config, name))
      .filter((file) => file.endsWith(".yaml"))
      .map((file) => `/tenants/config/${name}/${file}`),
  );
}

function fail(message: string): number {
  process.stderr.write(`${message}\n`);
  return 1;
}

import { Command } from "commander";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { styleText } from "node:util";
import { AwsTarget, deploymentOf } from "../verify/aws-target.ts";
import { loadGrammar } from "../verify/grammar.ts";
import type { Attempted } from "../verify/outcome.ts";
import type { Target } from "../verify/target.ts";
import { CannotVerify, verify, type VerifyReport } from "../verify/verify.ts";

const HELD = 0;
const BROKEN = 1;
const IMPOSSIBLE = 2;
const LOCAL = "local";

/** Synthetic tenants: the first two are needed, the others add a prefix-colliding pair and a suspended tenant. */
const DEFAULT_TENANTS = "canary-a,canary-b,canary-a-2,canary-off";

interface Options {
  readonly env: string;
  readonly tenants: string;
  readonly attackerRole?: string;
  readonly region?: string;
  readonly outputs?: string;
  readonly json?: boolean;
  readonly report?: string;
}

/** `bulkhead verify`: 0 if everything held, 1 if something was allowed or failed, 2 if it can't be run. */
export function verifyCommand(): Command {
  return new Command("verify")
    .description("smoke test and attacks between synthetic tenants of a deployed environment")
    .showHelpAfterError("(bulkhead verify --help lists the options)")
    .option("--env <env>", "the environment, which is the stack's name", LOCAL)
    .option(
      "--tenants <ids>",
      "tenants that are nobody's: two that are active, and any others",
      DEFAULT_TENANTS,
    )
    .option("--attacker-role <arn>", "on AWS: a role with wide rights and no tenant, which you may assume")
    .option("--region <region>", "on AWS: default AWS_REGION")
    .option("--outputs <file>", "on AWS: the stack's outputs as JSON (default: asks pulumi)")
    .option("--json", "print the report as JSON")
    .option("--report <file>", "write the report as JSON")
    .action(async (options: Options) => {
      process.exitCode = await run(options).catch((error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
        return IMPOSSIBLE;
      });
    });
}

async function run(options: Options): Promise<number> {
  const grammar = loadGrammar();
  const { target, close } = await open(options);
  const progress = progressLine(options.json === true);
  let attacks = 0;
  // The first Ctrl-C ends the run and takes its users and documents away; a second one ends at once.
  const interrupted = new AbortController();
  const stop = (): void => {
    interrupted.abort(new Error("Interrupted."));
  };
  process.once("SIGINT", stop);
  try {
    const report = await verify(target, grammar, {
      signal: interrupted.signal,
      tenants: options.tenants.split(",").map((id) => id.trim()),
      onStep: progress,
      onAttack: () => {
        progress(`${(attacks += 1)} attacks`);
      },
    });
    progress("");
    if (options.report !== undefined)
      writeFileSync(options.report, `${JSON.stringify(report, undefined, 2)}\n`);
    if (options.json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
    else tell(report);
    return report.held ? HELD : BROKEN;
  } catch (error) {
    progress("");
    if (!(error instanceof CannotVerify)) throw error;
    process.stderr.write(`${error.message}\n`);
    return IMPOSSIBLE;
  } finally {
    process.off("SIGINT", stop);
    await close();
  }
}

async function open(options: Options): Promise<{ target: Target; close: () => Promise<void> }> {
  if (options.env === LOCAL) {
    // Loaded only here: against AWS nothing of the embedded account takes part.
    const { openLocalTarget } = await import("../local/verify/open.ts");
    return openLocalTarget();
  }
  const region = options.region ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
  if (!region) throw new Error("Name the region: --region, or AWS_REGION.");
  const target = await AwsTarget.open({
    environment: options.env,
    region,
    deployment: deploymentOf(outputsOf(options)),
    attackerRoleArn: options.attackerRole,
  });
  return { target, close: () => Promise.resolve() };
}

function outputsOf({ env, outputs }: Options): unknown {
  if (outputs !== undefined) return JSON.parse(readFileSync(outputs, "utf8")) as unknown;
  try {
    return JSON.parse(
      execFileSync("pulumi", ["stack", "output", "--json", "--stack", env], {
        encoding: "utf8",
        stdio: "pipe",
      }),
    ) as unknown;
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() ?? String(error);
    throw new Error(`The outputs of stack ${env} can't be read: ${said}\nGive them with --outputs FILE.`, {
      cause: error,
    });
  }
}

/** One moving line on a terminal, nothing elsewhere. */
function progressLine(quiet: boolean): (text: string) => void {
  const { stderr } = process;
  if (quiet || !stderr.isTTY) return () => undefined;
  return (text) => stderr.write(`\r\u001b[K${text === "" ? "" : `  … ${text}`}`);
}

function tell({ environment, tenants, smoke, attacks, held }: VerifyReport): void {
  const out = (text = ""): void => void process.stdout.write(`${text}\n`);
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    styleText(format, text, { stream: process.stdout });
  const mark = (fine: boolean): string => (fine ? style("green", "✔") : style("red", "✘"));
  out(
    style(
      "bold",
      `Environment ${environment}: ${tenants.map(({ id, tier, status }) => `${id} (${tier}${status === "active" ? "" : `, ${status}`})`).join(", ")}`,
    ),
  );
  out();
  for (const { tenant, step, fault } of smoke)
    out(`  ${mark(fault === undefined)} ${tenant} ${step}${fault === undefined ? "" : `: ${fault}`}`);
  out();
  for (const [group, of] of Object.entries(Object.groupBy(attacks, (attack) => attack.group)))
    out(`  ${mark((of ?? []).every(({ faults }) => faults.length === 0))} ${groupLine(group, of ?? [])}`);
  for (const { name, faults } of attacks)
    for (const fault of faults) out(`  ${style("red", "✘")} ${name}: ${fault}`);
  const reasons = Map.groupBy(
    attacks.filter(({ actual }) => actual === "not-exercised"),
    ({ by }) => by,
  );
  if (reasons.size > 0) out("\n  not exercised");
  for (const [because, of] of reasons) out(`  ${String(of.length).padStart(6)}  ${because.slice(0, 160)}`);
  out();
  out(
    held
      ? style(["bold", "green"], "Everything held.")
      : style(["bold", "red"], "Something did not hold: see ✘ above."),
  );
}

function groupLine(group: string, of: readonly Attempted[]): string {
  const refused = of.filter(({ actual, faults }) => actual === "refused" && faults.length === 0).length;
  const tried = of.filter(({ actual }) => actual !== "not-exercised").length;
  return `${group.padEnd(12)} ${String(refused).padStart(5)} of ${tried} attacks refused`;
}

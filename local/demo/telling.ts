import { join, relative } from "node:path";
import process from "node:process";
import { LAYERS } from "../../verify/grammar.ts";
import type { Attempted } from "../../verify/outcome.ts";
import type { Asked } from "./questions.ts";
import type { Report } from "./report.ts";
import type { Screen } from "./screen.ts";

/** What the demo says to the person who watches it. */

export function opening(screen: Screen): void {
  screen.line(screen.style("bold", "Bulkhead: tenants kept apart by three layers, on this machine"));
  screen.line(
    screen.style(
      "dim",
      "The real engine, program, functions and policies; only the cloud under them is local.",
    ),
  );
}

export function questionLines(screen: Screen, asked: Asked): void {
  const mark = asked.faults.length === 0 ? screen.style("green", "✔") : screen.style("red", "✘");
  screen.line(`  ${mark} ${screen.style("cyan", asked.user)}  ${asked.question}`);
  screen.line(`      ${oneLine(asked.answer)}`);
  if (asked.citations.length > 0) {
    screen.line(`      ${screen.style("dim", asked.citations.map(source).join(", "))}`);
  }
  for (const fault of asked.faults) screen.line(`      ${screen.style("red", fault)}`);
}

/** One line for each kind of attack, and one for each fault: there are hundreds. */
export function attackLines(screen: Screen, attacks: readonly Attempted[]): void {
  for (const [group, of = []] of Object.entries(Object.groupBy(attacks, (attack) => attack.group))) {
    const tried = of.filter(({ actual }) => actual !== "not-exercised");
    const held = tried.filter(({ faults }) => faults.length === 0);
    const line = `${GROUPS[group] ?? group}: ${held.length} of ${tried.length} attacks refused`;
    const [example] = held;
    const because = example
      ? `\n      ${screen.style("dim", oneLine(`${example.name}: ${example.by}`))}`
      : "";
    if (held.length === tried.length) screen.done(line + because);
    else screen.failed(line);
  }
  for (const { name, faults } of attacks)
    if (faults.length > 0) screen.failed(`${name}: ${faults.join("; ")}`);
}

const GROUPS: Readonly<Record<string, string>> = {
  tokens: "forged tokens, at the API and at the broker",
  http: "requests to the API that name another tenant",
  functions: "payloads of functions that name another tenant",
  s3: "objects and buckets (s3)",
  kms: "keys (kms)",
  dynamodb: "tables (dynamodb)",
  sts: "other roles' sessions (sts)",
  lambda: "functions (lambda)",
  es: "the shared domain (es)",
  aoss: "collections (aoss)",
  bedrock: "knowledge bases and models (bedrock)",
  iam: "roles (iam)",
  "bedrock-agentcore": "conversations (bedrock-agentcore)",
  "rds-data": "claims (rds-data)",
  secretsmanager: "secrets of logins (secretsmanager)",
};

/** The closing picture. @returns whether every expectation held */
export function summary(
  screen: Screen,
  told: {
    readonly report: Report;
    readonly asked: readonly Asked[];
    readonly attacks: readonly Attempted[];
    /** What else did not hold. */
    readonly faults: readonly string[];
    readonly folder: string;
  },
): boolean {
  const { report, asked, attacks, faults } = told;
  const right = asked.filter((one) => one.faults.length === 0).length;
  const shared = asked.filter(({ citations }) => citations.some(({ corpus }) => corpus === "shared")).length;
  const declined = asked.filter(({ answered }) => !answered).length;
  const row = (name: string, text: string): void => {
    screen.line(`  ${name.padEnd(10)}${text}`);
  };
  screen.heading("Summary");
  row(
    "deployed",
    `${report.pulumi.resources} resources in ${report.seconds.deploy.toFixed(1)} s; tenant ${report.onboarding.id} added in ${report.onboarding.seconds.toFixed(1)} s`,
  );
  row("tenants", report.tenants.map(({ id, tier }) => `${id} (${tier})`).join(", "));
  row("answered", `${right} of ${asked.length} questions as expected`);
  row("", `${shared} cite the shared corpus; to ${declined} the answer is, rightly, that no document says`);
  for (const [index, layer] of LAYERS.entries()) {
    const of = attacks.filter((attack) => attack.layer === layer && attack.actual !== "not-exercised");
    const held = of.filter((one) => one.faults.length === 0).length;
    row(index === 0 ? "refused" : "", `${held} of ${of.length} attacks on layer ${index + 1}, ${layer}`);
  }
  const unexercised = attacks.filter(({ actual }) => actual === "not-exercised").length;
  row("", `${unexercised} more that only a real OpenSearch engine can show were not exercised`);
  row("took", `${report.seconds.total.toFixed(1)} s`);
  row(
    "look",
    `every decision with its statement: ${join(relative(process.cwd(), told.folder), "decisions.log")}`,
  );
  const broken = asked.length - right + attacks.filter((one) => one.faults.length > 0).length + faults.length;
  screen.line();
  screen.line(
    broken === 0
      ? screen.style(["bold", "green"], "Every expectation held.")
      : screen.style(["bold", "red"], `${broken} expectations did not hold: see the lines marked ✘ above.`),
  );
  return broken === 0;
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

function source({ corpus, uri }: Asked["citations"][number]): string {
  return `${corpus}: ${uri.slice(uri.lastIndexOf("/") + 1)}`;
}

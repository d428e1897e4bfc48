import { styleText } from "node:util";
import { plain } from "./plain.ts";
import {
  ablations,
  facts,
  findings,
  headline,
  removedName,
  QUESTIONS,
  removals,
  scope,
  type Fact,
} from "./words.ts";
import type { Verdict } from "./verdict.ts";

export interface TextOptions {
  /** @default none, as for a file */
  readonly colour?: boolean;
  /** Findings told in full; the number of others is said. @default 20 */
  readonly most?: number;
}

const LABEL = 12;

/** The verdict for a terminal: what is wrong and what to do first, then what stands behind it. */
export function asText(verdict: Verdict, { colour = false, most = 20 }: TextOptions = {}): string {
  // `styleText` would look at the stream that this process has: who writes it decides.
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    colour ? styleText(format, text, { validateStream: false }) : text;
  const { proven, environment, counterexamples, gaps, exceptions } = verdict;
  const found = findings(counterexamples);
  const lines = [
    `${style("bold", `Isolation of environment ${plain(environment)}:`)} ${style(["bold", proven ? "green" : "red"], headline(verdict))}`,
    `  ${scope(verdict)}`,
  ];
  for (const finding of found.slice(0, most)) {
    const { title } = QUESTIONS[finding.first.question];
    lines.push("", `${style("red", "✘")} ${title}: ${style("bold", plain(finding.first.summary))}`);
    lines.push(...facts(finding).map((fact) => factLine(fact, style)));
  }
  if (found.length > most) lines.push("", `  … and ${found.length - most} more, of the same kind or others`);
  if (gaps.length > 0) {
    lines.push("", style("bold", "Gaps: what can't be judged is not proven"));
    for (const { urn, what } of gaps.slice(0, most))
      lines.push(`${style("red", "✘")} ${plain(what)}`, `  ${style("dim", plain(urn))}`);
    if (gaps.length > most) lines.push(`  … and ${gaps.length - most} more`);
  }
  lines.push(...matrixLines(verdict, style));
  if (exceptions.length > 0) {
    lines.push("", style("bold", "By design"));
    for (const { principal, reaches, reason } of exceptions)
      lines.push(`  ${plain(principal)} reaches ${plain(reaches)}: ${plain(reason)}`);
  }
  return `${lines.join("\n")}\n`;
}

type Style = (format: Parameters<typeof styleText>[0], text: string) => string;

function factLine({ label, text }: Fact, style: Style): string {
  const shown = plain(text);
  return `    ${style("dim", label.padEnd(LABEL))}${label === "do" ? style("bold", shown) : shown}`;
}

function matrixLines(verdict: Verdict, style: Style): string[] {
  const table = ablations(verdict).map(({ resource, tiers, stillRefused }) => ({
    name: `${plain(resource)} (${tiers.join(", ")})`,
    stillRefused,
  }));
  if (table.length === 0) return [];
  const width = Math.max(...table.map(({ name }) => name.length)) + 2;
  const lines = ["", style("bold", "If one layer fails, what still refuses")];
  for (const removed of removals(verdict)) {
    lines.push(`  ${plain(removedName(removed))}`);
    for (const { name, stillRefused } of table) {
      const still = stillRefused[removed];
      if (!still) continue;
      const told = still.length > 0 ? still.map(plain).join("; ") : style("yellow", "nothing else");
      lines.push(`    ${name.padEnd(width)}${told}`);
    }
  }
  return lines;
}

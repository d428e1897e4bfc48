import { styleText } from "node:util";
import { plain } from "../../policies/isolation/report/plain.ts";
import { asText as isolationAsText } from "../../policies/isolation/report/text.ts";
import { amount } from "../../policies/isolation/report/words.ts";
import type { Violation } from "./events.ts";
import type { Review } from "./review.ts";
import { affected, happens, losses, named, verdict, WHATS } from "./summary.ts";

const MOST = 20;

/** The review for a terminal. @param colour whether it takes colours */
export function asText(review: Review, colour = false): string {
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    colour ? styleText(format, text, { validateStream: false }) : text;
  const { environment, accepted, faults, warnings, violations, isolation } = review;
  const lines = [
    `${style("bold", plain(environment))}: ${style(["bold", accepted ? "green" : "red"], verdict(review))}`,
    `  ${plain(happens(review))}`,
  ];
  for (const fault of faults)
    lines.push("", ...fault.split("\n").map((line) => style("red", `  ${plain(line)}`)));
  const rows = affected(review);
  if (rows.length > 0) lines.push("", style("bold", "Changes"));
  for (const { tenants, counts } of rows.slice(0, MOST)) {
    const whom = tenants ? named(tenants.map(plain)) : "the platform";
    lines.push(
      `  ${whom}: ${WHATS.filter((what) => counts[what] > 0)
        .map((what) => `${counts[what]} to ${what}`)
        .join(", ")}`,
    );
  }
  if (rows.length > MOST) lines.push(`  … and ${rows.length - MOST} more`);
  const lost = losses(review);
  if (lost.length > 0) lines.push("", style("bold", "Deleted or replaced"));
  for (const { what, name, type, because } of lost.slice(0, MOST))
    lines.push(
      `  ${what} ${plain(name)} (${plain(type)})${because.length > 0 ? `: ${because.map(plain).join(", ")}` : ""}`,
    );
  if (lost.length > MOST) lines.push(`  … and ${lost.length - MOST} more`);
  lines.push(...told(violations, style));
  for (const warning of warnings.slice(0, MOST))
    lines.push("", `  ${style("yellow", "warning")} ${plain(warning)}`);
  lines.push(
    "",
    isolation ? isolationAsText(isolation, { colour }).trimEnd() : style("red", "Isolation: not judged"),
  );
  return `${lines.join("\n")}\n`;
}

function told(
  violations: readonly Violation[],
  style: (format: "bold" | "red" | "dim", text: string) => string,
): string[] {
  if (violations.length === 0) return [];
  const lines = ["", style("bold", `Policy pack: ${amount(violations.length, "message")}`)];
  for (const { rule, name, mandatory, message } of violations.slice(0, MOST)) {
    const mark = mandatory ? style("red", "✘") : style("dim", "·");
    lines.push(
      `  ${mark} ${plain(rule)}${name === undefined ? "" : ` ${plain(name)}`}: ${plain(message.replaceAll("\n", " "))}`,
    );
  }
  if (violations.length > MOST) lines.push(`  … and ${violations.length - MOST} more`);
  return lines;
}

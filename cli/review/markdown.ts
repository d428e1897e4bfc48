import { folded, parts, table } from "../../policies/isolation/report/markdown-parts.ts";
import { asMarkdown as isolationAsMarkdown } from "../../policies/isolation/report/markdown.ts";
import { code, codeCell, prose } from "../../policies/isolation/report/plain.ts";
import { amount } from "../../policies/isolation/report/words.ts";
import type { Change } from "./changes.ts";
import type { Violation } from "./events.ts";
import type { Review } from "./review.ts";
import { affected, happens, losses, named, verdict, WHATS } from "./summary.ts";

/** How much of each list a comment shows: it is read, not searched. */
const MOST = { losses: 10, violations: 10, changes: 60, rows: 20, warnings: 10 } as const;

/** An environment's part of the comment on a pull request. */
export function asMarkdown(review: Review): string {
  const { environment, accepted, faults, warnings, violations, isolation } = review;
  return `${parts(
    `## ${accepted ? "✅" : "❌"} ${prose(environment)}: ${verdict(review)}`,
    `${prose(happens(review))}.`,
    ...faults.map((fault) => `**The preview failed**\n\n${fenced(fault)}`),
    changeTable(review),
    lossList(losses(review)),
    isolation
      ? isolationAsMarkdown(isolation)
      : "### ❌ Isolation not judged\n\nThe preview ended before there was anything to judge.",
    violationList(violations.filter(({ mandatory }) => mandatory)),
    adviceList(violations.filter(({ mandatory }) => !mandatory)),
    warnings.length > 0
      ? folded(
          amount(warnings.length, "warning"),
          warnings
            .slice(0, MOST.warnings)
            .map((text) => `- ${prose(text)}`)
            .join("\n"),
        )
      : "",
    folded("All changes", changeList(review.changes)),
  )}\n`;
}

function changeTable(review: Review): string {
  const rows = affected(review);
  if (rows.length === 0) return "";
  const { added, removed } = review;
  const note = (id: string): string =>
    `${codeCell(id)}${added.includes(id) ? " (new)" : removed.includes(id) ? " (leaves)" : ""}`;
  const more = rows.length > MOST.rows ? `\n\n… and ${amount(rows.length - MOST.rows, "more row")}` : "";
  return (
    table(
      ["for", ...WHATS],
      rows
        .slice(0, MOST.rows)
        .map(({ tenants, counts }) => [
          tenants ? named(tenants, note) : "the platform",
          ...WHATS.map((what) => (counts[what] > 0 ? String(counts[what]) : "")),
        ]),
    ) + more
  );
}

function lossList(changes: readonly Change[]): string {
  if (changes.length === 0) return "";
  return parts(
    "**Deleted or replaced**",
    [
      ...changes.slice(0, MOST.losses).map((change) => `- ${changeLine(change)}`),
      ...(changes.length > MOST.losses ? [`- … and ${changes.length - MOST.losses} more`] : []),
    ].join("\n"),
  );
}

function changeLine({ what, type, name, tenant, because }: Change): string {
  const whose = tenant === undefined ? "" : ` of ${code(tenant)}`;
  const why = because.length > 0 ? `: ${because.map(code).join(", ")}` : "";
  return `${what} ${code(name)} (${code(type)})${whose}${why}`;
}

function changeList(changes: readonly Change[]): string {
  if (changes.length === 0) return "";
  const more = changes.length > MOST.changes ? [`- … and ${changes.length - MOST.changes} more`] : [];
  return [...changes.slice(0, MOST.changes).map((change) => `- ${changeLine(change)}`), ...more].join("\n");
}

function violationList(violations: readonly Violation[]): string {
  if (violations.length === 0) return "### ✅ Policy pack: no violation";
  return parts(`### ❌ Policy pack: ${amount(violations.length, "violation")}`, list(violations));
}

function adviceList(violations: readonly Violation[]): string {
  return violations.length === 0
    ? ""
    : folded(`Advice and exceptions: ${violations.length}`, list(violations));
}

/** A rule's violations together: one mistake is often made for every tenant. */
function list(violations: readonly Violation[]): string {
  const rules = [...Map.groupBy(violations, ({ rule }) => rule)];
  const lines = rules.slice(0, MOST.violations).map(([rule, [first, ...others]]) => {
    const severity = first?.severity ? ` (${prose(first.severity)})` : "";
    const name = first?.name === undefined ? "" : ` ${code(first.name)}`;
    const told = `- **${prose(rule)}**${severity}${name}: ${prose((first?.message ?? "").replaceAll("\n", " "))}`;
    const also = others.map(({ name: other }) => other ?? "the stack");
    return also.length > 0 ? `${told}; also ${named(also, code)}` : told;
  });
  if (rules.length > MOST.violations)
    lines.push(`- … and ${amount(rules.length - MOST.violations, "more rule")}`);
  return lines.join("\n");
}

/** Lines of the engine's as they are; each on its own, so that none ends the block. */
function fenced(text: string): string {
  return text
    .split("\n")
    .map((line) => `    ${line.replace(/[\p{Cc}\p{Cf}]/gu, " ").slice(0, 300)}`)
    .join("\n");
}

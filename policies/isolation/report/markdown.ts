import { folded, parts, table } from "./markdown-parts.ts";
import { code, codeCell, prose } from "./plain.ts";
import {
  ablations,
  amount,
  facts,
  findings,
  headline,
  judgedLayers,
  kinds,
  removedName,
  LAYERS,
  LAYER_NAMES,
  QUESTIONS,
  removals,
  rows,
  scope,
  type Finding,
  type Row,
} from "./words.ts";
import type { Layer, Verdict } from "./verdict.ts";

export interface MarkdownOptions {
  /** Findings told in full; the number of others is said. @default 5 */
  readonly most?: number;
  /** Level of the first heading. @default 3 */
  readonly level?: number;
}

/** The verdict as part of one comment on a pull request: short, and whole tables folded away. */
export function asMarkdown(verdict: Verdict, { most = 5, level = 3 }: MarkdownOptions = {}): string {
  const { proven, counterexamples, gaps, exceptions } = verdict;
  const found = findings(counterexamples);
  return parts(
    `${"#".repeat(level)} ${proven ? "✅" : "❌"} Isolation ${headline(verdict)}`,
    `${scope(verdict)}.`,
    ...found.slice(0, most).map((finding) => told(finding)),
    found.length > most
      ? `… and ${amount(found.length - most, "more finding", "more findings")}; the page has all.`
      : "",
    gaps.length > 0
      ? [
          "**Gaps.** What can't be judged is not proven:",
          "",
          ...gaps.slice(0, most).map(({ urn, what }) => `- ${prose(what)} ${code(urn)}`),
          ...(gaps.length > most ? [`- … and ${gaps.length - most} more`] : []),
        ].join("\n")
      : "",
    folded("Which layers refuse a stranger", tenantTable(verdict)),
    folded("If one layer fails, what still refuses", ablationTable(verdict)),
    exceptions.length > 0
      ? folded(
          `By design: ${amount(exceptions.length, "exception")}`,
          table(
            ["who", "reaches", "because"],
            exceptions.map(({ principal, reaches, reason }) => [
              codeCell(principal),
              prose(reaches),
              prose(reason),
            ]),
          ),
        )
      : "",
  );
}

function told(finding: Finding): string {
  const { question, summary } = finding.first;
  return [
    `**${QUESTIONS[question].title}: ${prose(summary)}**`,
    "",
    ...facts(finding).map(
      ({ label, text, words }) =>
        `- ${label === "do" ? `**do: ${prose(text)}**` : `${label}: ${words ? prose(text) : code(text)}`}`,
    ),
  ].join("\n");
}

function tenantTable(verdict: Verdict): string {
  const columns = kinds(verdict);
  if (columns.length === 0) return "";
  return parts(
    `Layers: ${judgedLayers(verdict)
      .map((layer) => LAYER_NAMES[layer].toLowerCase())
      .join(", ")}.`,
    table(
      ["tenants", "tier", ...columns.map(prose)],
      rows(verdict, 6).map((row) => [
        who(row),
        row.tier,
        ...columns.map((kind) => layers(row.refusedBy[kind])),
      ]),
    ),
  );
}

function who({ tenants, counterexamples }: Row): string {
  const [first] = tenants;
  const named = codeCell(first?.id ?? "");
  const others = tenants.length > 1 ? ` and ${tenants.length - 1} alike` : "";
  return `${counterexamples > 0 ? "❌ " : ""}${named}${others}`;
}

function layers(of: readonly Layer[] | undefined): string {
  if (!of) return "";
  const numbers = LAYERS.flatMap((layer, index) => (of.includes(layer) ? [String(index + 1)] : []));
  return numbers.length > 0 ? numbers.join(" ") : "**none**";
}

function ablationTable(verdict: Verdict): string {
  const columns = removals(verdict);
  const lines = ablations(verdict);
  if (lines.length === 0) return "";
  return table(
    ["", "tier", ...columns.map((removed) => prose(removedName(removed)))],
    lines.map(({ resource, tiers, stillRefused }) => [
      prose(resource),
      tiers.join(", "),
      ...columns.map((removed) => {
        const still = stillRefused[removed];
        if (!still) return "";
        return still.length > 0 ? prose(still.join("; ")) : "**nothing else**";
      }),
    ]),
  );
}

/** Writes what is generated of docs/isolation.md, from the committed guarantee and the declared exceptions. */
import { GRANTS } from "./grants/index.ts";
import { CLAIMS, GUARANTEE, type Mechanism, MECHANISMS, MERGED } from "./guarantee.ts";
import { TARGETS, type TargetKind } from "./request.ts";

const NOTHING = "_nothing else_";

const words = (mechanisms: readonly Mechanism[]): string =>
  mechanisms.length === 0 ? NOTHING : mechanisms.join("; ");

const layer = (mechanisms: readonly Mechanism[], of: "credentials" | "resources"): readonly Mechanism[] =>
  mechanisms.filter((each) => MECHANISMS[each] === of);

/** The matrix: by kind and tier, what still refuses a stranger when one layer is gone. */
export function matrixTable(): string {
  const rows = (Object.keys(GUARANTEE) as TargetKind[]).flatMap((kind) =>
    (["silo", "pool"] as const).flatMap((tier) => {
      const all = GUARANTEE[kind]?.[tier];
      if (all === undefined || (kind === "knowledge-base" && tier === "pool")) return [];
      const merged = MERGED[kind]?.[tier];
      return [
        [
          TARGETS[kind],
          tier,
          words(all),
          words(layer(all, "resources")),
          words(layer(all, "credentials")),
          merged === undefined ? "" : words(merged),
        ],
      ];
    }),
  );
  return table(
    [
      "resource",
      "tier",
      "routing is wrong",
      "credentials allow all",
      "resources' policies gone",
      "stores merged",
    ],
    rows,
  );
}

/** What still refuses another tenant's claims, by what is gone. */
export function claimsTable(): string {
  return table(
    ["gone", "refuses by itself"],
    CLAIMS.map(({ gone, left }) => [gone, left]),
  );
}

/** Who reaches more than one tenant's by design. */
export function exceptionsTable(): string {
  return table(
    ["role", "reaches", "by", "because"],
    GRANTS.flatMap(({ who, on, actions, exception }) =>
      exception === undefined
        ? []
        : [
            [
              who.map((each) => `\`${each}\``).join(", "),
              on.map((each) => TARGETS[each]).join(", "),
              actions.map((each) => `\`${each}\``).join(", "),
              exception,
            ],
          ],
    ),
  );
}

/** Aligned, as the formatter has it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** The document with what is generated put between its markers. @throws Error if it lacks one */
export function generated(document: string): string {
  const parts: Readonly<Record<string, string>> = {
    matrix: matrixTable(),
    claims: claimsTable(),
    exceptions: exceptionsTable(),
  };
  return Object.entries(parts).reduce((text, [name, part]) => {
    const marked = new RegExp(`(<!-- ${name}: generated -->\n)[^]*?(\n<!-- /${name} -->)`);
    if (!marked.test(text)) throw new Error(`docs/isolation.md has no place for its ${name}`);
    return text.replace(marked, (_, begin: string, end: string) => `${begin}\n${part}\n${end}`);
  }, document);
}

/** A review's facts in the order and the words in which every report tells them. */
import { amount, count } from "../../policies/isolation/report/words.ts";
import type { Change, What } from "./changes.ts";
import type { Review } from "./review.ts";

export const WHATS: readonly What[] = ["create", "update", "replace", "delete"];

/** Whom changes are for: the platform, or tenants for whom as much changes. */
export interface Affected {
  /** Undefined: the platform. */
  readonly tenants: readonly string[] | undefined;
  readonly counts: Readonly<Record<What, number>>;
}

/** The platform first, then tenants, those with most deletions and replacements first. */
export function affected({ changes }: Review): readonly Affected[] {
  const by = Map.groupBy(changes, ({ tenant }) => tenant);
  const platform = by.get(undefined);
  const tenants = [...by].flatMap(([tenant, of]) =>
    tenant === undefined ? [] : [{ tenant, counts: counted(of) }],
  );
  const alike = [...Map.groupBy(tenants, ({ counts }) => JSON.stringify(counts)).values()];
  const rows = alike.map((all) => ({
    tenants: all.map(({ tenant }) => tenant).sort(),
    counts: all[0]?.counts ?? counted([]),
  }));
  const harm = ({ counts }: Affected): number => counts.delete + counts.replace;
  rows.sort((a, b) => harm(b) - harm(a) || ((a.tenants[0] ?? "") < (b.tenants[0] ?? "") ? -1 : 1));
  return platform ? [{ tenants: undefined, counts: counted(platform) }, ...rows] : rows;
}

function counted(changes: readonly Change[]): Record<What, number> {
  const counts = { create: 0, update: 0, replace: 0, delete: 0 };
  for (const { what } of changes) counts[what] += 1;
  return counts;
}

/** What takes something away: data may go with it. */
export function losses({ changes }: Review): readonly Change[] {
  return changes.filter(({ what }) => what === "delete" || what === "replace");
}

/** What happens, in a sentence. */
export function happens(review: Review): string {
  const { added, removed, changes, base } = review;
  const tenants = [
    added.length > 0 ? `${named(added)} ${added.length === 1 ? "joins" : "join"}` : "",
    removed.length > 0 ? `${named(removed)} ${removed.length === 1 ? "leaves" : "leave"}` : "",
  ];
  const counts = counted(changes);
  const resources = WHATS.filter((what) => counts[what] > 0).map(
    (what) => `${count(counts[what])} to ${what}`,
  );
  const told =
    resources.length > 0
      ? `${amount(changes.length, "resource")}: ${resources.join(", ")}`
      : "no resource changes";
  const since = base === undefined ? "nothing was deployed before" : `since ${base.slice(0, 12)}`;
  return `${[...tenants.filter((text) => text !== ""), told].join("; ")} (${since})`;
}

const NAMED = 3;

/** A few names, and how many there are besides. */
export function named(names: readonly string[], as: (name: string) => string = (name) => name): string {
  if (names.length <= NAMED) return names.map(as).join(", ");
  return `${names.slice(0, NAMED).map(as).join(", ")} and ${count(names.length - NAMED)} more`;
}

/** The verdict on the change, in a few words. */
export function verdict({ accepted, faults, violations, isolation }: Review): string {
  if (accepted) return "nothing refuses this change";
  const mandatory = violations.filter((violation) => violation.mandatory).length;
  const because = [
    faults.length > 0 ? "the preview failed" : "",
    mandatory > 0 ? amount(mandatory, "violation") : "",
    isolation ? (isolation.proven ? "" : "isolation not proven") : "isolation not judged",
  ].filter((text) => text !== "");
  return because.length > 0 ? `refused: ${because.join(", ")}` : "refused";
}

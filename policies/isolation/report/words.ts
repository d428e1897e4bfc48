/** What reports have in common: the same facts in the same words, whatever they are written in. */
import type { Counterexample, JudgedTenant, Layer, MatrixRow, Question, Verdict } from "./verdict.ts";

export const LAYERS: readonly Layer[] = ["routing", "credentials", "resources"];

export const LAYER_NAMES: Readonly<Record<Layer, string>> = {
  routing: "1 Identity and routing",
  credentials: "2 Credentials",
  resources: "3 Resources",
};

/** What an ablation takes away, in words; what is none of the layers is said as it is. */
export const REMOVALS: Readonly<Record<string, string>> = {
  routing: "layer 1: the handler names the wrong tenant",
  credentials: "layer 2: identity policies and boundaries allow everything",
  resources: "layer 3: resources' own policies are gone",
};

export const QUESTIONS: Readonly<Record<Question, { readonly title: string; readonly asks: string }>> = {
  separation: { title: "Separation", asks: "Nothing with one tenant's identity reaches another's data." },
  liveness: { title: "Liveness", asks: "Each tenant reaches all of its own." },
  ablation: { title: "Ablation", asks: "With one layer taken away, another one still refuses." },
  "all-ids": {
    title: "For all ids",
    asks: "What holds for today's tenants holds for every id there can be.",
  },
};

/** Counterexamples that one repair mends: the first tells the case, the others how far it goes. */
export interface Finding {
  readonly first: Counterexample;
  /** How many there are, the first included. */
  readonly count: number;
  /** Everything that it lets happen, without what the first tells. */
  readonly otherActions: readonly string[];
  readonly otherOwners: readonly string[];
  readonly otherPrincipals: readonly string[];
}

/**
 * By the repair: one statement that is too wide is found again for every pair of tenants and every action, and one line of the
 * program makes the policies of all tenants.
 */
export function findings(counterexamples: readonly Counterexample[]): readonly Finding[] {
  const groups = Map.groupBy(counterexamples, repair);
  return [...groups.values()].flatMap((all) => {
    const [first] = all;
    if (!first) return [];
    const others = (of: (each: Counterexample) => string | undefined): string[] => [
      ...new Set(all.map(of).filter((each) => each !== undefined && each !== of(first)) as string[]),
    ];
    return [
      {
        first,
        count: all.length,
        otherActions: others(({ action }) => action),
        otherOwners: others(({ owner }) => owner),
        otherPrincipals: others(({ principal }) => principal.arn),
      },
    ];
  });
}

/** What tells one repair from another: the same words but for whom and what they are about. */
function repair(counterexample: Counterexample): string {
  const { question, removed, urn = "", by, remedy, principal, action, resource, owner } = counterexample;
  const about = [resource, principal.arn, action, owner, principal.tenant]
    .filter((text) => text !== undefined && text !== "")
    .sort((a = "", b = "") => b.length - a.length);
  const general = (text: string): string =>
    about.reduce<string>((told, each) => told.replaceAll(each ?? "", "…"), text);
  return JSON.stringify([
    question,
    removed,
    general(urn),
    by && [by.policy, by.statement].map(general),
    general(remedy),
  ]);
}

/** Labels and texts of what a person needs to act on a counterexample, in reading order. */
export interface Fact {
  readonly label: string;
  readonly text: string;
  /** Said in words; others are names, taken literally. */
  readonly words?: boolean;
}

export function facts({ first, otherActions, otherOwners, otherPrincipals }: Finding): readonly Fact[] {
  const { principal, action, resource, owner, context, removed, by, file, line, urn, remedy } = first;
  const tags = Object.entries(principal.tags).map(([key, value]) => `${key}=${value}`);
  const given: (Fact | undefined)[] = [
    { label: "who", text: principal.arn },
    principal.tenant === undefined ? undefined : { label: "identity of", text: principal.tenant },
    { label: "tags", text: tags.length > 0 ? tags.join(", ") : "none", words: tags.length === 0 },
    principal.chain.length > 1 ? { label: "by way of", text: principal.chain.join(" → ") } : undefined,
    { label: "does", text: action },
    { label: "on", text: resource },
    owner === undefined ? undefined : { label: "data of", text: owner },
    ...Object.entries(context).map(([key, value]) => ({
      label: "with",
      text: `${key} = ${typeof value === "string" ? value : value.join(", ")}`,
    })),
    removed === undefined
      ? undefined
      : { label: "taken away", text: REMOVALS[removed] ?? removed, words: true },
    by ? { label: "allowed by", text: `${by.policy}, statement ${by.statement}` } : undefined,
    by?.urn !== undefined && by.urn !== urn ? { label: "which is", text: by.urn } : undefined,
    also("also for", otherPrincipals),
    also("also does", otherActions),
    also("also hits", otherOwners),
    file === undefined ? undefined : { label: "file", text: line === undefined ? file : `${file}:${line}` },
    urn === undefined ? undefined : { label: "mend", text: urn },
    { label: "do", text: remedy, words: true },
  ];
  return given.filter((fact) => fact !== undefined);
}

const NAMED = 5;

function also(label: string, names: readonly string[]): Fact | undefined {
  if (names.length === 0) return undefined;
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return { label, text: `${names.slice(0, NAMED).join(", ")}${more}` };
}

/** The verdict in a sentence. */
export function headline({ proven, counterexamples, gaps }: Verdict): string {
  if (proven) return "proven";
  const faults = [
    counterexamples.length > 0 ? amount(counterexamples.length, "counterexample") : "",
    gaps.length > 0 ? amount(gaps.length, "gap") : "",
  ].filter((text) => text !== "");
  return faults.length > 0 ? `not proven: ${faults.join(", ")}` : "not proven";
}

/** What was looked at, in a sentence. */
export function scope({ tenants, figures }: Verdict): string {
  const tiers = TIERS.map(
    (tier) => `${count(tenants.filter((tenant) => tenant.tier === tier).length)} ${tier}`,
  ).join(", ");
  return [
    `${amount(figures.tenants, "tenant")} (${tiers}) in ${amount(figures.classes, "class", "classes")}`,
    amount(figures.resources, "resource"),
    amount(figures.decisions, "decision"),
    amount(figures.queries, "question to the solver", "questions to the solver"),
    `${figures.seconds.toFixed(1)} s`,
  ].join("; ");
}

/** Tenants of a picture's row: alike in tier, class and in what refuses strangers. */
export interface Row {
  readonly tier: JudgedTenant["tier"];
  readonly class: string;
  readonly tenants: readonly JudgedTenant[];
  readonly refusedBy: JudgedTenant["refusedBy"];
  /** Counterexamples that these tenants suffer from. */
  readonly counterexamples: number;
}

/**
 * Rows of the tenant-by-layer matrix. Few tenants have a row each, and so have few that suffer from counterexamples;
 * others share one with those that are like them.
 * @param single how many are few
 */
export function rows({ tenants, counterexamples }: Verdict, single = 12): readonly Row[] {
  const named = new Map<string, number>();
  for (const { owner, principal } of counterexamples) {
    const id = owner ?? principal.tenant;
    if (id !== undefined) named.set(id, (named.get(id) ?? 0) + 1);
  }
  const groups = Map.groupBy(tenants, ({ id, tier, class: name, refusedBy }) => {
    const suffers = named.has(id);
    const alone = tenants.length <= single || (suffers && named.size <= single);
    return JSON.stringify([alone ? id : "", tier, name, suffers, signature(refusedBy)]);
  });
  const made = [...groups.values()].flatMap((alike) => {
    const [first] = alike;
    return first
      ? [
          {
            tier: first.tier,
            class: first.class,
            tenants: alike,
            refusedBy: first.refusedBy,
            counterexamples: alike.reduce((sum, { id }) => sum + (named.get(id) ?? 0), 0),
          },
        ]
      : [];
  });
  return made.sort(
    (a, b) =>
      Number(b.counterexamples > 0) - Number(a.counterexamples > 0) ||
      b.tier.localeCompare(a.tier) ||
      (a.tenants[0]?.id ?? "").localeCompare(b.tenants[0]?.id ?? ""),
  );
}

function signature(refusedBy: JudgedTenant["refusedBy"]): string {
  return JSON.stringify(
    Object.entries(refusedBy)
      .map(([kind, layers]) => [kind, LAYERS.filter((layer) => layers.includes(layer))])
      .sort(),
  );
}

/** Layers that the proof has a word on; of the others, which are code, it says nothing. */
export function judgedLayers({ tenants }: Verdict): readonly Layer[] {
  const named = new Set(tenants.flatMap(({ refusedBy }) => Object.values(refusedBy).flat()));
  return named.size > 0 ? LAYERS.filter((layer) => named.has(layer)) : LAYERS;
}

/** Kinds of resources that a picture has columns for, in the order in which tenants name them first. */
export function kinds({ tenants }: Verdict): readonly string[] {
  return [...new Set(tenants.flatMap(({ refusedBy }) => Object.keys(refusedBy)))];
}

const TIERS = ["silo", "pool"] as const;

/** A row of the ablation matrix, for every tier of which it says the same. */
export interface Ablation {
  readonly resource: string;
  readonly tiers: readonly JudgedTenant["tier"][];
  readonly stillRefused: MatrixRow["stillRefused"];
}

export function ablations({ matrix }: Verdict): readonly Ablation[] {
  const alike = Map.groupBy(matrix, ({ resource, stillRefused }) =>
    JSON.stringify([resource, Object.entries(stillRefused).sort(([a], [b]) => a.localeCompare(b))]),
  );
  return [...alike.values()].flatMap((all) => {
    const [first] = all;
    return first
      ? [
          {
            resource: first.resource,
            tiers: TIERS.filter((tier) => all.some((row) => row.tier === tier)),
            stillRefused: first.stillRefused,
          },
        ]
      : [];
  });
}

/** What ablations take away, layers first. */
export function removals({ matrix }: Verdict): readonly string[] {
  const named = new Set(matrix.flatMap(({ stillRefused }) => Object.keys(stillRefused)));
  return [...LAYERS.filter((layer) => named.has(layer)), ...[...named].filter((each) => !isLayer(each))];
}

/** What an ablation takes away, as a heading says it. */
export const removedName = (removed: string): string =>
  isLayer(removed) ? `without ${LAYER_NAMES[removed]}` : (OTHER_REMOVALS[removed] ?? `without ${removed}`);

const OTHER_REMOVALS: Readonly<Record<string, string>> = { stores: "with stores merged" };

const isLayer = (name: string): name is Layer => (LAYERS as readonly string[]).includes(name);

export const count = (number: number): string => number.toLocaleString("en-US");

export const amount = (number: number, one: string, many = `${one}s`): string =>
  `${count(number)} ${number === 1 ? one : many}`;

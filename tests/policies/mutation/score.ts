/** What became of many mutants: plain data, that processes send each other. */
import { type Effect, type Judged, survives } from "./judged.ts";

export interface Score {
  readonly effects: Readonly<Record<Effect, number>>;
  /** Of those that are worse or break a layer, by kind of mutation: caught, and how many there were. */
  readonly operators: Readonly<Record<string, readonly [caught: number, of: number]>>;
  /** Who caught them: all who did, in words. */
  readonly catchers: Readonly<Record<string, number>>;
  readonly survivors: readonly string[];
  readonly exempt: readonly string[];
  /** Stricter ones that the proof's liveness or the pack tells of; the others only take away what nobody misses. */
  readonly strictTold: number;
  /** Equivalent ones that a rule refuses all the same. */
  readonly equivalentTold: number;
  /** Decisions of equivalent ones that the independent evaluator makes alike, and that it can't make, by what it does not know. */
  readonly agreed: number;
  readonly unknown: Readonly<Record<string, number>>;
  readonly disagreed: readonly string[];
}

const EFFECTS: Readonly<Record<Effect, number>> = {
  worse: 0,
  layer: 0,
  stricter: 0,
  equivalent: 0,
  invalid: 0,
};

/** Whether it is one that has to be caught. */
export const counts = ({ effect, exemption }: Judged): boolean =>
  (effect === "worse" || effect === "layer") && exemption === undefined;

export function scoreOf(all: readonly Judged[]): Score {
  const bad = all.filter(counts);
  const told = (effect: Effect): number =>
    all.filter((each) => each.effect === effect && each.caught.length > 0).length;
  const line = ({ mutant, change = "" }: Judged): string => `${mutant.name}\n        ${change}`;
  const checks = all.flatMap(({ crossCheck }) => crossCheck ?? []);
  return {
    effects: { ...EFFECTS, ...counted(all.map(({ effect }) => effect)) },
    operators: Object.fromEntries(
      [...Map.groupBy(bad, ({ mutant }) => mutant.operator)].map(([operator, some]) => [
        operator,
        [some.filter((each) => !survives(each)).length, some.length],
      ]),
    ),
    catchers: counted(
      bad.map(({ caught }) => [...new Set(caught.map(({ by }) => by))].sort().join(" + ") || "nobody"),
    ),
    survivors: all.filter(survives).map(line),
    exempt: all.flatMap((each) => (each.exemption === undefined ? [] : [`${each.exemption}: ${line(each)}`])),
    strictTold: told("stricter"),
    equivalentTold: told("equivalent"),
    agreed: checks.reduce((sum, { agreed }) => sum + agreed, 0),
    unknown: counted(checks.flatMap(({ unknown }) => unknown)),
    disagreed: all.flatMap(({ mutant, crossCheck }) =>
      (crossCheck?.disagreed ?? []).map((said) => `${mutant.name}\n        ${said}`),
    ),
  };
}

function counted(values: readonly string[]): Record<string, number> {
  const out: Record<string, number> = {};
  for (const value of values) out[value] = (out[value] ?? 0) + 1;
  return out;
}

export function added(one: Score, other: Score): Score {
  const sum = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      [...new Set([...Object.keys(a), ...Object.keys(b)])].map((key) => [key, (a[key] ?? 0) + (b[key] ?? 0)]),
    );
  const operators = [...new Set([...Object.keys(one.operators), ...Object.keys(other.operators)])].sort();
  return {
    effects: sum(one.effects, other.effects) as Score["effects"],
    operators: Object.fromEntries(
      operators.map((operator) => {
        const [[caught, of], [more, ofMore]] = [one, other].map(
          (each) => each.operators[operator] ?? ([0, 0] as const),
        ) as [readonly [number, number], readonly [number, number]];
        return [operator, [caught + more, of + ofMore] as const];
      }),
    ),
    catchers: sum(one.catchers, other.catchers),
    survivors: [...one.survivors, ...other.survivors],
    exempt: [...one.exempt, ...other.exempt],
    strictTold: one.strictTold + other.strictTold,
    equivalentTold: one.equivalentTold + other.equivalentTold,
    agreed: one.agreed + other.agreed,
    unknown: sum(one.unknown, other.unknown),
    disagreed: [...one.disagreed, ...other.disagreed],
  };
}

/** Mutants that are not equivalent and have to be caught, and how many were. */
export function totals({ operators }: Score): { readonly caught: number; readonly of: number } {
  const all = Object.values(operators);
  return {
    caught: all.reduce((sum, [caught]) => sum + caught, 0),
    of: all.reduce((sum, [, of]) => sum + of, 0),
  };
}

/** For people, one fact a line. */
export function linesOf(score: Score): readonly string[] {
  const { effects, strictTold, equivalentTold, agreed, unknown, disagreed, survivors, exempt } = score;
  const { caught, of } = totals(score);
  const told = (all: Readonly<Record<string, number>>): string =>
    Object.entries(all)
      .sort(([, a], [, b]) => b - a)
      .map(([what, count]) => `${what} ${count}`)
      .join(", ");
  const kinds = Object.entries(score.operators).map(
    ([operator, [some, all]]) => `${operator} ${some}/${all}`,
  );
  return [
    `caught ${caught} of ${of}: ${effects.worse - exempt.length} that allow more, ${effects.layer} that break a layer`,
    `by kind: ${kinds.join(", ")}`,
    `by catcher: ${told(score.catchers)}`,
    `not counted: ${effects.stricter} only stricter (${strictTold} told of), ${effects.equivalent} equivalent (${equivalentTold} refused all the same), ${effects.invalid} invalid, ${exempt.length} exempt`,
    `equivalent, asked of the independent evaluator: ${agreed} decisions alike, ${disagreed.length} not, ${Object.values(unknown).reduce((sum, count) => sum + count, 0)} that it does not know`,
    ...survivors.map((each) => `survived: ${each}`),
    ...exempt.map((each) => `exempt: ${each}`),
    ...disagreed.map((each) => `disagreed: ${each}`),
  ];
}

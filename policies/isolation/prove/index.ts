/** The proof: concretely, of every session and every pair of tenants; and for all ids, by classes of tenants. */
import type { AccountModel } from "../model/account.ts";
import type { Counterexample, Verdict } from "../report/verdict.ts";
import { exceptionsOf } from "./exceptions.ts";
import { judge, type Judgement, restrict } from "./judge.ts";
import { judgedTenants, matrixOf } from "./matrix.ts";

export { judge, type Judgement, restrict } from "./judge.ts";

export interface ProveOptions {
  /** More tenants than this are not tried all with each other: that is what classes are for. @default 6 */
  readonly together?: number;
}

// eslint-disable-next-line @typescript-eslint/require-await -- the solver answers later
export async function prove(model: AccountModel, { together = 6 }: ProveOptions = {}): Promise<Verdict> {
  const started = performance.now();
  const ids = model.tenants.map(({ id }) => id);
  const judged = groupsOf(ids, together).map((group) =>
    judge(group.length === ids.length ? model : restrict(model, group)),
  );
  const counterexamples = distinct(judged.flatMap((each) => each.counterexamples));
  const gaps = [...model.gaps, ...judged.flatMap((each) => each.gaps)];
  const cells = judged.flatMap((each) => each.cells);
  return {
    proven: counterexamples.length === 0 && gaps.length === 0,
    environment: model.where.environment,
    tenants: judgedTenants(
      model,
      cells,
      (id) => model.tenants.find((tenant) => tenant.id === id)?.tier ?? "",
    ),
    counterexamples,
    gaps,
    matrix: matrixOf(cells),
    exceptions: exceptionsOf(model, kindsOf(judged)),
    figures: {
      tenants: ids.length,
      classes: new Set(model.tenants.map(({ tier }) => tier)).size,
      resources: model.resources,
      decisions: judged.reduce((sum, { decisions }) => sum + decisions, 0),
      queries: 0,
      seconds: (performance.now() - started) / 1000,
    },
  };
}

const kindsOf = (judged: readonly Judgement[]): ReadonlySet<string> =>
  new Set(judged.flatMap(({ kinds }) => [...kinds]));

/** Every tenant beside its neighbours: ids that begin alike stand together. */
function groupsOf(ids: readonly string[], together: number): readonly (readonly string[])[] {
  if (ids.length <= together) return [ids];
  const sorted = [...ids].sort();
  const groups: string[][] = [];
  for (let at = 0; at < sorted.length; at += together - 1) groups.push(sorted.slice(at, at + together));
  return groups;
}

const distinct = (all: readonly Counterexample[]): readonly Counterexample[] => [
  ...new Map(all.map((each) => [`${each.question} ${each.summary}`, each])).values(),
];

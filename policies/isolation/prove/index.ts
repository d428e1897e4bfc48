/** The proof: concretely, of every session and every pair of tenants; and for all ids, by classes of tenants. */
import type { AccountModel } from "../model/account.ts";
import type { Counterexample, Verdict } from "../report/verdict.ts";
import { exceptionsOf } from "./exceptions.ts";
import { classesOf, reducedModels } from "../classes/index.ts";
import { proveForAllIds } from "../smt/index.ts";
import { judge, type Judgement } from "./judge.ts";
import { judgedTenants, matrixOf } from "./matrix.ts";

export { judge, type Judgement, restrict } from "./judge.ts";

export interface ProveOptions {
  /** Ask the solver for all ids besides those that are there and those that are made. @default true */
  readonly allIds?: boolean;
}

/**
 * Proves an account, and costs what its classes cost, not what its tenants do: each tenant is compared with its class exactly, the
 * class is proven for all ids by a solver, and members of it are judged by the evaluator beside members of every other, real ones and
 * made ones whose ids are easily mistaken for each other. Where solver and evaluator disagree there is a gap.
 */
export async function prove(model: AccountModel, { allIds = true }: ProveOptions = {}): Promise<Verdict> {
  const started = performance.now();
  const classes = classesOf(model);
  const reduced = reducedModels(classes);
  const judged = reduced.map((each) => judge(each.model));
  const forAll = allIds ? await proveForAllIds(classes) : { counterexamples: [], gaps: [], queries: 0 };
  const made = new Set(reduced.flatMap((each) => [...each.made]));
  const counterexamples = distinct([
    ...judged.flatMap((each) => each.counterexamples).map((each) => ofMade(each, made)),
    ...forAll.counterexamples,
  ]);
  const gaps = [...model.gaps, ...judged.flatMap((each) => each.gaps), ...forAll.gaps];
  const cells = judged.flatMap((each) => each.cells);
  const classOf = new Map(classes.classes.flatMap((each) => each.members.map((id) => [id, each] as const)));
  const asked = new Set(cells.map(({ owner }) => owner));
  return {
    proven: counterexamples.length === 0 && gaps.length === 0,
    environment: model.where.environment,
    tenants: judgedTenants(
      model,
      cells,
      (id) => classOf.get(id)?.name ?? "",
      (id) => (asked.has(id) ? id : (classOf.get(id)?.members.find((other) => asked.has(other)) ?? id)),
    ),
    counterexamples,
    gaps,
    matrix: matrixOf(cells),
    exceptions: exceptionsOf(model, kindsOf(judged)),
    figures: {
      tenants: model.tenants.length,
      classes: classes.classes.length,
      resources: model.resources,
      decisions: judged.reduce((sum, { decisions }) => sum + decisions, 0),
      queries: forAll.queries,
      seconds: (performance.now() - started) / 1000,
    },
  };
}

/** No file speaks of a tenant that is made: what is found with one is a fault of its class. */
function ofMade(found: Counterexample, made: ReadonlySet<string>): Counterexample {
  const strange = [found.principal.tenant, found.owner].filter((id) => id !== undefined && made.has(id));
  if (strange.length === 0) return found;
  const { file, ...rest } = found;
  const summary = `${found.summary} (${[...new Set(strange)].join(" and ")}: made, as a tenant of such an id would be)`;
  return {
    ...rest,
    summary,
    ...(file !== undefined && !strange.some((id) => file.endsWith(`/${id ?? ""}.yaml`)) && { file }),
  };
}

const kindsOf = (judged: readonly Judgement[]): ReadonlySet<string> =>
  new Set(judged.flatMap(({ kinds }) => [...kinds]));

const distinct = (all: readonly Counterexample[]): readonly Counterexample[] => [
  ...new Map(all.map((each) => [`${each.question} ${each.summary}`, each])).values(),
];

/** What is left, by kind, tier and what is taken away. */
import type { AccountModel } from "../model/account.ts";
import type { JudgedTenant, Layer, MatrixRow } from "../report/verdict.ts";
import type { Cell } from "./ablation.ts";
import { fileOf } from "./finding.ts";
import { type Mechanism, MECHANISMS } from "./guarantee.ts";
import { TARGETS } from "./request.ts";

/** A cell holds what refuses for every tenant of the tier. */
export function matrixOf(cells: readonly Cell[]): readonly MatrixRow[] {
  const rows = new Map<
    string,
    { resource: string; tier: "silo" | "pool"; apart: Mechanism[]; merged: Mechanism[] | undefined }
  >();
  for (const { kind, tier, refusing, merged } of cells) {
    const key = `${kind} ${tier}`;
    const row = rows.get(key);
    const all = [...refusing];
    if (row === undefined)
      rows.set(key, {
        resource: TARGETS[kind],
        tier,
        apart: merged ? EVERY : all,
        merged: merged ? all : undefined,
      });
    else if (merged)
      row.merged = row.merged === undefined ? all : row.merged.filter((each) => refusing.has(each));
    else row.apart = row.apart === EVERY ? all : row.apart.filter((each) => refusing.has(each));
  }
  return [...rows.values()].map(({ resource, tier, apart, merged }) => ({
    resource,
    tier,
    stillRefused: {
      routing: apart,
      credentials: apart.filter((each) => MECHANISMS[each] === "resources"),
      resources: apart.filter((each) => MECHANISMS[each] === "credentials"),
      ...(merged === undefined ? {} : { stores: merged }),
    },
  }));
}

/** Stands for a row of which only merged stores were seen so far. */
const EVERY: Mechanism[] = [];

export function judgedTenants(
  model: AccountModel,
  cells: readonly Cell[],
  classOf: (id: string) => string,
  /** The tenant whose cells are another's too: one of its class. */
  judgedAs: (id: string) => string = (id) => id,
): readonly JudgedTenant[] {
  return model.tenants.map(({ id, tier }) => {
    const alike = judgedAs(id);
    const own = cells.filter(({ owner, merged }) => owner === alike && !merged);
    const file = fileOf(model, id);
    return {
      id,
      tier,
      class: classOf(id),
      ...(file === undefined ? {} : { file }),
      refusedBy: Object.fromEntries(
        own.map(({ kind, refusing }) => [
          TARGETS[kind],
          [...new Set([...refusing].map((each): Layer => MECHANISMS[each]))],
        ]),
      ),
    };
  });
}

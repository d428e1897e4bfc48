/**
 * Classes of tenants that are alike up to their id. What is proven of a class for all ids holds of each member, because each is
 * compared with its class exactly; and what is judged by evaluator is judged on a few members of each.
 */
import type { AccountModel } from "../model/account.ts";
import { isByTenant } from "../prove/space/tables.ts";
import { adversarialIds } from "./adversarial.ts";
import { cut, joined, type Part } from "./parts.ts";
import { instantiate, isInstance, keyOf, shapeOf, type Template, templateOf, textOf } from "./template.ts";
import { mentions } from "./mentions.ts";

export interface TenantClass {
  /** `silo-1`: the tier, and the how many-th class of it. */
  readonly name: string;
  readonly tier: "silo" | "pool";
  /** Ids, sorted. */
  readonly members: readonly string[];
  /** The class's tenant of any id. */
  readonly instance: (id: string) => Part;
}

export interface Classes {
  readonly platform: AccountModel;
  readonly classes: readonly TenantClass[];
  /** Tenants whose id stands in what is not theirs, by where: they are judged one by one. */
  readonly singled: ReadonlyMap<string, readonly string[]>;
  readonly parts: ReadonlyMap<string, Part>;
}

/** A model of some tenants, which stands for others. */
export interface Reduced {
  readonly model: AccountModel;
  /** Ids that are no tenants': chosen to be mistaken for each other. */
  readonly made: ReadonlySet<string>;
}

/** Members of a class that are judged one by one. */
const MEMBERS = 1;
/** Tenants in one reduced model: every pair of them is judged. */
const AT_ONCE = 12;

export function classesOf(model: AccountModel): Classes {
  const { platform, parts } = cut(model);
  // Of the others it is asked once for all tenants: machine clients, which some have and some have not, make no class.
  const byTenant = new Set(model.tables.filter((table) => isByTenant(table, model)).map(({ urn }) => urn));
  const byKey = new Map<string, number>();
  const found: { readonly template: Template; readonly shape: string; readonly members: string[] }[] = [];
  // Long ids first: a short one may be a word that stands in names anyway, and would make a template of no other tenant.
  const ids = [...parts.keys()].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  for (const id of ids) {
    const part = parts.get(id);
    if (part === undefined) continue;
    const text = textOf({ ...part, items: part.items.filter(({ table }) => byTenant.has(table)) });
    const template = templateOf(text, id);
    const key = keyOf(template);
    const shape = shapeOf(text);
    const candidates = [byKey.get(key), ...found.keys()].filter((i) => i !== undefined);
    const own = candidates.find((i) => {
      const known = found[i];
      return known?.shape === shape && isInstance(text, known.template, id);
    });
    if (own !== undefined) found[own]?.members.push(id);
    else {
      byKey.set(key, found.length);
      found.push({ template, shape, members: [id] });
    }
  }
  const counts = { silo: 0, pool: 0 };
  return {
    platform,
    classes: found.map(({ template, members }) => {
      const instance = (id: string): Part => instantiate(template, id);
      const tier = instance("some-id").tenant[0]?.tier ?? "silo";
      return { name: `${tier}-${++counts[tier]}`, tier, members: members.sort(), instance };
    }),
    singled: mentions(
      platform,
      found.map(({ template, members }) => ({ template, name: members.join() })),
      new Set(parts.keys()),
    ),
    parts,
  };
}

/**
 * Models that stand for the whole: each holds the platform, a member of each class, all tenants that are singled out, and made
 * ones whose ids are as alike as ids can be. Every two classes meet in one of them.
 */
export function reducedModels({ platform, classes, singled, parts }: Classes): readonly Reduced[] {
  const single = new Set(singled.keys());
  const realOf = (each: TenantClass): string[] =>
    each.members.filter((id) => !single.has(id)).slice(0, MEMBERS);
  const taken = new Set(parts.keys());
  const room = Math.max(1, Math.floor((AT_ONCE - single.size) / (MEMBERS + 1)));
  return blocks(classes, room).map((some) => {
    const made = adversarialIds(taken, Math.max(2, some.length));
    const real = [...single, ...some.flatMap(realOf)].flatMap((id) => parts.get(id) ?? []);
    const invented = made.flatMap((id, i) => some[i % some.length]?.instance(id) ?? []);
    return { model: joined(platform, [...real, ...invented]), made: new Set(made) };
  });
}

/** Groups of at most so many, such that every two are together in one. */
function blocks<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  if (all.length <= size || all.length <= 2) return all.length === 0 ? [] : [all];
  const half = Math.max(1, Math.floor(size / 2));
  const groups = Array.from({ length: Math.ceil(all.length / half) }, (_, i) =>
    all.slice(i * half, (i + 1) * half),
  );
  return groups.flatMap((one, i) => groups.slice(i + 1).map((other) => [...one, ...other]));
}

/** Two tenants of any two classes, under chosen ids. */
export function pairOf({ platform }: Classes, one: Part, other: Part): AccountModel {
  return joined(platform, [one, other]);
}

export type { Part };

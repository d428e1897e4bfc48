/** Every change of one place of the deployed account that might let somebody in, or keep an owner out. */
import { type Account, type Edit, MUTATED, OTHER_OF, ownerOf } from "./account.ts";
import { documentMutants, placesOf } from "./documents.ts";
import type { Mutant } from "./mutant.ts";
import { structureMutants } from "./structure.ts";

/** All of them, each once, in an order that is always the same. */
export function mutantsOf({ registered }: Account): readonly Mutant[] {
  const byUrn = new Map(registered.map((resource) => [resource.urn, resource]));
  const victims = new Set(Object.values(OTHER_OF));
  const mutated = registered.filter((resource) => {
    const owner = ownerOf(resource, byUrn);
    return owner === undefined || (MUTATED.has(owner) && !victims.has(owner));
  });
  const strangers = [
    "*",
    "999999999999",
    "111122223333",
    ...["data.acme-2", "data.cobalt-2", "fn.broker", "fn.ingest", "members"].map(
      (name) => `arn:aws:iam::111122223333:role/bulkhead.local.${name}`,
    ),
  ];
  const isClose = ({ set = [], drop = [], add = [] }: Edit): boolean =>
    [...set.map(({ urn }) => urn), ...drop, ...add.map(({ urn }) => urn)].some((urn) => {
      const resource = byUrn.get(urn);
      return (
        resource !== undefined &&
        (ownerOf(resource, byUrn) !== undefined || !/:RolePolicy$/.test(resource.type))
      );
    });
  const found = new Map<string, Mutant>();
  for (const mutant of [
    ...placesOf(mutated).flatMap((place) => [...documentMutants(place, strangers)]),
    ...structureMutants(mutated, registered),
  ]) {
    // Two ways to say the same.
    const key = JSON.stringify(mutant.edit);
    if (!found.has(key)) found.set(key, { ...mutant, close: isClose(mutant.edit) });
  }
  return [...found.values()];
}

/** In an order of the seed's: kinds of changes take turns, and first comes what is close to tenants' data. */
export function shuffled(mutants: readonly Mutant[], seed: number): readonly Mutant[] {
  let state = seed >>> 0;
  // A linear congruential generator (Numerical Recipes): the same seed picks the same ones anywhere.
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
  const ordered = mutants
    .map((mutant) => ({ mutant, at: next() + (mutant.close ? 0 : 2 ** 32) }))
    .sort((a, b) => a.at - b.at);
  const kinds = [...Map.groupBy(ordered, ({ mutant }) => mutant.operator).values()];
  const most = Math.max(...kinds.map(({ length }) => length));
  return Array.from({ length: most }, (_, at) => kinds.flatMap((kind) => kind[at]?.mutant ?? [])).flat();
}

import type { RegisteredResource } from "../../tests/policies/support/program.ts";

/**
 * What the program registers for many tenants, made from what it registered for two: all ids have the same length and stand for each
 * other, so that each copy is what the program would have made.
 */
export function manyTenants(
  registered: readonly RegisteredResource[],
  patterns: Readonly<Record<"silo" | "pool", string>>,
  count: number,
): readonly RegisteredResource[] {
  const text = registered.map((resource) => JSON.stringify(resource));
  const of = (id: string): readonly string[] => text.filter((each) => each.includes(id));
  const own = { silo: of(patterns.silo), pool: of(patterns.pool) };
  const platform = text.filter((each) => !own.silo.includes(each) && !own.pool.includes(each));
  const tenants = Array.from({ length: count }, (_, index) => {
    // As many silos as the program's threshold has, the rest in the pool.
    const tier = index < SILOS ? "silo" : "pool";
    const id = `tenant-${String(index + 1).padStart(4, "0")}`;
    return own[tier].map((each) => each.replaceAll(patterns[tier], id));
  });
  return [...platform, ...tenants.flat()].map((each) => JSON.parse(each) as RegisteredResource);
}

const SILOS = 50;

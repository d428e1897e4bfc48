/** An account cut into the platform and one part for each tenant: what is owned by it. */
import type { AccountModel, Domain, Index, Item, Login, Owned, Tenant } from "../model/account.ts";

/** Lists of the model whose elements have an owner. */
const OWNED = [
  "roles",
  "buckets",
  "keys",
  "knowledgeBases",
  "profiles",
  "guardrails",
  "collections",
  "accessPolicies",
  "secrets",
  "functions",
  "memories",
] as const;
type OwnedList = (typeof OWNED)[number];

/** A role of a domain's engine with its mapping. */
interface EngineRole {
  readonly domain: string;
  readonly name: string;
  readonly urn: string | undefined;
  readonly role: unknown;
  readonly mapping: unknown;
}

/** What one tenant owns, by kind. `in…`: by the resource that it is in. */
export type Part = { readonly [List in OwnedList]: readonly AccountModel[List][number][] } & {
  readonly tenant: readonly Tenant[];
  readonly items: readonly { readonly table: string; readonly item: Item }[];
  readonly engineRoles: readonly EngineRole[];
  readonly indices: readonly { readonly domain: string; readonly index: Index }[];
  readonly logins: readonly { readonly cluster: string; readonly login: Login }[];
};

export interface Cut {
  /** The model without what tenants own. */
  readonly platform: AccountModel;
  readonly parts: ReadonlyMap<string, Part>;
}

const RUN = /[a-z0-9-]+/g;

/** Whose an engine's role is: the tenant whose id stands in its name as a whole part, `tenant.acme.reader`. */
function ownerOf(name: string, ids: ReadonlySet<string>): string | undefined {
  const named = [...new Set((name.match(RUN) ?? []).filter((run) => ids.has(run)))];
  return named.length === 1 ? named[0] : undefined;
}

export function cut(model: AccountModel): Cut {
  const ids = new Set(model.tenants.map(({ id }) => id));
  const of = <T>(list: readonly T[], owner: (item: T) => string | undefined): Map<string | undefined, T[]> =>
    Map.groupBy(list, (item) => {
      const id = owner(item);
      // What belongs to a tenant that is not there stays the platform's, where every pair is judged beside it.
      return id !== undefined && ids.has(id) ? id : undefined;
    });
  const owned = Object.fromEntries(
    OWNED.map((list) => [list, of<Owned>(model[list], ({ owner }) => owner)]),
  ) as unknown as {
    readonly [List in OwnedList]: ReadonlyMap<string | undefined, AccountModel[List][number][]>;
  };
  const items = of(
    model.tables.flatMap(({ urn, items: all }) => all.map((item) => ({ table: urn, item }))),
    ({ item }) => item.owner,
  );
  const engineRoles = of(model.domains.flatMap(engineRolesOf), ({ name }) => ownerOf(name, ids));
  const indices = of(
    model.domains.flatMap(({ urn, indices: all }) => all.map((index) => ({ domain: urn, index }))),
    ({ index }) => index.owner,
  );
  const logins = of(
    model.clusters.flatMap(({ urn, logins: all }) => all.map((login) => ({ cluster: urn, login }))),
    ({ login }) => login.owner,
  );
  const partOf = (id: string | undefined): Part => ({
    ...(Object.fromEntries(OWNED.map((list) => [list, owned[list].get(id) ?? []])) as unknown as {
      readonly [List in OwnedList]: readonly AccountModel[List][number][];
    }),
    tenant: id === undefined ? [] : model.tenants.filter((tenant) => tenant.id === id),
    items: items.get(id) ?? [],
    engineRoles: engineRoles.get(id) ?? [],
    indices: indices.get(id) ?? [],
    logins: logins.get(id) ?? [],
  });
  const tenants = new Map(model.tenants.map((tenant) => [tenant.id, tenant]));
  const bare: AccountModel = {
    ...model,
    tenants: [],
    ...Object.fromEntries(OWNED.map((list) => [list, []])),
    tables: model.tables.map((table) => ({ ...table, items: [] })),
    domains: model.domains.map((domain) => ({
      ...domain,
      security: { roles: {}, mappings: {} },
      securityUrns: {},
      indices: [],
    })),
    clusters: model.clusters.map((cluster) => ({ ...cluster, logins: [] })),
  };
  const parts = new Map(
    [...tenants].map(([id, tenant]) => [id, { ...partOf(id), tenant: [tenant] }] as const),
  );
  return { platform: joined(bare, [{ ...partOf(undefined), tenant: [] }]), parts };
}

/** The platform with some tenants. */
export function joined(platform: AccountModel, parts: readonly Part[]): AccountModel {
  const byTable = Map.groupBy(
    parts.flatMap(({ items }) => items),
    ({ table }) => table,
  );
  const byCluster = Map.groupBy(
    parts.flatMap(({ logins }) => logins),
    ({ cluster }) => cluster,
  );
  return {
    ...platform,
    tenants: [...platform.tenants, ...parts.flatMap(({ tenant }) => tenant)],
    ...(Object.fromEntries(
      OWNED.map((list) => [list, [...platform[list], ...parts.flatMap((part) => [...part[list]])]]),
    ) as unknown as Pick<AccountModel, OwnedList>),
    tables: platform.tables.map((table) => ({
      ...table,
      items: [...table.items, ...(byTable.get(table.urn) ?? []).map(({ item }) => item)],
    })),
    domains: platform.domains.map((domain) => withParts(domain, parts)),
    clusters: platform.clusters.map((cluster) => ({
      ...cluster,
      logins: [...cluster.logins, ...(byCluster.get(cluster.urn) ?? []).map(({ login }) => login)],
    })),
  };
}

function engineRolesOf({ urn: domain, security, securityUrns }: Domain): readonly EngineRole[] {
  const names = new Set([...Object.keys(security.roles), ...Object.keys(security.mappings)]);
  return [...names].map((name) => ({
    domain,
    name,
    urn: securityUrns[name],
    role: security.roles[name],
    mapping: security.mappings[name],
  }));
}

function withParts(domain: Domain, parts: readonly Part[]): Domain {
  const roles = parts.flatMap(({ engineRoles }) => engineRoles).filter((each) => each.domain === domain.urn);
  const record = (value: (role: EngineRole) => unknown): Record<string, unknown> =>
    Object.fromEntries(
      roles.flatMap((each) => {
        const found = value(each);
        return found === undefined ? [] : [[each.name, found]];
      }),
    );
  return {
    ...domain,
    security: {
      roles: { ...domain.security.roles, ...record(({ role }) => role) },
      mappings: { ...domain.security.mappings, ...record(({ mapping }) => mapping) },
    },
    securityUrns: { ...domain.securityUrns, ...(record(({ urn }) => urn) as Record<string, string>) },
    indices: [
      ...domain.indices,
      ...parts
        .flatMap(({ indices }) => indices)
        .filter((each) => each.domain === domain.urn)
        .map(({ index }) => index),
    ],
  };
}

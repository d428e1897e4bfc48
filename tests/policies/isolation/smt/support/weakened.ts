/** The program's account with one layer left between tenants, and that layer weakened. */
import type {
  AccessPolicy,
  AccountModel,
  Domain,
  PlacedPolicy,
  Role,
} from "../../../../../policies/isolation/model/account.ts";
import { restrict } from "../../../../../policies/isolation/prove/judge.ts";
import { EVERYTHING } from "../../../../../policies/isolation/prove/subject.ts";
import type { PolicyDocument, Statement } from "../../../../../policies/isolation/types.ts";

/** A family of tests/scenarios/isolation/weakened.yaml. */
export interface Family {
  readonly alone: Layer;
  readonly store: Store | "none";
  /** What the requests are for. */
  readonly kinds: readonly string[];
  /** The table's name after its prefix, where there are several. */
  readonly table?: string;
  readonly weak: readonly Weakness[];
}

export interface Weakness {
  readonly what: string;
  readonly edit?: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
  readonly add?: readonly Statement[];
  readonly replace?: readonly [from: string, to: string];
}

type Store =
  "buckets" | "keys" | "tables" | "collections" | "domains" | "knowledgeBases" | "profiles" | "secrets";
export type Layer = keyof typeof LAYERS;

/** Which policies of an account a layer is made of. */
interface Policies {
  /** Where the layer is kept: a role's own, or what stands in resources. */
  readonly of: "role" | "resource";
  readonly change: (model: AccountModel, change: Change) => AccountModel;
}

interface Change {
  /** @param id whose policy it is; none: of all tenants */
  readonly policy: (policy: PlacedPolicy, id: string | undefined) => PlacedPolicy;
  readonly text: (text: string, id: string | undefined) => string;
}

const STORES: readonly Store[] = [
  "buckets",
  "keys",
  "tables",
  "collections",
  "domains",
  "knowledgeBases",
  "profiles",
  "secrets",
];

const guarded =
  (list: "buckets" | "keys" | "tables" | "domains" | "secrets"): Policies["change"] =>
  (model, { policy }) => ({
    ...model,
    [list]: model[list].map((each) => ({
      ...each,
      policy: each.policy && policy(each.policy, "owner" in each ? each.owner : undefined),
    })),
  });

const ofRoles =
  (part: (role: Role, policy: (policy: PlacedPolicy) => PlacedPolicy) => Partial<Role>): Policies["change"] =>
  (model, { policy }) => ({
    ...model,
    roles: model.roles.map((role) => ({ ...role, ...part(role, (each) => policy(each, role.owner)) })),
  });

export const LAYERS = {
  "bucket policy": { of: "resource", change: guarded("buckets") },
  "key policy": { of: "resource", change: guarded("keys") },
  "table policy": { of: "resource", change: guarded("tables") },
  "domain policy": { of: "resource", change: guarded("domains") },
  "secret's policy": { of: "resource", change: guarded("secrets") },
  "data-access policy": {
    of: "resource",
    change: (model, { text }) => ({
      ...model,
      accessPolicies: model.accessPolicies.map((each) => ({
        ...each,
        document: text(each.document, each.owner),
      })),
    }),
  },
  "engine's roles": {
    of: "resource",
    change: (model, { text }) => ({
      ...model,
      domains: model.domains.map((domain) => ({
        ...domain,
        security: {
          ...domain.security,
          roles: Object.fromEntries(
            Object.entries(domain.security.roles).map(([name, role]) => [
              name,
              JSON.parse(text(JSON.stringify(role), name.split(".")[1])) as unknown,
            ]),
          ),
        },
      })),
    }),
  },
  "role's policy": {
    of: "role",
    change: ofRoles(({ identity }, policy) => ({ identity: identity.map(policy) })),
  },
  boundary: {
    of: "role",
    change: ofRoles(({ boundary }, policy) => ({ boundary: boundary && policy(boundary) })),
  },
  trust: {
    of: "role",
    change: ofRoles(({ owner, trust }, policy) => ({ trust: owner === undefined ? trust : policy(trust) })),
  },
} as const satisfies Readonly<Record<string, Policies>>;

/** The account in which nothing but a layer refuses one tenant's roles what is another's. */
export function leftAlone(account: AccountModel, { alone, store, table }: Family): AccountModel {
  // One class is enough: of tenants that have such a store.
  const tier = store === "domains" ? "pool" : "silo";
  const model = restrict(
    account,
    account.tenants.filter((tenant) => tenant.tier === tier).map(({ id }) => id),
  );
  const stores = Object.fromEntries(
    STORES.map((each) => [each, each === store ? model[each].filter(isMeant) : []]),
  ) as unknown as Pick<AccountModel, Store>;
  const kept: AccountModel = {
    ...model,
    ...stores,
    accessPolicies: store === "collections" ? model.accessPolicies : [],
    guardrails: [],
    functions: [],
    memories: [],
    clusters: [],
    roles: model.roles.filter(isTenants).map((role) => ({
      ...role,
      identity: role.owner !== undefined && alone !== "role's policy" ? [EVERYTHING] : role.identity,
      boundary: alone === "boundary" ? role.boundary : undefined,
    })),
  };
  return { ...kept, ...without(kept, alone) };

  function isMeant(each: object): boolean {
    return table === undefined || ("name" in each && String(each.name).endsWith(`-${table}`));
  }
}

/** Tenants' roles, and those by which they are taken. */
const isTenants = ({ owner, name }: Role): boolean =>
  owner !== undefined || /\.(?:members|fn\.broker|fn\.ingest)$/.test(name);

/** Stores that leave all to the layer which is left. */
function without(model: AccountModel, alone: Layer): Partial<AccountModel> {
  const bare = <T extends { readonly policy: PlacedPolicy | undefined }>(
    list: readonly T[],
    layer: Layer,
  ): readonly T[] => (alone === layer ? list : list.map((each) => ({ ...each, policy: undefined })));
  return {
    buckets: bare(model.buckets, "bucket policy"),
    keys: bare(model.keys, "key policy"),
    tables: bare(model.tables, "table policy"),
    secrets: bare(model.secrets, "secret's policy"),
    domains: bare(model.domains, "domain policy").map((domain) =>
      alone === "engine's roles" ? domain : { ...domain, security: openEngine(domain) },
    ),
    accessPolicies: LAYERS[alone].of === "role" ? openAccess(model) : model.accessPolicies,
  };
}

/** Every tenant's roles may do in every index what they may in their own. */
function openEngine({ security: { roles, mappings } }: Domain): Domain["security"] {
  const open = (role: unknown): unknown =>
    JSON.parse(JSON.stringify(role).replace(/"index_patterns":\[[^\]]*\]/, '"index_patterns":["*"]'));
  return {
    roles: Object.fromEntries(Object.entries(roles).map(([name, role]) => [name, open(role)])),
    mappings,
  };
}

/** Every tenant's roles may do everything in every collection. */
const openAccess = (model: AccountModel): readonly AccessPolicy[] =>
  model.accessPolicies.length === 0
    ? []
    : model.tenants.map(({ id, urn }) => ({
        urn,
        owner: id,
        name: `data-access policy ${model.where.environment}-${id}`,
        document: JSON.stringify([
          {
            Rules: [
              {
                ResourceType: "index",
                Resource: [`index/${model.where.environment}-*`],
                Permission: ["aoss:*"],
              },
            ],
            Principal: model.roles.filter(({ owner }) => owner === id).map(({ arn }) => arn),
          },
        ]),
      }));

/** The account with one weakness. @throws Error for an edit of what is not there */
export function weakened(model: AccountModel, layer: Layer, weakness: Weakness): AccountModel {
  const { edit = {}, add = [], replace } = weakness;
  const found = new Set<string>();
  const own = <T>(value: T, id: string | undefined): T =>
    JSON.parse(JSON.stringify(value).replaceAll("<id>", id ?? "<id>")) as T;
  const out = LAYERS[layer].change(model, {
    policy: (policy, id) => {
      const statements = [policy.document.Statement].flat().flatMap((each): readonly Statement[] => {
        const to = edit[each.Sid ?? ""];
        if (to === undefined) return [each];
        found.add(each.Sid ?? "");
        return to === null ? [] : [merged(each, own(to, id))];
      });
      const document: PolicyDocument = { ...policy.document, Statement: [...statements, ...own(add, id)] };
      return { ...policy, document };
    },
    text: (text, id) => {
      if (replace === undefined || id === undefined) return text;
      const [from, to] = own(replace, id);
      if (text.includes(from)) found.add(replace[0]);
      return text.replaceAll(from, to);
    },
  });
  for (const name of [...Object.keys(edit), ...(replace ? [replace[0]] : [])])
    if (!found.has(name)) throw new Error(`${layer}: there is no ${name} to weaken`);
  return out;
}

/** Fields of a statement over those that it has; null for none. `Resource` and `NotResource`, … take each other's place. */
function merged(statement: Statement, to: Readonly<Record<string, unknown>>): Statement {
  const gone = Object.keys(to).flatMap((field) => [
    field,
    field.startsWith("Not") ? field.slice(3) : `Not${field}`,
  ]);
  return Object.fromEntries(
    [...Object.entries(statement).filter(([field]) => !gone.includes(field)), ...Object.entries(to)].filter(
      ([, value]) => value !== null,
    ),
  ) as unknown as Statement;
}

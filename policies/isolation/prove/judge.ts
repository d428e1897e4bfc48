/** Everything that is asked of one account, concretely: of every session, every pair of tenants, every context. Pure. */
import type { AccountModel } from "../model/account.ts";
import type { Gap } from "../model/resource.ts";
import type { Counterexample } from "../report/verdict.ts";
import { ablation, type Cell } from "./ablation.ts";
import { Decider } from "./decider.ts";
import { liveness } from "./liveness.ts";
import { logins } from "./logins.ts";
import { separation } from "./separation.ts";
import { reachOf } from "./sessions.ts";
import { requestsOf } from "./space/index.ts";
import { notUnderstood } from "./understood.ts";

export interface Judgement {
  readonly counterexamples: readonly Counterexample[];
  /** What is not understood: a policy as a whole, beside which nothing is judged, or what a decision would depend on. */
  readonly gaps: readonly Gap[];
  readonly cells: readonly Cell[];
  /** Kinds of roles that there are. */
  readonly kinds: ReadonlySet<string>;
  readonly decisions: number;
}

/**
 * Judges a model. Its cost is quadratic in the tenants: many are judged by `restrict`ing the account to a few at a time.
 */
export function judge(model: AccountModel): Judgement {
  const unread = notUnderstood(model);
  if (unread.length > 0)
    return { counterexamples: [], gaps: unread, cells: [], kinds: new Set(), decisions: 0 };
  const decider = new Decider(model);
  const requests = requestsOf(model);
  const reach = reachOf(model, decider);
  const apart = separation(model, decider, reach, requests);
  const alive = liveness(model, decider, reach, requests);
  const { cells, counterexamples } = ablation(model, decider, reach, requests);
  const [first] = model.roles;
  return {
    counterexamples: [...apart, ...logins(model), ...alive, ...counterexamples],
    gaps: [...decider.doubts].map((what) => ({ urn: first?.urn ?? "", what })),
    cells,
    kinds: new Set(reach.subjects.map(({ kind }) => kind)),
    decisions: decider.decisions,
  };
}

/** The platform and some of its tenants: what belongs to others is left out. */
export function restrict(model: AccountModel, ids: readonly string[]): AccountModel {
  const kept = new Set(ids);
  const stays = ({ owner }: { readonly owner: string | undefined }): boolean =>
    owner === undefined || kept.has(owner);
  const left = new Set(model.tenants.map(({ id }) => id).filter((id) => !kept.has(id)));
  const { environment } = model.where;
  return {
    ...model,
    tenants: model.tenants.filter(({ id }) => kept.has(id)),
    roles: model.roles.filter(stays),
    buckets: model.buckets.filter(stays),
    keys: model.keys.filter(stays),
    tables: model.tables.map((table) => ({ ...table, items: table.items.filter(stays) })),
    knowledgeBases: model.knowledgeBases.filter(stays),
    profiles: model.profiles.filter(stays),
    guardrails: model.guardrails.filter(stays),
    collections: model.collections.filter(stays),
    // By name: a policy that is named for a tenant that is left out. One that names its collection elsewhere stays.
    accessPolicies: model.accessPolicies.filter(
      ({ name }) => !left.has(name.replace(`data-access policy ${environment}-`, "")),
    ),
    domains: model.domains.map((domain) => {
      const named = Object.entries(domain.security.roles).filter(
        ([name]) => !left.has(/^tenant\.([^.]+)\./.exec(name)?.[1] ?? ""),
      );
      return {
        ...domain,
        indices: domain.indices.filter(stays),
        security: {
          roles: Object.fromEntries(named),
          mappings: Object.fromEntries(named.map(([name]) => [name, domain.security.mappings[name]])),
        },
      };
    }),
    secrets: model.secrets.filter(stays),
    functions: model.functions.filter(stays),
    memories: model.memories.filter(stays),
    clusters: model.clusters.map((cluster) => ({ ...cluster, logins: cluster.logins.filter(stays) })),
  };
}

/**
 * Names of actions in OpenSearch roles: patterns, and the action groups that every cluster has.
 * Source: "Default action groups", OpenSearch documentation, 3.x. Groups of snapshots, pipelines, templates, data streams
 * and Dashboards are left out: a role that names one of them is not understood, and so refused.
 */
import { PolicyError } from "../errors.ts";
import { compileWildcard, type Test } from "../evaluate/wildcard.ts";

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  unlimited: ["*"],
  // Cluster level
  cluster_all: ["cluster:*"],
  cluster_monitor: ["cluster:monitor/*"],
  cluster_composite_ops_ro: [
    "indices:data/read/mget",
    "indices:data/read/msearch",
    "indices:data/read/mtv",
    "indices:data/read/scroll",
    "indices:admin/aliases/exists*",
    "indices:admin/aliases/get*",
    "indices:admin/resolve/index",
  ],
  cluster_composite_ops: [
    "cluster_composite_ops_ro",
    "indices:data/write/bulk",
    "indices:data/write/reindex",
    "indices:admin/aliases*",
  ],
  // Index level
  indices_all: ["indices:*"],
  indices_monitor: ["indices:monitor/*"],
  manage: ["indices:monitor/*", "indices:admin/*"],
  manage_aliases: ["indices:admin/aliases*"],
  create_index: ["indices:admin/create", "indices:admin/mapping/put"],
  data_access: ["indices:data/*", "crud"],
  crud: ["read", "write"],
  read: ["indices:data/read*", "indices:admin/mappings/fields/get*", "indices:admin/resolve/index"],
  get: ["indices:data/read/get*", "indices:data/read/mget*"],
  search: [
    "indices:data/read/search*",
    "indices:data/read/msearch*",
    "indices:admin/resolve/index",
    "suggest",
  ],
  suggest: ["indices:data/read/suggest*"],
  write: ["indices:data/write*", "indices:admin/mapping/put"],
  index: [
    "indices:data/write/index*",
    "indices:data/write/update*",
    "indices:data/write/bulk*",
    "indices:admin/mapping/put",
  ],
  delete: ["indices:data/write/delete*"],
};

/** Tests of the actions that a name stands for. @throws PolicyError for an unknown group and for regular expressions. */
export function actionTests(name: string, place: string): readonly Test[] {
  if (name === "*" || /^(?:indices|cluster|internal|restapi|system):[^$]*$/.test(name))
    return [compileWildcard(name)];
  const members = Object.hasOwn(GROUPS, name) ? GROUPS[name] : undefined;
  if (members === undefined)
    throw new PolicyError(place, `${JSON.stringify(name)} is neither an action nor a known action group`);
  return members.flatMap((member) => actionTests(member, place));
}

const CLUSTER_ACTIONS: ReadonlySet<string> = new Set([
  "indices:data/write/bulk",
  "indices:data/write/reindex",
  "indices:data/read/mget",
  "indices:data/read/mtv",
]);
const CLUSTER_PREFIXES = [
  "cluster:",
  "indices:data/read/msearch",
  "indices:data/read/scroll",
  "indices:admin/template/",
  "indices:admin/index_template/",
];

/** Whether `cluster_permissions` decide on the action: what spans indices, whose parts are then decided on one by one. */
export const isClusterAction = (action: string): boolean =>
  CLUSTER_ACTIONS.has(action) || CLUSTER_PREFIXES.some((prefix) => action.startsWith(prefix));

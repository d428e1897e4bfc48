/** The judge: decides requests from policy documents as AWS documents it. Pure: data in, a decision with its reason out. */
export {
  type CollectionAccessRequest,
  decideCollectionAccess,
  type NamedAccessPolicy,
} from "./collections/access.ts";
export { PolicyError } from "./errors.ts";
export { statementsOn } from "./evaluate/compile.ts";
export { decide, type DecideOptions } from "./evaluate/decide.ts";
export {
  explain,
  type ExplainedLayer,
  type Explanation,
  type Miss,
  type MissedCondition,
} from "./evaluate/explain.ts";
export { compileWildcard } from "./evaluate/wildcard.ts";
export {
  decideIndexAccess,
  type IndexAccessRequest,
  type IndexDecision,
  type SecurityConfiguration,
} from "./opensearch/access.ts";
export { isClusterAction } from "./opensearch/action-groups.ts";
export { type DocumentQuery, parseRoleMapping, parseSecurityRole } from "./opensearch/roles.ts";
export { parsePolicy } from "./parse.ts";
export type * from "./types.ts";

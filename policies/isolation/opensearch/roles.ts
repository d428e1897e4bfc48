/** OpenSearch's security roles and mappings, as `PUT _plugins/_security/api/roles/NAME` and `…/rolesmapping/NAME` take them. */
import { PolicyError } from "../errors.ts";
import { compileWildcard, type Test } from "../evaluate/wildcard.ts";
import { fields, parseJson } from "../json.ts";
import { actionTests } from "./action-groups.ts";

/** A query of OpenSearch's query language. */
export type DocumentQuery = Readonly<Record<string, unknown>>;

export interface IndexPermission {
  readonly indices: readonly Test[];
  readonly actions: readonly Test[];
  /** Document-level security: what of an index may be read. */
  readonly documents: DocumentQuery | undefined;
}

export interface SecurityRole {
  readonly cluster: readonly Test[];
  readonly permissions: readonly IndexPermission[];
}

/**
 * Reads a role.
 *
 * @throws PolicyError for what is malformed, and for what this judge does not decide: attribute substitution, regular
 * expressions, field-level security and masking, unknown action groups.
 */
export function parseSecurityRole(role: unknown): SecurityRole {
  const { cluster_permissions, index_permissions } = fields(
    role,
    ["cluster_permissions", "index_permissions", "tenant_permissions", "description"],
    "role",
  );
  return {
    cluster: actions(cluster_permissions, "cluster_permissions"),
    permissions: list(index_permissions, "index_permissions").map((each, i) =>
      readPermission(each, `index_permissions[${i}]`),
    ),
  };
}

/**
 * Reads a mapping: the backend roles that have the role. For a request signed with IAM credentials, that is the ARN of
 * the session's role.
 *
 * @throws PolicyError for what is malformed, and for mappings by user, host or several backend roles at once.
 */
export function parseRoleMapping(mapping: unknown): readonly string[] {
  const { backend_roles, users, hosts, and_backend_roles } = fields(
    mapping,
    ["backend_roles", "users", "hosts", "and_backend_roles", "description"],
    "mapping",
  );
  for (const [name, value] of Object.entries({ users, hosts, and_backend_roles }))
    if (list(value, name).length > 0)
      throw new PolicyError(name, "only backend_roles are decided on: leave it empty");
  const roles = texts(backend_roles, "backend_roles");
  for (const role of roles)
    // OpenSearch takes `*` and `/…/` as patterns.
    if (!/^[^*?$/][^*?$]*$/.test(role))
      throw new PolicyError("backend_roles", `${JSON.stringify(role)} is not a literal name`);
  return roles;
}

function readPermission(permission: unknown, place: string): IndexPermission {
  const { index_patterns, allowed_actions, dls, fls, masked_fields } = fields(
    permission,
    ["index_patterns", "allowed_actions", "dls", "fls", "masked_fields"],
    place,
  );
  for (const [name, value] of Object.entries({ fls, masked_fields }))
    if (list(value, `${place}.${name}`).length > 0)
      throw new PolicyError(`${place}.${name}`, "field-level security is not decided on: leave it empty");
  return {
    indices: texts(index_patterns, `${place}.index_patterns`).map((pattern) =>
      indexTest(pattern, `${place}.index_patterns`),
    ),
    actions: actions(allowed_actions, `${place}.allowed_actions`),
    documents: documents(dls, `${place}.dls`),
  };
}

/**
 * A literal name or a pattern with `*` and `?`. Attributes are refused rather than filled in: a pattern such as
 * `${attr.jwt.tenant_id}` becomes every index for a token whose claim is `*`.
 */
function indexTest(pattern: string, place: string): Test {
  if (!/^[^\s"\\/<>|,#:$%]+$/.test(pattern))
    throw new PolicyError(
      place,
      `${JSON.stringify(pattern)} is not a name or a pattern with "*": no attributes, expressions or date math`,
    );
  return compileWildcard(pattern);
}

function documents(dls: unknown, place: string): DocumentQuery | undefined {
  if (dls === undefined || dls === null || dls === "") return undefined;
  if (typeof dls !== "string") throw new PolicyError(place, "expected a query as JSON text");
  if (dls.includes("${")) throw new PolicyError(place, "attribute substitution is not decided on");
  const query = parseJson(dls);
  if (typeof query !== "object" || query === null || Array.isArray(query) || Object.keys(query).length !== 1)
    throw new PolicyError(place, "expected an object with exactly one query");
  return query as DocumentQuery;
}

const actions = (value: unknown, place: string): readonly Test[] =>
  texts(value, place).flatMap((name) => actionTests(name, place));

/** Absent lists are empty, as in OpenSearch. */
function list(value: unknown, place: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new PolicyError(place, "expected a list");
  return value;
}

function texts(value: unknown, place: string): readonly string[] {
  return list(value, place).map((item) => {
    if (typeof item !== "string" || item === "")
      throw new PolicyError(place, `${JSON.stringify(item)} is not a name`);
    return item;
  });
}

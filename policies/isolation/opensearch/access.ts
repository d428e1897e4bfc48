import { PolicyError } from "../errors.ts";
import type { Decision } from "../types.ts";
import { isClusterAction } from "./action-groups.ts";
import { type DocumentQuery, parseRoleMapping, parseSecurityRole, type SecurityRole } from "./roles.ts";

export interface IndexAccessRequest {
  /** What a mapping's `backend_roles` name: for a session, its role's ARN. */
  readonly roleArn: string;
  /** An action of OpenSearch: `indices:data/read/search`. */
  readonly action: string;
  /** Name of one index, not of an alias and no pattern. Absent for actions on the cluster. */
  readonly index?: string;
  /** Aliases of that index: a role for an alias covers the indices behind it. */
  readonly aliases?: readonly string[];
}

/** What the security API holds, by role name, each value as it was put. */
export interface SecurityConfiguration {
  readonly roles: Readonly<Record<string, unknown>>;
  readonly mappings: Readonly<Record<string, unknown>>;
}

export type IndexDecision = Decision & {
  /** If present, what the caller reads of the index is limited to what this query matches. */
  readonly documentFilter?: DocumentQuery;
};

/**
 * Decides by the roles of OpenSearch's security plugin. Roles only add up: there is no Deny. Each permission that covers the
 * index and has a document query takes part in its filter, whichever actions it allows: a document that one of them
 * matches is visible, and a permission without a query does not widen that (`dfm_empty_overrides_all` is off, as by default).
 * The filter limits what is read; who may write may also write and delete what it hides.
 *
 * This is one of the gates of a domain; IAM and the domain's access policy, which see only paths, are the others.
 */
export function decideIndexAccess(
  request: IndexAccessRequest,
  security: SecurityConfiguration,
): IndexDecision {
  const faults: string[] = [];
  const read = <Value>(name: string, parse: () => Value): Value | undefined => {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      faults.push(`${name}: ${error.message}`);
      return undefined;
    }
  };
  const names = Object.entries(security.mappings)
    .filter(([name, mapping]) =>
      read(`mapping of OpenSearch role ${name}`, () => parseRoleMapping(mapping))?.includes(request.roleArn),
    )
    .map(([name]) => name);
  const roles = names.flatMap((name): Mapped[] => {
    if (!Object.hasOwn(security.roles, name)) return [];
    const role = read(`OpenSearch role ${name}`, () => parseSecurityRole(security.roles[name]));
    return role ? [{ name, role }] : [];
  });
  // A mapping that is not understood may hold for anyone, and a role that is not may widen the document filter.
  if (faults.length > 0) return refusal("unsupported", `not understood: ${faults.join("; ")}`);
  const { action, index, aliases = [], roleArn } = request;
  const cluster = isClusterAction(action);
  if (!cluster && index === undefined)
    return refusal("unsupported", `${action} is decided on for each index: name one`);
  if (index !== undefined && !LITERAL.test(index))
    return refusal("unsupported", `${JSON.stringify(index)} is not the name of one index`);

  for (const { name, role } of roles) {
    const statement = cluster
      ? clusterPermission(role, action)
      : indexPermission(role, action, index ?? "", aliases);
    if (statement === undefined) continue;
    const policy = `OpenSearch role ${name}`;
    const documentFilter = cluster ? undefined : filterOf(roles, index ?? "", aliases);
    return {
      allowed: true,
      reason: "allowed",
      by: { kind: "resource", policy, statement },
      detail: `allowed by ${statement} of ${policy}${documentFilter ? ", for the documents that its query matches" : ""}`,
      ...(documentFilter && { documentFilter }),
    };
  }
  const where =
    roles.map(({ name }) => name).join(", ") || "the OpenSearch roles (none is mapped to the caller)";
  const target = cluster ? "the cluster" : (index ?? "");
  return refusal("implicit-deny", `no permission for ${action} on ${target} to ${roleArn}: not in ${where}`);
}

interface Mapped {
  readonly name: string;
  readonly role: SecurityRole;
}

const LITERAL = /^[^*?,\s]+$/;

const refusal = (reason: "unsupported" | "implicit-deny", detail: string): IndexDecision => ({
  allowed: false,
  reason,
  detail,
});

const clusterPermission = (role: SecurityRole, action: string): string | undefined =>
  role.cluster.some((test) => test(action)) ? "cluster_permissions" : undefined;

function indexPermission(
  role: SecurityRole,
  action: string,
  index: string,
  aliases: readonly string[],
): string | undefined {
  const found = role.permissions.findIndex(
    (permission) => covers(permission, index, aliases) && permission.actions.some((test) => test(action)),
  );
  return found < 0 ? undefined : `index_permissions[${found}]`;
}

const covers = (
  { indices }: SecurityRole["permissions"][number],
  index: string,
  aliases: readonly string[],
): boolean => [index, ...aliases].some((name) => indices.some((test) => test(name)));

function filterOf(
  roles: readonly Mapped[],
  index: string,
  aliases: readonly string[],
): DocumentQuery | undefined {
  const queries = roles
    .flatMap(({ role }) => role.permissions)
    .filter((permission) => covers(permission, index, aliases))
    .flatMap(({ documents }) => (documents ? [documents] : []));
  const [first, ...more] = queries;
  if (first === undefined || more.length === 0) return first;
  return { bool: { should: queries, minimum_should_match: 1 } };
}

import type { AccessRequest, Decision, NamedPolicy, ResourcePolicyMode, StatementRef } from "../types.ts";
import type { Grant } from "./principal.ts";

export interface Allow {
  readonly grant: Grant;
  readonly ref: StatementRef;
}

/** Policies of one kind (for organizations: of one level), and which of their statements allow. */
export interface Level {
  readonly policies: readonly NamedPolicy[];
  readonly allows: readonly Allow[];
  readonly denies: readonly StatementRef[];
  /** What is not understood, one sentence each. */
  readonly unsupported: readonly string[];
}

export interface Findings {
  readonly scp: readonly Level[];
  readonly rcp: readonly Level[];
  readonly resource: Level;
  readonly identity: Level;
  readonly boundary: Level | undefined;
  readonly session: Level | undefined;
}

const DIRECTNESS: readonly Grant[] = ["final", "bounded", "delegated"];

/**
 * Which kinds of policy have to allow, when nothing denies (IAM User Guide, "Policy evaluation logic"):
 *
 * | caller | resource policy allows | must allow besides |
 * |---|---|---|
 * | same account | session, user, root or `*` | nothing |
 * | same account | the role | boundary, session policy |
 * | same account | the account, or nobody | identity, boundary, session policy |
 * | other account | anyone of these | identity, boundary, session policy |
 * | service, federated, anonymous | it by name, or `*` | nothing |
 *
 * Always: every level of RCPs, and for callers that belong to an account every level of SCPs. `required`: the
 * resource's policy has to allow in each row. The root user has every permission on its own side.
 */
export function combine(request: AccessRequest, found: Findings, mode: ResourcePolicyMode): Decision {
  const { principal } = request;
  const what = `${request.action} on ${request.resource}`;
  const belongs = principal.kind === "role-session" || principal.kind === "user" || principal.kind === "root";
  for (const level of [...found.rcp, ...(belongs ? found.scp : [])])
    if (level.allows.length === 0) return implicit(what, named(level, "organization policies"));

  const granted = DIRECTNESS.map((grant) =>
    found.resource.allows.find((allow) => allow.grant === grant),
  ).find((allow) => allow !== undefined);
  if (!belongs)
    return granted ? allowed(granted.ref) : implicit(what, named(found.resource, "resource policies"));

  const own = principal.account === request.resourceAccount;
  if (granted === undefined && (mode === "required" || !own)) {
    const why = own
      ? "it has to allow by itself"
      : "it has to allow, because the caller is of another account";
    return implicit(what, `${named(found.resource, "resource policies")} (${why})`);
  }
  if (own && granted?.grant === "final") return allowed(granted.ref);
  for (const level of [found.boundary, found.session])
    if (level && level.allows.length === 0)
      return implicit(what, `${named(level, "")} (it limits the caller)`);
  if (own && granted?.grant === "bounded") return allowed(granted.ref);
  if (principal.kind === "root") return root(what, granted);

  const [identity] = found.identity.allows;
  if (identity !== undefined) return allowed(identity.ref, own ? undefined : granted?.ref);
  const sides = [named(found.identity, "identity policies")];
  if (own) sides.push(named(found.resource, "resource policies"));
  return implicit(what, sides.join(", nor "));
}

function allowed(ref: StatementRef, and?: StatementRef): Decision {
  const second = and && ` and statement ${and.statement} of ${and.policy}`;
  const detail = `allowed by statement ${ref.statement} of ${ref.policy}${second ?? ""}`;
  return { allowed: true, reason: "allowed", by: ref, detail };
}

function root(what: string, granted: Allow | undefined): Decision {
  if (granted !== undefined) return allowed(granted.ref);
  return { allowed: true, reason: "allowed", detail: `${what}: the root user may, and nothing denies it` };
}

function implicit(what: string, where: string): Decision {
  return { allowed: false, reason: "implicit-deny", detail: `no statement allows ${what}: not in ${where}` };
}

function named(level: Level, kind: string): string {
  return level.policies.length === 0
    ? `the ${kind} (there are none)`
    : level.policies.map(({ name }) => name).join(", ");
}

import { PolicyError, UnsupportedError } from "../errors.ts";
import type { Principal, PrincipalElement } from "../types.ts";

/**
 * How directly an Allow of a resource's own policy speaks to the caller (IAM User Guide, "How AWS enforcement code
 * logic evaluates requests", resource-based policies in the same account):
 * - `final`: the very caller (session, user, service, everyone): implicit denies elsewhere don't matter
 * - `bounded`: the role behind the session: boundary and session policy must allow too
 * - `delegated`: the caller's account: its own policies decide
 */
export type Grant = "final" | "bounded" | "delegated";

export interface CompiledPrincipal {
  readonly everyone: boolean;
  /** ARNs of roles, sessions and users. */
  readonly arns: ReadonlySet<string>;
  readonly accounts: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
  readonly federated: ReadonlySet<string>;
  /** What is valid on AWS but can't be compared with a caller here. */
  readonly unsupported: readonly string[];
}

const ACCOUNT = /^\d{12}$/;
const ROOT = /^arn:[a-z-]+:iam::(\d{12}):root$/;
const IDENTITY =
  /^arn:[a-z-]+:(?:iam::\d{12}:(?:user|role)|sts::\d{12}:(?:assumed-role|federated-user))\/[^*?$]+$/;
const UNIQUE_ID = /^A(?:ROA|IDA)[A-Z0-9]{8,}$/;
const SERVICE = /^[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|amazon\.com)$/;
const PROVIDER = /^[^*?$\s]+$/;

export function compilePrincipal(element: PrincipalElement, place: string): CompiledPrincipal {
  const arns = new Set<string>();
  const accounts = new Set<string>();
  const services = new Set<string>();
  const federated = new Set<string>();
  const unsupported: string[] = [];
  if (element === "*") return { everyone: true, arns, accounts, services, federated, unsupported };
  let everyone = false;
  for (const [type, listed] of Object.entries(element)) {
    const values = typeof listed === "string" ? [listed] : listed;
    const here = `${place}.${type}`;
    if (!Array.isArray(values) || values.length === 0 || !values.every((v) => typeof v === "string"))
      throw new PolicyError(here, "expected a string or a list of strings");
    for (const value of values as readonly string[]) {
      const account = ACCOUNT.test(value) ? value : ROOT.exec(value)?.[1];
      if (type === "AWS" && value === "*") everyone = true;
      else if (type === "AWS" && account !== undefined) accounts.add(account);
      else if (type === "AWS" && IDENTITY.test(value)) arns.add(value);
      else if (type === "AWS" && UNIQUE_ID.test(value))
        unsupported.push(`principal ${value} is the unique id of a deleted identity`);
      else if (type === "Service" && SERVICE.test(value)) services.add(value);
      else if (type === "Federated" && PROVIDER.test(value)) federated.add(value);
      else if (type === "CanonicalUser") unsupported.push(`principal CanonicalUser ${value}`);
      else if (!["AWS", "Service", "Federated"].includes(type))
        throw new PolicyError(
          here,
          "unknown type of principal; AWS, Service, Federated and CanonicalUser exist",
        );
      else throw new PolicyError(here, `"${value}" names no principal (wildcards within a name don't exist)`);
    }
  }
  if (Object.keys(element).length === 0) throw new PolicyError(place, "names no principal");
  return { everyone, arns, accounts, services, federated, unsupported };
}

/** How the element speaks to the caller; undefined if it does not. */
export function matchPrincipal(element: CompiledPrincipal, caller: Principal): Grant | undefined {
  if (element.everyone) return "final";
  const grant = named(element, caller);
  if (grant === undefined && element.unsupported.length > 0)
    throw new UnsupportedError(element.unsupported.join(", "));
  return grant;
}

function named(element: CompiledPrincipal, caller: Principal): Grant | undefined {
  switch (caller.kind) {
    case "role-session":
      if (element.arns.has(caller.sessionArn)) return "final";
      if (element.arns.has(caller.roleArn)) return "bounded";
      return element.accounts.has(caller.account) ? "delegated" : undefined;
    case "user":
      if (element.arns.has(caller.userArn)) return "final";
      return element.accounts.has(caller.account) ? "delegated" : undefined;
    case "root":
      return element.accounts.has(caller.account) ? "final" : undefined;
    case "service":
      return element.services.has(caller.service) ? "final" : undefined;
    case "federated":
      return element.federated.has(caller.provider) ? "final" : undefined;
    case "anonymous":
      return undefined;
  }
}

/**
 * Whether a Deny with this NotPrincipal falls on the caller. AWS asks to list the account beside the user or the role
 * to exempt them, and says that a shorter list "might" deny: such a half-listed caller is unsupported.
 *
 * @param bounded whether a permissions boundary is attached: NotPrincipal then denies, whatever it lists.
 */
export function matchNotPrincipal(element: CompiledPrincipal, caller: Principal, bounded: boolean): boolean {
  if (bounded && (caller.kind === "role-session" || caller.kind === "user")) return true;
  if (element.everyone) return false;
  if (element.unsupported.length > 0) throw new UnsupportedError(element.unsupported.join(", "));
  const listed = chain(element, caller);
  if (listed.every(Boolean)) return listed.length === 0;
  if (listed.some(Boolean) || (caller.kind === "role-session" && element.arns.has(caller.sessionArn)))
    throw new UnsupportedError(
      "NotPrincipal lists a part of session, role and account of the caller, not all",
    );
  return true;
}

function chain(element: CompiledPrincipal, caller: Principal): boolean[] {
  switch (caller.kind) {
    case "role-session":
      // The session itself need not be listed: AWS looks at account, role and session in this order.
      return [element.arns.has(caller.roleArn), element.accounts.has(caller.account)];
    case "user":
      return [element.arns.has(caller.userArn), element.accounts.has(caller.account)];
    case "root":
      return [element.accounts.has(caller.account)];
    case "service":
      return [element.services.has(caller.service)];
    case "federated":
      return [element.federated.has(caller.provider)];
    case "anonymous":
      return [];
  }
}

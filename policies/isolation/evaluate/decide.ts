import { PolicyError, UnsupportedError } from "../errors.ts";
import type {
  AccessRequest,
  Decision,
  NamedPolicy,
  PolicyKind,
  PolicySet,
  ResourcePolicyMode,
  StatementRef,
} from "../types.ts";
import { type Allow, combine, type Findings, type Level } from "./combine.ts";
import { compile } from "./compile.ts";
import { type Facts, factsOf } from "./facts.ts";
import { applies, type Setting } from "./statement.ts";

export interface DecideOptions {
  /** Whether the resource's policy must allow. @default "optional" */
  readonly resourcePolicyMode?: ResourcePolicyMode;
}

/**
 * Decides one request as AWS documents it. An explicit Deny in any policy wins; then what is not understood refuses;
 * then `combine` says which kinds of policy have to allow.
 *
 * Documents are compiled once and cached by identity: don't change one after its first use.
 */
export function decide(request: AccessRequest, policies: PolicySet, options: DecideOptions = {}): Decision {
  return conclude(request, examine(factsOf(request), policies, options), options);
}

/** What each kind of policy says of a request. */
export function examine(facts: Facts, policies: PolicySet, options: DecideOptions): Findings {
  const { identity, boundary, session, resource, scp, rcp } = policies;
  const settingOf = (kind: PolicyKind): Setting => ({
    kind,
    bounded: boundary !== undefined,
    resourceImplied: options.resourcePolicyMode === "required",
  });
  const all = (kind: PolicyKind, listed: readonly NamedPolicy[]): Level =>
    scan(listed, facts, settingOf(kind));
  const levels = (kind: "scp" | "rcp", listed: PolicySet["scp"]): readonly Level[] =>
    !listed || listed.length === 0 ? [] : nested(listed).map((level) => all(kind, level));
  return {
    scp: levels("scp", scp),
    rcp: levels("rcp", rcp),
    resource: all("resource", resource ?? []),
    identity: all("identity", identity),
    boundary: boundary && all("boundary", [boundary]),
    session: session?.length ? all("session", session) : undefined,
  };
}

/** All levels, in the order in which their Denies and doubts are named. */
export const levelsOf = ({ scp, rcp, resource, identity, boundary, session }: Findings): readonly Level[] => [
  ...scp,
  ...rcp,
  resource,
  identity,
  ...(boundary ? [boundary] : []),
  ...(session ? [session] : []),
];

export function conclude(request: AccessRequest, found: Findings, options: DecideOptions): Decision {
  const levels = levelsOf(found);
  for (const { denies } of levels) {
    const [deny] = denies;
    if (deny === undefined) continue;
    const detail = `explicit deny by statement ${deny.statement} of ${deny.policy}`;
    return { allowed: false, reason: "explicit-deny", by: deny, detail };
  }
  if (levels.some(({ unsupported }) => unsupported.length > 0)) {
    const doubts = levels.flatMap(({ unsupported }) => unsupported).join("; ");
    return { allowed: false, reason: "unsupported", detail: `not understood: ${doubts}` };
  }
  return combine(request, found, options.resourcePolicyMode ?? "optional");
}

function scan(policies: readonly NamedPolicy[], facts: Facts, setting: Setting): Level {
  const allows: Allow[] = [];
  const denies: StatementRef[] = [];
  const unsupported: string[] = [];
  for (const policy of policies) {
    try {
      for (const statement of compile(policy.document)) {
        try {
          const grant = applies(statement, facts, setting);
          if (grant === undefined) continue;
          const ref = { kind: setting.kind, policy: policy.name, statement: statement.id };
          if (statement.effect === "Deny") denies.push(ref);
          else allows.push({ grant, ref });
        } catch (error) {
          if (!(error instanceof UnsupportedError)) throw error;
          unsupported.push(`statement ${statement.id} of ${policy.name}: ${error.message}`);
        }
      }
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      unsupported.push(`${policy.name}: ${error.message}`);
    }
  }
  return { policies, allows, denies, unsupported };
}

/** A flat list is one level of the organization; a list of lists is one level after the other. */
function nested(listed: NonNullable<PolicySet["scp"]>): readonly (readonly NamedPolicy[])[] {
  return listed.every((item) => Array.isArray(item))
    ? (listed as readonly (readonly NamedPolicy[])[])
    : [listed as readonly NamedPolicy[]];
}

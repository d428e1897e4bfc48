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
import { factsOf } from "./facts.ts";
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
  const facts = factsOf(request);
  const mode = options.resourcePolicyMode ?? "optional";
  const bounded = policies.boundary !== undefined;
  let deny: StatementRef | undefined;
  const unsupported: string[] = [];

  const scan = (kind: PolicyKind, named: readonly NamedPolicy[]): Level => {
    const setting: Setting = { kind, bounded, resourceImplied: mode === "required" };
    const allows: Allow[] = [];
    for (const policy of named) {
      try {
        for (const statement of compile(policy.document)) {
          const ref = { kind, policy: policy.name, statement: statement.id };
          try {
            const grant = applies(statement, facts, setting);
            if (grant === undefined) continue;
            if (statement.effect === "Deny") deny ??= ref;
            else allows.push({ grant, ref });
          } catch (error) {
            if (!(error instanceof UnsupportedError)) throw error;
            unsupported.push(`statement ${ref.statement} of ${ref.policy}: ${error.message}`);
          }
        }
      } catch (error) {
        if (!(error instanceof PolicyError)) throw error;
        unsupported.push(`${policy.name}: ${error.message}`);
      }
    }
    return { names: named.map((policy) => policy.name), allows };
  };

  const levels = (kind: "scp" | "rcp", listed: PolicySet["scp"]): Level[] =>
    !listed || listed.length === 0 ? [] : nested(listed).map((level) => scan(kind, level));
  const findings: Findings = {
    scp: levels("scp", policies.scp),
    rcp: levels("rcp", policies.rcp),
    resource: scan("resource", policies.resource ?? []),
    identity: scan("identity", policies.identity),
    boundary: policies.boundary && scan("boundary", [policies.boundary]),
    session: policies.session?.length ? scan("session", policies.session) : undefined,
  };
  if (deny !== undefined) {
    const detail = `explicit deny by statement ${deny.statement} of ${deny.policy}`;
    return { allowed: false, reason: "explicit-deny", by: deny, detail };
  }
  if (unsupported.length > 0)
    return { allowed: false, reason: "unsupported", detail: `not understood: ${unsupported.join("; ")}` };
  return combine(request, findings, mode);
}

/** A flat list is one level of the organization; a list of lists is one level after the other. */
function nested(listed: NonNullable<PolicySet["scp"]>): readonly (readonly NamedPolicy[])[] {
  return listed.every((item) => Array.isArray(item))
    ? (listed as readonly (readonly NamedPolicy[])[])
    : [listed as readonly NamedPolicy[]];
}

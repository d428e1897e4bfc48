import { parsePolicy } from "../parse.ts";
import type { NamedPolicy, PolicyKind, PolicySet, ResourcePolicyMode } from "../types.ts";
import { and, FALSE, type Formula, not, or, TRUE } from "./formula.ts";
import type { StandIns } from "./pattern.ts";
import type { SymbolicRequest } from "./request.ts";
import { type Applies, applies, type Setting } from "./statement.ts";

/** When the evaluator allows a request, when a statement denies it, and when it calls it unsupported. */
export interface SymbolicDecision {
  readonly allowed: Formula;
  readonly denied: Formula;
  readonly unsupported: Formula;
}

/** What policies of one kind say. */
interface Level {
  readonly final: Formula;
  readonly bounded: Formula;
  readonly delegated: Formula;
  readonly any: Formula;
  readonly denied: Formula;
  readonly doubt: Formula;
}

export interface SymbolicOptions {
  readonly mode?: ResourcePolicyMode;
  /** Where nothing allows, it does not matter what denies. */
  readonly brief?: boolean;
}

/**
 * The evaluator's decision (evaluate/decide.ts, evaluate/combine.ts) as formulas over what the solver chooses.
 * @throws EncodingGap for what is not encoded, PolicyError for what is no policy
 */
export function symbolicDecision(
  request: SymbolicRequest,
  policies: PolicySet,
  standIns: StandIns,
  { mode = "optional", brief = false }: SymbolicOptions = {},
): SymbolicDecision {
  const bounded = policies.boundary !== undefined;
  const level = (kind: PolicyKind, listed: readonly NamedPolicy[]): Level =>
    levelOf(listed, request, standIns, { kind, bounded, resourceImplied: mode === "required" });
  const nested = (kind: "scp" | "rcp"): readonly Level[] => {
    const listed = policies[kind] ?? [];
    if (listed.length === 0) return [];
    return (listed.every((item) => Array.isArray(item)) ? listed : [listed]).map((each) =>
      level(kind, each as readonly NamedPolicy[]),
    );
  };
  const scp = nested("scp");
  const rcp = nested("rcp");
  const resource = level("resource", policies.resource ?? []);
  const identity = level("identity", policies.identity);
  if (brief && [resource, identity].every(({ any, doubt }) => any === FALSE && doubt === FALSE))
    return { allowed: FALSE, denied: FALSE, unsupported: FALSE };
  const boundary = policies.boundary && level("boundary", [policies.boundary]);
  const session = policies.session?.length ? level("session", policies.session) : undefined;
  const limits = [boundary, session].filter((each) => each !== undefined);

  const all = [...scp, ...rcp, resource, identity, ...limits];
  const denied = or(...all.map((each) => each.denied));
  const doubt = or(...all.map((each) => each.doubt));
  const belongs = request.principal.kind === "role-session";
  const organization = and(...[...rcp, ...(belongs ? scp : [])].map(({ any }) => any));
  const combined =
    request.principal.kind === "role-session" ? ofSession(request.principal.account) : resource.any;
  return {
    allowed: and(not(denied), not(doubt), organization, combined),
    denied,
    unsupported: and(not(denied), doubt),
  };

  function ofSession(account: string): Formula {
    const own = account === request.resourceAccount;
    const limited = and(...limits.map(({ any }) => any));
    const must = mode === "required" || !own ? resource.any : TRUE;
    const bySides = and(must, limited, identity.any);
    if (!own) return bySides;
    return or(resource.final, and(resource.bounded, limited), bySides);
  }
}

function levelOf(
  policies: readonly NamedPolicy[],
  request: SymbolicRequest,
  standIns: StandIns,
  setting: Setting,
): Level {
  const allows: Applies[] = [];
  const denies: Applies[] = [];
  for (const { document } of policies) {
    const { Version, Statement } = parsePolicy(document);
    const at = { request, standIns, variables: Version === "2012-10-17" };
    for (const statement of [Statement].flat()) {
      const found = applies(statement, at, setting);
      (statement.Effect === "Deny" ? denies : allows).push(found);
    }
  }
  const granted = (listed: readonly Applies[], grant: "final" | "bounded" | "delegated"): Formula =>
    or(...listed.map(({ grants }) => grants[grant]));
  const anyOf = (listed: readonly Applies[]): Formula =>
    or(granted(listed, "final"), granted(listed, "bounded"), granted(listed, "delegated"));
  return {
    final: granted(allows, "final"),
    bounded: granted(allows, "bounded"),
    delegated: granted(allows, "delegated"),
    any: anyOf(allows),
    denied: anyOf(denies),
    doubt: or(FALSE, ...[...allows, ...denies].map(({ doubt }) => doubt)),
  };
}

import { compilePrincipal, type CompiledPrincipal, type Grant } from "../evaluate/principal.ts";
import { compileActions } from "../evaluate/targets.ts";
import type { PolicyKind, PrincipalElement, Statement } from "../types.ts";
import { conditions } from "./conditions.ts";
import { and, constant, FALSE, type Formula, not, or, TRUE } from "./formula.ts";
import { EncodingGap } from "./gap.ts";
import { glob } from "./glob.ts";
import type { Judged, Surroundings } from "./operators.ts";
import { fill, parametric, unfilled } from "./pattern.ts";
import type { SymbolicPrincipal } from "./request.ts";
import { equal, type Text } from "./text.ts";

export interface Setting {
  readonly kind: PolicyKind;
  readonly bounded: boolean;
  readonly resourceImplied: boolean;
}

/** When a statement speaks of the request, by how directly it does, and when that can't be said. */
export interface Applies {
  readonly grants: Readonly<Record<Grant, Formula>>;
  readonly doubt: Formula;
}

const NOWHERE: Applies = { grants: { final: FALSE, bounded: FALSE, delegated: FALSE }, doubt: FALSE };

/** @param statement of a document that the evaluator reads without a fault */
export function applies(statement: Statement, at: Surroundings, setting: Setting): Applies {
  if (actionTest(statement)(at.request.action.toLowerCase()) !== (statement.Action !== undefined))
    return NOWHERE;
  const whom = byPrincipal(statement, at, setting);
  const resource = onResource(statement, at, setting);
  // Most statements are about something else.
  if (resource.holds === FALSE && resource.doubt === FALSE) return NOWHERE;
  if (whom.doubt === FALSE && Object.values(whom.grants).every((grant) => grant === FALSE)) return NOWHERE;
  const parts = [resource, ...conditions(statement.Condition, at)];
  const holds = and(...parts.map((part) => part.holds));
  const possible = and(...parts.map((part) => or(part.holds, part.doubt)));
  const unsure = or(...parts.map((part) => part.doubt));
  const spoken = or(whom.grants.final, whom.grants.bounded, whom.grants.delegated);
  return {
    grants: {
      final: and(holds, whom.grants.final),
      bounded: and(holds, whom.grants.bounded),
      delegated: and(holds, whom.grants.delegated),
    },
    doubt: and(possible, or(and(whom.doubt, possible), and(spoken, unsure))),
  };
}

const tests = new WeakMap<Statement, (action: string) => boolean>();

function actionTest(statement: Statement): (action: string) => boolean {
  let test = tests.get(statement);
  if (test === undefined)
    tests.set(statement, (test = compileActions(statement.Action ?? statement.NotAction, "Action")));
  return test;
}

function onResource({ Resource, NotResource }: Statement, at: Surroundings, setting: Setting): Judged {
  const listed = Resource ?? NotResource;
  if (listed === undefined) {
    if (setting.kind === "resource" && setting.resourceImplied) return { holds: TRUE, doubt: FALSE };
    return { holds: FALSE, doubt: TRUE };
  }
  const cases = [listed].flat().map((text) => fill(text, { variables: at.variables, wildcards: true }, at));
  const matched = or(
    ...cases.flat().map(({ when, pattern }) => and(when, glob(pattern, at.request.resource))),
  );
  if (NotResource === undefined) return { holds: matched, doubt: FALSE };
  const unresolved = or(...cases.map(unfilled));
  return { holds: and(not(matched), not(unresolved)), doubt: and(not(matched), unresolved) };
}

function byPrincipal(statement: Statement, at: Surroundings, setting: Setting): Applies {
  const element = statement.Principal ?? statement.NotPrincipal;
  const everyone: Applies = { ...NOWHERE, grants: { ...NOWHERE.grants, final: TRUE } };
  if (setting.kind !== "resource" && setting.kind !== "rcp")
    return element === undefined ? everyone : { ...NOWHERE, doubt: TRUE };
  if (statement.NotPrincipal !== undefined) throw new EncodingGap("NotPrincipal");
  if (element === undefined) return { ...NOWHERE, doubt: TRUE };
  const compiled = principalOf(statement, element);
  if (setting.kind === "rcp" && !compiled.everyone) return { ...NOWHERE, doubt: TRUE };
  return compiled.everyone ? everyone : named(compiled, at);
}

const principals = new WeakMap<Statement, CompiledPrincipal>();

function principalOf(statement: Statement, element: PrincipalElement): CompiledPrincipal {
  let compiled = principals.get(statement);
  if (compiled === undefined) principals.set(statement, (compiled = compilePrincipal(element, "Principal")));
  return compiled;
}

function named(element: CompiledPrincipal, at: Surroundings): Applies {
  const { principal } = at.request;
  const grants = grantsOf(element, principal, at);
  const spoken = or(grants.final, grants.bounded, grants.delegated);
  return { grants, doubt: and(not(spoken), constant(element.unsupported.length > 0)) };
}

function grantsOf(
  element: CompiledPrincipal,
  principal: SymbolicPrincipal,
  { standIns }: Surroundings,
): Applies["grants"] {
  if (principal.kind === "service")
    return { ...NOWHERE.grants, final: constant(element.services.has(principal.service)) };
  if (principal.kind === "anonymous") return NOWHERE.grants;
  const is = (arn: Text): Formula =>
    or(...[...element.arns].map((text) => equal(arn, parametric(text, standIns))));
  const final = is(principal.sessionArn);
  const bounded = and(not(final), is(principal.roleArn));
  return {
    final,
    bounded,
    delegated: and(not(final), not(bounded), constant(element.accounts.has(principal.account))),
  };
}

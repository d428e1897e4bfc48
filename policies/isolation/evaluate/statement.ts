import { UnsupportedError } from "../errors.ts";
import type { PolicyKind } from "../types.ts";
import type { CompiledStatement } from "./compile.ts";
import type { Condition } from "./conditions.ts";
import type { Facts } from "./facts.ts";
import { type Grant, matchNotPrincipal, matchPrincipal } from "./principal.ts";

/** Actions that a role's trust policy decides on. */
const TRUST = /^sts:(?:assumerole|tagsession|setsourceidentity)/;

export interface Setting {
  readonly kind: PolicyKind;
  /** Whether a permissions boundary is attached to the caller. */
  readonly bounded: boolean;
  /** Whether statements may lack a Resource: those of trust policies do. */
  readonly resourceImplied: boolean;
}

/** Whether a statement speaks of the request, and how directly; undefined if not. Throws UnsupportedError. */
export function applies(statement: CompiledStatement, facts: Facts, setting: Setting): Grant | undefined {
  if (statement.action(facts.action) === statement.notAction) return undefined;
  // A doubt counts only if nothing else shows that the statement does not apply. No closures: this runs for every statement.
  let doubt: UnsupportedError | undefined;
  let grant: Grant | undefined = "final";
  try {
    if (!onResource(statement, facts, setting)) return undefined;
  } catch (error) {
    doubt = asDoubt(error);
  }
  try {
    grant = byPrincipal(statement, facts, setting);
  } catch (error) {
    doubt ??= asDoubt(error);
  }
  if (grant === undefined) return undefined;
  for (const condition of statement.conditions)
    try {
      if (!condition.holds(facts)) return undefined;
    } catch (error) {
      doubt ??= asDoubt(error);
    }
  if (doubt !== undefined) throw doubt;
  return grant;
}

function asDoubt(error: unknown): UnsupportedError {
  if (error instanceof UnsupportedError) return error;
  throw error;
}

/**
 * The conditions that keep a statement from speaking of a request which its action, resource and principal fit.
 * Undefined if something else keeps it, or nothing.
 */
export function missedBy(
  statement: CompiledStatement,
  facts: Facts,
  setting: Setting,
): readonly Condition[] | undefined {
  try {
    if (statement.action(facts.action) === statement.notAction) return undefined;
    if (!onResource(statement, facts, setting) || byPrincipal(statement, facts, setting) === undefined)
      return undefined;
    const missed = statement.conditions.filter((condition) => !condition.holds(facts));
    return missed.length > 0 ? missed : undefined;
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined;
    throw error;
  }
}

function onResource({ resource, notResource }: CompiledStatement, facts: Facts, setting: Setting): boolean {
  if (resource === undefined) {
    if (setting.kind === "resource" && setting.resourceImplied) return true;
    throw new UnsupportedError("the statement has neither Resource nor NotResource");
  }
  const matched = resource(facts.resource, facts);
  if (!notResource) return matched === true;
  // AWS says of Resource that it matches nothing then; of NotResource it says nothing.
  if (matched === undefined)
    throw new UnsupportedError("NotResource holds a policy variable without a value");
  return !matched;
}

function byPrincipal(statement: CompiledStatement, facts: Facts, setting: Setting): Grant | undefined {
  const { principal, notPrincipal } = statement;
  const spoken = principal ?? notPrincipal;
  if (setting.kind !== "resource" && setting.kind !== "rcp") {
    if (spoken !== undefined) throw new UnsupportedError("a principal is for resource policies only");
    return "final";
  }
  if (principal !== undefined) {
    if (setting.kind === "rcp" && !principal.everyone)
      throw new UnsupportedError('a resource control policy takes no Principal but "*"');
    return matchPrincipal(principal, facts.principal);
  }
  if (notPrincipal === undefined || setting.kind === "rcp")
    throw new UnsupportedError("the statement has no Principal");
  if (TRUST.test(facts.action)) throw new UnsupportedError("NotPrincipal is not for trust policies");
  return matchNotPrincipal(notPrincipal, facts.principal, setting.bounded) ? "final" : undefined;
}

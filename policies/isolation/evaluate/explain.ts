import type { AccessRequest, Decision, PolicyKind, PolicySet, StatementRef } from "../types.ts";
import type { Level } from "./combine.ts";
import { compile } from "./compile.ts";
import { conclude, type DecideOptions, examine } from "./decide.ts";
import { type Facts, factsOf } from "./facts.ts";
import { missedBy, type Setting } from "./statement.ts";

/** A decision with what each kind of policy said of it. */
export interface Explanation {
  readonly decision: Decision;
  /** Those that take part, whether they have a policy or not: identity, boundary, session, resource, then organization. */
  readonly layers: readonly ExplainedLayer[];
}

export interface ExplainedLayer {
  readonly kind: PolicyKind;
  /** Names of the policies; none: nothing of this kind is attached. */
  readonly policies: readonly string[];
  /** Statements that allow the request, and those that deny it. */
  readonly allows: readonly StatementRef[];
  readonly denies: readonly StatementRef[];
  /** What is not understood, one sentence each. */
  readonly unsupported: readonly string[];
  /** Statements that would speak of the request, if it were not for conditions. */
  readonly misses: readonly Miss[];
}

export interface Miss {
  readonly statement: StatementRef;
  readonly effect: "Allow" | "Deny";
  /** The conditions that do not hold. */
  readonly conditions: readonly MissedCondition[];
}

export interface MissedCondition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
  /** The request's; absent if it has none. */
  readonly actual?: string | readonly string[];
}

/** Decides as `decide` does, and tells what was found on the way. */
export function explain(
  request: AccessRequest,
  policies: PolicySet,
  options: DecideOptions = {},
): Explanation {
  const facts = factsOf(request);
  const found = examine(facts, policies, options);
  const layer = (kind: PolicyKind, level: Level | undefined): ExplainedLayer => {
    const setting: Setting = {
      kind,
      bounded: policies.boundary !== undefined,
      resourceImplied: options.resourcePolicyMode === "required",
    };
    return {
      kind,
      policies: level?.policies.map(({ name }) => name) ?? [],
      allows: level?.allows.map(({ ref }) => ref) ?? [],
      denies: level?.denies ?? [],
      unsupported: level?.unsupported ?? [],
      misses: level ? misses(level, facts, setting) : [],
    };
  };
  return {
    decision: conclude(request, found, options),
    layers: [
      layer("identity", found.identity),
      layer("boundary", found.boundary),
      layer("session", found.session),
      layer("resource", found.resource),
      ...found.scp.map((level) => layer("scp", level)),
      ...found.rcp.map((level) => layer("rcp", level)),
    ],
  };
}

function misses(level: Level, facts: Facts, setting: Setting): Miss[] {
  // A policy that can't be read is told among what is not understood.
  if (level.unsupported.length > 0) return [];
  return level.policies.flatMap(({ name, document }) =>
    compile(document).flatMap((statement) => {
      const missed = missedBy(statement, facts, setting);
      if (missed === undefined) return [];
      const conditions = missed.map(({ operator, key, values }) => {
        const actual = facts.lookup(key.toLowerCase());
        return { operator, key, values, ...(actual !== undefined && { actual }) };
      });
      const ref = { kind: setting.kind, policy: name, statement: statement.id };
      return [{ statement: ref, effect: statement.effect, conditions }];
    }),
  );
}

/** Rewrites a case policy by policy, so that one peculiarity of it is said in another way. */
import type { Context, NamedPolicy, PolicySet, Statement } from "../../../../policies/isolation/types.ts";
import type { Case } from "./cases.ts";

export type StatementRewrite = (statement: Statement, version: string) => Statement;

export function onStatements(test: Case, rewrite: StatementRewrite): Case {
  const policy = ({ name, document }: NamedPolicy): NamedPolicy => {
    const version = document.Version ?? "2008-10-17";
    const statements = document.Statement as readonly Statement[];
    return { name, document: { ...document, Statement: statements.map((each) => rewrite(each, version)) } };
  };
  const levels = (listed: PolicySet["scp"]) =>
    (listed as readonly (readonly NamedPolicy[])[]).map((level) => level.map(policy));
  const { identity, boundary, session, resource, scp, rcp } = test.policies;
  return {
    ...test,
    policies: {
      identity: identity.map(policy),
      ...(boundary && { boundary: policy(boundary) }),
      ...(session && { session: session.map(policy) }),
      ...(resource && { resource: resource.map(policy) }),
      ...(scp && { scp: levels(scp) }),
      ...(rcp && { rcp: levels(rcp) }),
    },
  };
}

export interface AskedKey {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** Conditions one by one; what two of them then say of one operator and key is put together. */
export function onConditions(
  test: Case,
  rewrite: (asked: AskedKey, version: string) => AskedKey | undefined,
): Case {
  return onStatements(test, (statement, version) => {
    if (statement.Condition === undefined) return statement;
    const block: Record<string, Record<string, string[]>> = {};
    for (const [operator, keys] of Object.entries(statement.Condition))
      for (const [key, listed] of Object.entries(keys)) {
        const values = ([] as unknown[]).concat(listed).map(String);
        const asked = rewrite({ operator, key, values }, version);
        if (asked) (block[asked.operator] ??= {})[asked.key] = [...asked.values];
      }
    return { ...statement, Condition: block };
  });
}

/** Every string of Resource, NotResource and of the conditions' values. */
export function onTexts(test: Case, rewrite: (text: string, version: string) => string): Case {
  const all = (listed: unknown, version: string): string[] =>
    ([] as unknown[]).concat(listed).map((text) => rewrite(String(text), version));
  const inConditions = onConditions(test, (asked, version) => ({
    ...asked,
    values: asked.values.map((text) => rewrite(text, version)),
  }));
  return onStatements(inConditions, (statement, version) => ({
    ...statement,
    ...(statement.Resource !== undefined && { Resource: all(statement.Resource, version) }),
    ...(statement.NotResource !== undefined && { NotResource: all(statement.NotResource, version) }),
  }));
}

/** The value of a condition key in the request, whatever the letter case of either. */
export function valueOf(context: Context, key: string): Context[string] | undefined {
  const found = Object.keys(context).find((name) => name.toLowerCase() === key.toLowerCase());
  return found === undefined ? undefined : context[found];
}

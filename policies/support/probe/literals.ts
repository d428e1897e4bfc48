import type { ConditionValue, PolicyDocument, PrincipalElement, Statement } from "../../isolation/index.ts";

/** What a statement's conditions ask of one key. */
export interface Asked {
  /** In lower case. */
  readonly key: string;
  /** Whether an operator with a set qualifier asks: the key then has a list of values. */
  multivalued: boolean;
  readonly operators: Set<string>;
  readonly values: Set<string>;
}

/** Everything that a policy names: what it may tell apart. */
export interface Literals {
  readonly asked: ReadonlyMap<string, Asked>;
  /** Names of principals: ARNs, accounts, services. */
  readonly principals: ReadonlySet<string>;
  /** Patterns of Resource and NotResource. */
  readonly resources: ReadonlySet<string>;
}

const VARIABLE = /\$\{([^,}:]+:[^,}]+)/g;

export function literalsOf(document: PolicyDocument): Literals {
  const asked = new Map<string, Asked>();
  const principals = new Set<string>();
  const resources = new Set<string>();
  const about = (key: string): Asked => {
    const lower = key.toLowerCase();
    const known = asked.get(lower) ?? {
      key: lower,
      multivalued: false,
      operators: new Set(),
      values: new Set(),
    };
    asked.set(lower, known);
    return known;
  };
  const variables = (text: string): void => {
    for (const [, key = ""] of text.matchAll(VARIABLE)) about(key);
  };
  const listed = document.Statement;
  for (const statement of (Array.isArray(listed) ? listed : [listed]) as Statement[]) {
    for (const element of [statement.Principal, statement.NotPrincipal])
      for (const name of principalNames(element)) principals.add(name);
    for (const text of [...strings(statement.Resource), ...strings(statement.NotResource)]) {
      variables(text);
      resources.add(text);
    }
    for (const [operator, keys] of Object.entries(statement.Condition ?? {}))
      for (const [key, value] of Object.entries(keys)) {
        const entry = about(key);
        entry.operators.add(operator.replace(/^For(All|Any)Values?:/, "").replace(/IfExists$/, ""));
        entry.multivalued ||= operator.includes(":");
        for (const text of strings(value)) {
          variables(text);
          entry.values.add(text);
        }
      }
  }
  return { asked, principals, resources };
}

function principalNames(element: PrincipalElement | undefined): string[] {
  if (element === undefined || element === "*") return [];
  return Object.values(element).flatMap(strings);
}

function strings(value: ConditionValue | undefined): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? (value as readonly unknown[]) : [value]).map(String);
}

/** Changes of one statement. */
import type { PrincipalElement, Statement } from "../../../policies/isolation/types.ts";
import { conditionChanges } from "./conditions.ts";
import type { Change, DocumentKind } from "./mutant.ts";

const ACCOUNT = "111122223333";
const STRANGER = "999999999999";

export function* statementChanges(statement: Statement, kind: DocumentKind): Generator<Change> {
  yield ["drop statement", "all", undefined];
  yield* actionChanges(statement);
  yield* resourceChanges(statement);
  yield* principalChanges(statement, kind);
  yield* conditionChanges(statement);
}

const listed = (value: string | readonly string[] | undefined): readonly string[] => [value ?? []].flat();
const others = (all: readonly string[], one: string): string[] => all.filter((each) => each !== one);

function* actionChanges(statement: Statement): Generator<Change> {
  const { Effect } = statement;
  const actions = listed(statement.Action);
  for (const action of actions) {
    if (actions.length > 1) yield ["drop action", action, { ...statement, Action: others(actions, action) }];
    if (Effect === "Allow" && action !== "*")
      yield [
        "widen action",
        action,
        { ...statement, Action: [...others(actions, action), `${action.split(":")[0] ?? ""}:*`] },
      ];
  }
  if (Effect === "Allow" && actions.length > 0)
    yield ["widen action", "to all", { ...statement, Action: "*" }];
  const spared = listed(statement.NotAction);
  for (const action of spared)
    yield [
      "widen exemption",
      action,
      { ...statement, NotAction: [...others(spared, action), `${action.split(":")[0] ?? ""}:*`] },
    ];
}

function* resourceChanges(statement: Statement): Generator<Change> {
  const { Effect } = statement;
  const resources = listed(statement.Resource);
  for (const resource of resources) {
    const rest = others(resources, resource);
    if (rest.length > 0) yield ["drop resource", resource, { ...statement, Resource: rest }];
    if (Effect === "Deny" || resource === "*") continue;
    for (const wider of widerThan(resource))
      yield ["widen resource", `${resource} to ${wider}`, { ...statement, Resource: [...rest, wider] }];
  }
  const spared = listed(statement.NotResource);
  for (const resource of spared)
    for (const wider of widerThan(resource))
      yield [
        "widen exemption",
        `${resource} to ${wider}`,
        { ...statement, NotResource: [...others(spared, resource), wider] },
      ];
}

/** Wider and wider: whatever begins so, all beside it, any of the service, any at all. */
function widerThan(resource: string): readonly string[] {
  const name = resource.split(":").slice(5).join(":");
  const found = [
    `${resource.replace(/[*/]+$/, "")}*`,
    resource.replaceAll(/\$\{[^}]*\}/g, "*"),
    resource.replace(/[^/:.-]*\/?\*?$/, "*"),
    ...(name === "" ? [] : [`${resource.split(":").slice(0, 5).join(":")}:*`]),
    "*",
  ];
  return [...new Set(found)].filter((each) => each !== resource);
}

function* principalChanges(statement: Statement, kind: DocumentKind): Generator<Change> {
  const { Principal, NotPrincipal, Effect } = statement;
  if (NotPrincipal !== undefined)
    for (const [type, who, rest] of each(NotPrincipal)) {
      if (rest !== undefined) yield ["drop principal", who, { ...statement, NotPrincipal: rest }];
      yield ["widen exemption", `${who} to the account`, withNot(statement, type, ACCOUNT)];
    }
  if (Principal === undefined) return;
  for (const [type, who, rest] of each(Principal)) {
    if (rest !== undefined) yield ["drop principal", who, { ...statement, Principal: rest }];
    if (Effect === "Deny" || who === "*") continue;
    const operator = kind === "trust" ? "weaken trust" : "widen principal";
    const put = (element: PrincipalElement): Statement => ({ ...statement, Principal: element });
    yield [operator, `${who} to anyone`, put({ ...rest, AWS: "*" })];
    yield [operator, `${who} to the account`, put({ ...rest, AWS: ACCOUNT })];
    yield [operator, `${who} to another account`, put({ ...rest, AWS: STRANGER })];
    if (type === "Service")
      yield [operator, `${who} to another service`, put({ ...rest, Service: "ec2.amazonaws.com" })];
  }
}

const withNot = (statement: Statement, type: string, who: string): Statement => {
  const { NotPrincipal } = statement;
  const before = typeof NotPrincipal === "object" ? NotPrincipal : {};
  return { ...statement, NotPrincipal: { ...before, [type]: [...listed(before[type]), who] } };
};

/** Each principal that is named, and the element without it: undefined where it is the only one. */
function* each(
  element: PrincipalElement,
): Generator<readonly [type: string, who: string, rest: Readonly<Record<string, string[]>> | undefined]> {
  if (typeof element === "string") {
    yield ["AWS", element, undefined];
    return;
  }
  const all = Object.entries(element).flatMap(([type, names]) =>
    listed(names).map((name) => [type, name] as const),
  );
  for (const one of all) {
    const rest: Record<string, string[]> = {};
    for (const other of all) if (other !== one) (rest[other[0]] ??= []).push(other[1]);
    yield [...one, all.length > 1 ? rest : undefined];
  }
}

import { PolicyError } from "../errors.ts";
import type { PolicyDocument, PrincipalElement, Statement } from "../types.ts";
import { compileConditions, type Condition } from "./conditions.ts";
import { compilePrincipal, type CompiledPrincipal } from "./principal.ts";
import { type ActionTest, compileActions, compileResources, type ResourceTest } from "./targets.ts";

export interface CompiledStatement {
  /** Sid, or `#<index>` from 0. */
  readonly id: string;
  readonly effect: "Allow" | "Deny";
  readonly principal: CompiledPrincipal | undefined;
  readonly notPrincipal: CompiledPrincipal | undefined;
  readonly action: ActionTest;
  readonly notAction: boolean;
  /** Absent in trust policies, which speak of the role that they are attached to. */
  readonly resource: ResourceTest | undefined;
  readonly notResource: boolean;
  /** Of Resource or NotResource, as written. */
  readonly resources: readonly string[];
  readonly conditions: readonly Condition[];
}

export type CompiledPolicy = readonly CompiledStatement[];

const cache = new WeakMap<object, CompiledPolicy | PolicyError>();

/** Reads a document once; a document must not be changed after its first use. Throws PolicyError. */
export function compile(document: PolicyDocument): CompiledPolicy {
  object(document, "document");
  let result = cache.get(document);
  if (result === undefined) {
    try {
      result = compileDocument(document);
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      result = error;
    }
    cache.set(document, result);
  }
  if (result instanceof PolicyError) throw result;
  return result;
}

/** Positions of the statements whose Action or NotAction speaks of an action. Actions with the same are alike here. */
export function statementsOn(document: PolicyDocument, action: string): readonly number[] {
  const lower = action.toLowerCase();
  return compile(document).flatMap((statement, i) =>
    statement.action(lower) === statement.notAction ? [] : [i],
  );
}

const DOCUMENT_ELEMENTS: ReadonlySet<string> = new Set(["Version", "Id", "Statement"]);
const STATEMENT_ELEMENTS: ReadonlySet<string> = new Set([
  ...["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"],
  ...["Resource", "NotResource", "Condition"],
]);

function compileDocument(document: PolicyDocument): CompiledPolicy {
  only(document, DOCUMENT_ELEMENTS, "document");
  const { Version: version = "2008-10-17", Id: id, Statement: listed } = document;
  if (version !== "2012-10-17" && version !== "2008-10-17")
    throw new PolicyError("Version", "expected 2012-10-17 or 2008-10-17");
  if (id !== undefined && typeof id !== "string") throw new PolicyError("Id", "expected a string");
  const statements: readonly unknown[] = Array.isArray(listed) ? listed : [listed];
  const sids = new Set<string>();
  return statements.map((statement, index) => {
    object(statement, `Statement[${index}]`);
    const sid = (statement as Statement).Sid;
    const place = typeof sid === "string" ? `Statement[${index}] (${sid})` : `Statement[${index}]`;
    if (sid !== undefined && typeof sid !== "string")
      throw new PolicyError(`${place}.Sid`, "expected a string");
    if (sid !== undefined && sid !== "" && sids.has(sid))
      throw new PolicyError(`${place}.Sid`, "is used by an earlier statement too");
    sids.add(sid ?? "");
    return compileStatement(statement as Statement, sid || `#${index}`, version === "2012-10-17", place);
  });
}

function compileStatement(
  statement: Statement,
  id: string,
  variables: boolean,
  place: string,
): CompiledStatement {
  only(statement, STATEMENT_ELEMENTS, place);
  // The shape is read from JSON: the type says what to expect, not what is there.
  const effect: unknown = statement.Effect;
  if (effect !== "Allow" && effect !== "Deny")
    throw new PolicyError(`${place}.Effect`, "expected Allow or Deny");
  const {
    Principal,
    NotPrincipal,
    Action,
    NotAction,
    Resource,
    NotResource,
    Condition: block = {},
  } = statement;
  oneOf({ Principal, NotPrincipal }, place);
  oneOf({ Action, NotAction }, place);
  oneOf({ Resource, NotResource }, place);
  if (Action === undefined && NotAction === undefined)
    throw new PolicyError(place, "has neither Action nor NotAction");
  if (NotPrincipal !== undefined && effect === "Allow")
    throw new PolicyError(`${place}.NotPrincipal`, "is not supported with Allow");
  object(block, `${place}.Condition`);
  const resource = Resource ?? NotResource;
  return {
    id,
    effect,
    principal: principal(Principal, `${place}.Principal`),
    notPrincipal: principal(NotPrincipal, `${place}.NotPrincipal`),
    action: compileActions(Action ?? NotAction, `${place}.${Action === undefined ? "NotAction" : "Action"}`),
    notAction: Action === undefined,
    resource:
      resource === undefined
        ? undefined
        : compileResources(
            resource,
            variables,
            `${place}.${Resource === undefined ? "NotResource" : "Resource"}`,
          ),
    notResource: NotResource !== undefined,
    // Read above: a text, or a list of texts.
    resources: resource === undefined ? [] : [resource].flat(),
    conditions: compileConditions(block, variables, `${place}.Condition`),
  };
}

function principal(element: PrincipalElement | undefined, place: string): CompiledPrincipal | undefined {
  if (element === undefined) return undefined;
  if (element !== "*") object(element, place);
  return compilePrincipal(element, place);
}

function oneOf(pair: Readonly<Record<string, unknown>>, place: string): void {
  const given = Object.keys(pair).filter((name) => pair[name] !== undefined);
  if (given.length > 1) throw new PolicyError(place, `has both ${given.join(" and ")}`);
}

function only(value: unknown, known: ReadonlySet<string>, place: string): void {
  object(value, place);
  for (const name of Object.keys(value as object))
    if (!known.has(name)) throw new PolicyError(place, `unknown element "${name}"`);
}

function object(value: unknown, place: string): void {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new PolicyError(place, "expected an object");
}

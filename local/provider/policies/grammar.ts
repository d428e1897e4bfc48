/** What is wrong with a policy document by the grammar of its kind: the first fault, as a service tells one. */
import { isObject } from "../values.ts";
import type { Properties } from "../values.ts";
import type { Fault } from "./fault.ts";
import type { PolicyKind } from "./kinds.ts";

const TOP = new Set(["Version", "Id", "Statement"]);
const MEMBERS = new Set([
  ...["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource"],
  "Condition",
]);
/** Without a version, AWS reads a document by the older rules, in which policy variables are text. */
const VERSIONS = ["2012-10-17", "2008-10-17"];
const ACTION = /^(?:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?-]+)$/;
const ARN = /^arn:[^:\s]*:[^:\s]*:[^:\s]*:[^:\s]*:[^\n]+$/;
const SERVICE = /^[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|amazon\.com)$/;
const PRINCIPAL_ARN =
  /^arn:[a-z-]+:(?:iam::\d{12}:(?:root|(?:user|role)\/[^*?\s]+)|sts::\d{12}:(?:assumed-role|federated-user)\/[^*?\s]+)$/;
const OPERATOR =
  /^(?:For(?:All|Any)Values?:)?(?:String(?:Not)?Equals(?:IgnoreCase)?|String(?:Not)?Like|Numeric(?:Not)?Equals|Numeric(?:Less|Greater)Than(?:Equals)?|Date(?:Not)?Equals|Date(?:Less|Greater)Than(?:Equals)?|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like))(?:IfExists)?$|^Null$/;

export function policyFault(kind: PolicyKind, text: string): Fault | undefined {
  const [fault] = faults(kind, text);
  return fault;
}

function* faults(kind: PolicyKind, text: string): Generator<Fault> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    yield { kind: "json", detail: "it is not JSON" };
    return;
  }
  if (!isObject(document)) {
    yield { kind: "json", detail: "it is not a JSON object" };
    return;
  }
  for (const member of Object.keys(document))
    if (!TOP.has(member)) {
      yield { kind: "field", detail: member };
      return;
    }
  const version = document["Version"];
  if (version !== undefined && !VERSIONS.includes(version as string))
    yield { kind: "version", detail: shown(version) };
  const statements = [document["Statement"]].flat();
  if (document["Statement"] === undefined || statements.length === 0)
    yield { kind: "statement", detail: "it has no Statement" };
  const sids = new Set<unknown>();
  for (const statement of statements) {
    if (!isObject(statement)) {
      yield { kind: "statement", detail: "a statement is not an object" };
      return;
    }
    yield* statementFaults(kind, statement);
    const sid = statement["Sid"];
    if (sid !== undefined && sid !== "" && sids.has(sid)) yield { kind: "sidTwice", detail: shown(sid) };
    sids.add(sid);
  }
}

function* statementFaults(kind: PolicyKind, statement: Properties): Generator<Fault> {
  for (const member of Object.keys(statement))
    if (!MEMBERS.has(member)) yield { kind: "field", detail: member };
  if (statement["Effect"] !== "Allow" && statement["Effect"] !== "Deny")
    yield { kind: "effect", detail: shown(statement["Effect"]) };
  const sid = statement["Sid"];
  // Identity and trust policies take letters and digits; resource policies spaces and more.
  if (sid !== undefined && kind.code === "MalformedPolicyDocument" && !/^[0-9A-Za-z]*$/.test(shown(sid)))
    yield { kind: "sid", detail: shown(sid) };
  yield* principalFaults(kind, statement);
  yield* actionFaults(kind, statement);
  yield* resourceFaults(kind, statement);
  yield* conditionFaults(statement["Condition"]);
}

function* principalFaults(kind: PolicyKind, statement: Properties): Generator<Fault> {
  const named = ["Principal", "NotPrincipal"].filter((element) => statement[element] !== undefined);
  if (kind.principal === "forbidden") {
    if (named.length > 0) yield { kind: "hasPrincipal", detail: "it names a principal" };
    return;
  }
  if (named.length !== 1) yield { kind: "noPrincipal", detail: "a statement needs one Principal" };
  if (statement["NotPrincipal"] !== undefined && kind.resource === "forbidden")
    yield { kind: "notPrincipal", detail: "a trust policy takes no NotPrincipal" };
  for (const element of named) {
    const principal = statement[element];
    if (principal === "*") continue;
    if (!isObject(principal) || Object.keys(principal).length === 0) {
      yield { kind: "principal", detail: JSON.stringify(principal) };
      continue;
    }
    for (const [type, listed] of Object.entries(principal))
      for (const value of [listed].flat())
        if (!isPrincipal(type, value)) yield { kind: "principal", detail: quoted(type, value) };
  }
}

/** As IAM quotes a principal: `"AWS":"arn:…"`. */
export const quoted = (type: string, value: unknown): string => `"${type}":"${String(value)}"`;

function isPrincipal(type: string, value: unknown): boolean {
  if (typeof value !== "string") return false;
  switch (type) {
    case "AWS":
      return value === "*" || /^\d{12}$/.test(value) || PRINCIPAL_ARN.test(value);
    case "Service":
      return SERVICE.test(value);
    case "Federated":
    case "CanonicalUser":
      return value !== "";
    default:
      return false;
  }
}

function* actionFaults(kind: PolicyKind, statement: Properties): Generator<Fault> {
  const listed = oneOf(statement, "Action", "NotAction");
  if (!listed) {
    yield { kind: "noAction", detail: "a statement needs one of Action and NotAction" };
    return;
  }
  for (const action of listed) {
    if (typeof action !== "string" || !ACTION.test(action)) {
      const colons = typeof action === "string" && action.split(":").length > 2;
      yield { kind: colons ? "colons" : "action", detail: shown(action) };
      continue;
    }
    const vendor = action.split(":")[0]?.toLowerCase() ?? "";
    // A trust policy may not name every action there is; a resource's policy may.
    const all = action === "*" && kind.resource !== "forbidden";
    if (kind.vendors && !all && !kind.vendors.includes(vendor)) yield { kind: "vendor", detail: action };
  }
}

function* resourceFaults(kind: PolicyKind, statement: Properties): Generator<Fault> {
  const listed = oneOf(statement, "Resource", "NotResource");
  if (kind.resource === "forbidden") {
    if (statement["Resource"] !== undefined || statement["NotResource"] !== undefined)
      yield { kind: "hasResource", detail: "it names a resource" };
    return;
  }
  if (!listed) {
    if (kind.resource === "required") yield { kind: "noResource", detail: "a statement needs a Resource" };
    return;
  }
  for (const resource of listed)
    if (resource !== "*" && !(typeof resource === "string" && ARN.test(resource)))
      yield { kind: "resource", detail: shown(resource) };
}

function* conditionFaults(condition: unknown): Generator<Fault> {
  if (condition === undefined) return;
  if (!isObject(condition)) {
    yield { kind: "condition", detail: "Condition is not an object" };
    return;
  }
  for (const [operator, keys] of Object.entries(condition)) {
    if (!OPERATOR.test(operator)) yield { kind: "condition", detail: operator };
    else if (!isObject(keys)) yield { kind: "condition", detail: `${operator} names no keys` };
    else
      for (const key of Object.keys(keys)) if (!/^[^:\s]+:./.test(key)) yield { kind: "action", detail: key };
  }
}

/** The values of the one of two elements that is there; undefined if none is, both are, or the list is empty. */
function oneOf(statement: Properties, element: string, not: string): unknown[] | undefined {
  const there = [element, not].filter((name) => statement[name] !== undefined);
  const values = there.length === 1 ? [statement[there[0] ?? ""]].flat() : [];
  return values.length > 0 ? values : undefined;
}

/** Text as it is, anything else as JSON. */
export const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

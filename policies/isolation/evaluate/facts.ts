import { UnsupportedError } from "../errors.ts";
import type { AccessRequest, Principal } from "../types.ts";

type Value = string | readonly string[] | undefined;

/** What a request says, in the form in which statements ask for it. */
export interface Facts {
  readonly principal: Principal;
  /** In lower case: actions are compared without case. */
  readonly action: string;
  readonly resource: string;
  /** The value of a condition key, given in lower case; undefined if the request lacks it. */
  lookup(key: string): Value;
}

const TAG = "aws:principaltag/";

/** Reads the request's keys when a statement first asks for one: most statements ask for few. */
export function factsOf(request: AccessRequest): Facts {
  const { principal } = request;
  let given: Map<string, Value> | undefined;
  return {
    principal,
    action: request.action.toLowerCase(),
    resource: request.resource,
    lookup(key) {
      if (key.startsWith(TAG)) return tagOf(principal, key.slice(TAG.length));
      const own = PRINCIPAL_KEYS.get(key);
      if (own !== undefined) return own(principal);
      if (key === "aws:resourceaccount") return request.resourceAccount || undefined;
      given ??= contextOf(request);
      const value = given.get(key);
      if (value === AMBIGUOUS)
        throw new UnsupportedError(`${key} is given twice, in keys that differ by case only`);
      return key === "aws:userid" ? userIdOf(principal, value) : value;
    },
  };
}

/** Marks keys that differ by case: AWS says that a condition matches "either, but not both", and no more. */
const AMBIGUOUS: readonly string[] = [];

function contextOf({ context }: AccessRequest): Map<string, Value> {
  const keys = new Map<string, Value>();
  for (const name in context) {
    const value = context[name];
    // A multivalued key without a value is the same as no key.
    if (value === undefined || (typeof value !== "string" && value.length === 0)) continue;
    const key = name.toLowerCase();
    keys.set(key, keys.has(key) ? AMBIGUOUS : value);
  }
  return keys;
}

function tagOf(principal: Principal, tag: string): Value {
  if (principal.kind !== "role-session" && principal.kind !== "user") return undefined;
  let value: string | undefined;
  for (const name in principal.tags) {
    if (name.toLowerCase() !== tag) continue;
    if (value !== undefined)
      throw new UnsupportedError(`${TAG}${tag} is given twice, in keys that differ by case only`);
    value = principal.tags[name];
  }
  return value;
}

/** Keys that follow from the principal alone: a request's context can't set them. */
const PRINCIPAL_KEYS: ReadonlyMap<string, (principal: Principal) => Value> = new Map([
  ["aws:principalarn", arnOf],
  ["aws:principalaccount", (caller) => (isIdentity(caller) ? caller.account : undefined)],
  ["aws:principaltype", typeOf],
  ["aws:principalisawsservice", isServiceOf],
  ["aws:principalservicename", (caller) => (caller.kind === "service" ? caller.service : undefined)],
  ["aws:principalservicenameslist", serviceNamesOf],
  ["aws:username", (caller) => (caller.kind === "user" ? lastPart(caller.userArn) : undefined)],
] satisfies [string, (principal: Principal) => Value][]);

type Identity = Extract<Principal, { readonly kind: "role-session" | "user" | "root" }>;

function isIdentity(principal: Principal): principal is Identity {
  return principal.kind === "role-session" || principal.kind === "user" || principal.kind === "root";
}

/** For a session it is the role's ARN. Requests of services and anonymous ones have none. */
function arnOf(principal: Principal): Value {
  switch (principal.kind) {
    case "role-session":
      return principal.roleArn;
    case "user":
      return principal.userArn;
    case "root":
      return `arn:aws:iam::${principal.account}:root`;
    case "service":
    case "federated":
    case "anonymous":
      return undefined;
  }
}

/** "Principal key values" of the policy variables' page. */
function typeOf(principal: Principal): Value {
  switch (principal.kind) {
    case "role-session":
      return "AssumedRole";
    case "user":
      return "User";
    case "root":
      return "Account";
    case "anonymous":
      return "Anonymous";
    case "service":
    case "federated":
      return undefined;
  }
}

/** In all signed requests. */
function isServiceOf(principal: Principal): Value {
  if (principal.kind === "service") return "true";
  return isIdentity(principal) ? "false" : undefined;
}

function serviceNamesOf(principal: Principal): Value {
  if (principal.kind !== "service") return undefined;
  throw new UnsupportedError(
    "aws:PrincipalServiceNamesList holds a service's regional names too, which are not known here",
  );
}

/** Roles and users have a unique id, which no policy document shows; a caller that knows it gives it as context. */
function userIdOf(principal: Principal, given: Value): Value {
  if (principal.kind === "root") return principal.account;
  if (!isIdentity(principal)) return undefined;
  if (given === undefined) throw new UnsupportedError("aws:userid holds a unique id that is not known here");
  return given;
}

function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

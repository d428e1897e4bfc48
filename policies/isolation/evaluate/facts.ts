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

/** A key that has a value on AWS which can't be known here; reading it makes the decision `unsupported`. */
class Unknowable {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

const TAG = "aws:principaltag/";

/** Keys that follow from the principal alone: a request's context can't set them. */
const PRINCIPAL_KEYS: ReadonlySet<string> = new Set([
  "aws:principalarn",
  "aws:principalaccount",
  "aws:principaltype",
  "aws:principalisawsservice",
  "aws:principalservicename",
  "aws:principalservicenameslist",
  "aws:username",
]);

export function factsOf(request: AccessRequest): Facts {
  const { principal } = request;
  let keys: Map<string, Value | Unknowable> | undefined;
  return {
    principal,
    action: request.action.toLowerCase(),
    resource: request.resource,
    lookup(key) {
      keys ??= keysOf(request);
      const value = keys.get(key);
      if (value instanceof Unknowable) throw new UnsupportedError(value.why);
      return value;
    },
  };
}

function keysOf(request: AccessRequest): Map<string, Value | Unknowable> {
  const keys = new Map<string, Value | Unknowable>();
  const add = (name: string, value: string | readonly string[]): void => {
    const key = name.toLowerCase();
    // AWS says that such a condition matches "either, but not both", and no more.
    keys.set(
      key,
      keys.has(key) ? new Unknowable(`${key} is given twice, in keys that differ by case only`) : value,
    );
  };
  for (const [name, value] of Object.entries(request.context)) {
    const key = name.toLowerCase();
    if (PRINCIPAL_KEYS.has(key) || key.startsWith(TAG) || key === "aws:resourceaccount") continue;
    // A multivalued key without a value is the same as no key.
    if (value.length === 0 && typeof value !== "string") continue;
    add(name, value);
  }
  if (request.resourceAccount !== "") add("aws:ResourceAccount", request.resourceAccount);
  const { principal } = request;
  if (principal.kind === "role-session" || principal.kind === "user")
    for (const [tag, value] of Object.entries(principal.tags)) add(TAG + tag, value);
  for (const [name, value] of Object.entries(principalKeys(principal))) keys.set(name, value);
  if (!keys.has("aws:userid")) addUserId(principal, keys);
  return keys;
}

/** As in "AWS global condition context keys", properties of the principal. */
function principalKeys(principal: Principal): Record<string, string | Unknowable> {
  switch (principal.kind) {
    case "role-session":
      return signed(principal.account, principal.roleArn, "AssumedRole");
    case "user":
      return {
        ...signed(principal.account, principal.userArn, "User"),
        "aws:username": principal.userArn.slice(principal.userArn.lastIndexOf("/") + 1),
      };
    case "root":
      return {
        ...signed(principal.account, `arn:aws:iam::${principal.account}:root`, "Account"),
        "aws:userid": principal.account,
      };
    case "service":
      return {
        "aws:principalisawsservice": "true",
        "aws:principalservicename": principal.service,
        "aws:principalservicenameslist": new Unknowable(
          "aws:PrincipalServiceNamesList holds a service's regional names too, which are not known here",
        ),
      };
    case "federated":
      return {};
    case "anonymous":
      return { "aws:principaltype": "Anonymous" };
  }
}

function signed(account: string, arn: string, type: string): Record<string, string> {
  return {
    "aws:principalarn": arn,
    "aws:principalaccount": account,
    "aws:principaltype": type,
    "aws:principalisawsservice": "false",
  };
}

/** Roles and users have a unique id, which no policy document shows; a caller that knows it gives it as context. */
function addUserId(principal: Principal, keys: Map<string, Value | Unknowable>): void {
  if (principal.kind === "role-session" || principal.kind === "user")
    keys.set("aws:userid", new Unknowable("aws:userid holds a unique id that is not known here"));
}

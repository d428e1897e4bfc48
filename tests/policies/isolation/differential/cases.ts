/** The grammar of the cases: every kind of policy and caller, every family of condition operators, in random combination. */
import fc from "fast-check";
import type {
  AccessRequest,
  Context,
  NamedPolicy,
  PolicySet,
  Principal,
  ResourcePolicyMode,
  Statement,
} from "../../../../policies/isolation/types.ts";
import {
  AWAY,
  CALLERS,
  type Family,
  HOME,
  type Key,
  nameOf,
  PRINCIPALS,
  type Target,
  TARGETS,
} from "./world.ts";

export interface Case {
  readonly request: AccessRequest;
  readonly policies: PolicySet;
  readonly mode: ResourcePolicyMode;
}

const weighted = <T>(...options: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<T>])[]) =>
  fc.oneof(...options.map(([weight, arbitrary]) => ({ weight, arbitrary })));
const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const oneOrMore = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> =>
  weighted<T | T[]>([3, value], [1, fc.array(value, { minLength: 1, maxLength: 3 })]);

const OPERATORS: Readonly<Record<Family, readonly string[]>> = {
  string: [
    ...["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"],
    ...["StringLike", "StringNotLike"],
  ],
  list: ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"],
  numeric: comparisons("Numeric"),
  date: comparisons("Date"),
  bool: ["Bool"],
  ip: ["IpAddress", "NotIpAddress"],
  arn: ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
  binary: ["BinaryEquals"],
};

function comparisons(type: string): string[] {
  const names = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];
  return names.map((name) => type + name);
}

/** What statements compare with, beside the values that requests carry. */
const LISTED: Readonly<Record<Family, readonly string[]>> = {
  string: [
    ...["acme", "acme*", "a?me", "*", "globex", "ACME", "AssumedRole", "ada", HOME, AWAY],
    ...["${aws:PrincipalTag/tenant_id}", "${aws:PrincipalTag/none}", "${aws:PrincipalTag/none, 'acme'}"],
    ...["${AWS:username}", "a${*}c", "${aws:CalledVia}", "${aws:PrincipalTag/tenant_id}/"],
  ],
  list: ["acme", "a*", "tenant_id", "globex", "${aws:PrincipalTag/tenant_id}", "*"],
  numeric: ["5", "300", "300.0", "1000"],
  date: ["2026-01-31T12:00:00Z", "2026-01-01", "1769860800", "2027-01-01T00:00:00Z"],
  bool: ["true", "false"],
  ip: ["10.0.0.0/24", "10.0.0.1", "10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0"],
  arn: [
    ...["arn:aws:s3:::b-acme", "arn:aws:s3:::b-*", "arn:aws:s3:::b-${aws:PrincipalTag/tenant_id}"],
    ...[`arn:aws:iam::${HOME}:role/data.acme`, `arn:aws:iam::${HOME}:role/*`, `arn:aws:iam::*:user/ada`],
  ],
  binary: ["YWNtZQ==", "Z2xvYmV4"],
};

const casing = (name: string): fc.Arbitrary<string> =>
  weighted(
    [8, fc.constant(name)],
    [1, fc.constant(name.toUpperCase())],
    [1, fc.constant(name.toLowerCase())],
  );

type Block = Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;

function condition(key: Key): fc.Arbitrary<Block> {
  const values = pick(...key.values, ...LISTED[key.family], ...LISTED[key.family]);
  const qualifier =
    key.family === "list"
      ? weighted([1, fc.constant("")], [4, fc.constant("ForAllValues:")], [4, fc.constant("ForAnyValue:")])
      : weighted([12, fc.constant("")], [1, fc.constant("ForAllValues:")], [1, fc.constant("ForAnyValue:")]);
  const compared = fc
    .record({
      qualifier,
      operator: pick(...OPERATORS[key.family]),
      suffix: weighted([4, fc.constant("")], [1, fc.constant("IfExists")]),
      name: casing(key.name),
      value: oneOrMore(values),
    })
    .map(({ qualifier: set, operator, suffix, name, value }) => ({
      [set + operator + suffix]: { [name]: value },
    }));
  const presence = fc
    .record({ name: casing(key.name), value: oneOrMore(pick("true", "false")) })
    .map(({ name, value }) => ({ Null: { [name]: value } }));
  return weighted<Block>([6, compared], [1, presence]);
}

/** Up to two conditions; more of them seldom hold together. */
function conditions(keys: readonly Key[]): fc.Arbitrary<Block | undefined> {
  const one = fc.constantFrom(...keys).chain(condition);
  const two = fc.tuple(one, one).map(([first, second]) => ({ ...first, ...second }));
  return weighted<Block | undefined>([6, fc.constant(undefined)], [5, one], [1, two]);
}

function resourceElement(resource: string): fc.Arbitrary<string> {
  const name = resource.split(":").at(-1) ?? "";
  const head = resource.slice(0, resource.length - name.length);
  return weighted(
    [5, fc.constant("*")],
    [4, fc.constant(resource.replace("\n", "?"))],
    [3, fc.constant(`${head}*`)],
    [2, fc.constant(`${head}${name.slice(0, 2)}*`)],
    [1, fc.constant(`${head}${name.slice(0, -1).replace("\n", "?")}?`)],
    [2, fc.constant(`${head}${name.replace("acme", "${aws:PrincipalTag/tenant_id}").replace("\n", "*")}`)],
    [1, fc.constant(`${head}${name.replace("acme", "${aws:PrincipalTag/none, 'acme'}").replace("\n", "*")}`)],
    [1, fc.constant(`${head}${name.replace("acme", "${aws:PrincipalTag/none}").replace("\n", "*")}`)],
    [1, fc.constant(`${head}${name.slice(0, 1)}\${*}`)],
    [1, fc.constant(`${head}other`)],
  );
}

function actionElement(action: string): fc.Arbitrary<string> {
  const [service = "", verb = ""] = action.split(":");
  return weighted(
    [5, casing(action)],
    [3, fc.constant(`${service}:*`)],
    [2, fc.constant("*")],
    [2, fc.constant(`${service}:${verb.slice(0, 3)}*`)],
    [1, fc.constant(`${service}:?${verb.slice(1)}`)],
    [1, fc.constant(`${service}:Tag*`)],
    [1, fc.constant("ec2:*")],
  );
}

type PrincipalValue = "*" | Record<string, string[]>;

function principalElement(caller: Principal): fc.Arbitrary<PrincipalValue> {
  const own = fc.constant(nameOf(caller));
  const account =
    "account" in caller && caller.kind !== "federated"
      ? fc.constant(["AWS", `arn:aws:iam::${caller.account}:root`] as const)
      : own;
  const named = weighted([3, own], [1, account], [3, pick(...PRINCIPALS)]);
  const listed = fc.array(named, { minLength: 1, maxLength: 3 }).map((entries) => {
    const types: Record<string, string[]> = {};
    for (const [type, value] of entries) (types[type] ??= []).push(value);
    return types;
  });
  return weighted<PrincipalValue>([1, fc.constant("*" as const)], [5, listed]);
}

interface Around {
  readonly action: string;
  readonly resource: string;
  readonly caller: Principal;
  readonly target: Target;
}

interface Kind {
  /** One in so many statements denies. */
  readonly denies: number;
  readonly principal: boolean;
  /** A resource control policy: denies everyone some actions, by no NotAction and no "*". */
  readonly onlyDeny?: true;
  /** A trust policy: names no resource, and takes no NotPrincipal. */
  readonly trust?: boolean;
}

function statement(around: Around, kind: Kind): fc.Arbitrary<Statement> {
  const { action, resource, caller, target } = around;
  return fc
    .record({
      deny: kind.onlyDeny ? fc.constant(true) : fc.integer({ min: 1, max: kind.denies }).map((n) => n === 1),
      action: oneOrMore(actionElement(action).filter((each) => each !== "*" || !kind.onlyDeny)),
      notAction: kind.onlyDeny ? fc.constant(false) : fc.integer({ min: 0, max: 9 }).map((n) => n === 9),
      resource: oneOrMore(resourceElement(resource)),
      notResource: fc.integer({ min: 0, max: 9 }).map((n) => n === 9),
      principal: principalElement(caller),
      notPrincipal: fc.integer({ min: 0, max: 3 }).map((n) => n === 3),
      condition: conditions(target.keys),
      denyCondition: fc.constantFrom(...target.keys).chain(condition),
    })
    .map((made) => {
      const whom = kind.onlyDeny ? ("*" as const) : made.principal;
      const not = made.deny && made.notPrincipal && !kind.onlyDeny && !kind.trust && whom !== "*";
      // A Deny without a condition on everything would hide what the other policies say.
      const asked = made.deny ? (made.condition ?? made.denyCondition) : made.condition;
      return {
        Effect: made.deny ? "Deny" : "Allow",
        ...(kind.principal && { [not ? "NotPrincipal" : "Principal"]: whom }),
        [made.notAction ? "NotAction" : "Action"]: made.action,
        ...(kind.trust ? {} : { [made.notResource ? "NotResource" : "Resource"]: made.resource }),
        ...(asked && { Condition: asked }),
      } satisfies Record<string, unknown> as unknown as Statement;
    });
}

function policy(name: string, around: Around, kind: Kind, maxLength: number): fc.Arbitrary<NamedPolicy> {
  const old = kind.onlyDeny ? 0 : 1;
  const version = weighted([14, fc.constant("2012-10-17")], [old, fc.constant("2008-10-17")]);
  return fc
    .record({ version, statements: fc.array(statement(around, kind), { minLength: 1, maxLength }) })
    .map(({ version: Version, statements: Statement }) => ({ name, document: { Version, Statement } }));
}

const EVERYTHING: NamedPolicy = {
  name: "FullAWSAccess",
  document: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
};
const EVERYTHING_RCP: NamedPolicy = {
  name: "RCPFullAWSAccess",
  document: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }],
  },
};

function context({ target }: Around): fc.Arbitrary<Context> {
  const entries = target.keys
    .filter((key) => !key.ofCaller)
    .map((key): fc.Arbitrary<readonly [string, string | string[]] | undefined> => {
      const value: fc.Arbitrary<string | string[]> =
        key.family === "list"
          ? fc.uniqueArray(pick(...key.values), { minLength: 1, maxLength: 3 })
          : pick(...key.values);
      return fc.option(
        value.map((each) => [key.name, each] as const),
        { nil: undefined, freq: 2 },
      );
    });
  return fc
    .tuple(...entries)
    .map((listed) => Object.fromEntries(listed.filter((entry) => entry !== undefined)));
}

function policies(around: Around): fc.Arbitrary<PolicySet> {
  const { caller, target, action } = around;
  const identified = caller.kind === "role-session" || caller.kind === "user";
  const none = fc.constant(undefined);
  const maybe = <T>(one: number, of: number, value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    weighted<T | undefined>([of - one, none], [one, value]);
  const trust = action.startsWith("sts:");
  const resource = policy("resource policy", around, { denies: 7, principal: true, trust }, 3);
  const limit = { denies: 9, principal: false };
  const scp = fc.array(
    weighted<NamedPolicy[]>(
      [2, fc.constant([EVERYTHING])],
      [1, policy("SCP", around, limit, 2).map((each) => [each])],
      [2, policy("SCP", around, { denies: 1, principal: false }, 2).map((each) => [EVERYTHING, each])],
    ),
    { minLength: 1, maxLength: 2 },
  );
  const rcp = policy("RCP", around, { denies: 1, principal: true, onlyDeny: true }, 2).map((each) => [
    [EVERYTHING_RCP, each],
  ]);
  return fc
    .record({
      identity: identified
        ? fc.array(policy("identity policy", around, { denies: 7, principal: false }, 3), { maxLength: 2 })
        : fc.constant([]),
      boundary: identified ? maybe(1, 4, policy("boundary", around, limit, 3)) : none,
      session:
        caller.kind === "role-session" ? maybe(1, 5, policy("session policy", around, limit, 3)) : none,
      resource: target.required ? resource : maybe(3, 5, resource),
      scp: caller.kind === "anonymous" ? none : maybe(1, 6, scp),
      rcp: maybe(1, 8, rcp),
    })
    .map((made) => ({
      identity: made.identity,
      ...(made.boundary && { boundary: made.boundary }),
      ...(made.session && { session: [made.session] }),
      ...(made.resource && { resource: [made.resource] }),
      ...(made.scp && { scp: made.scp }),
      ...(made.rcp && { rcp: made.rcp }),
    }));
}

/** One request with all policies that bear on it. */
export const anyCase: fc.Arbitrary<Case> = fc
  .constantFrom(...TARGETS)
  .chain((target) =>
    fc.record({
      target: fc.constant(target),
      action: pick(...target.actions),
      resource: pick(...target.resources),
      caller: weighted([8, pick(...CALLERS.slice(0, 7))], [3, pick(...CALLERS.slice(7))]),
    }),
  )
  .chain((around) => fc.tuple(fc.constant(around), context(around), policies(around)))
  .map(([{ target, action, resource, caller }, carried, set]) => ({
    request: { principal: caller, action, resource, resourceAccount: HOME, context: carried },
    policies: set,
    mode: target.required ? ("required" as const) : ("optional" as const),
  }));

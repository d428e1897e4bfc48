import fc from "fast-check";
import type {
  AccessRequest,
  PolicySet,
  ResourcePolicyMode,
  Statement,
} from "../../../../policies/isolation/index.ts";
import type { Optional, SymbolicRequest, SymbolicValue } from "../../../../policies/isolation/smt/request.ts";
import type { Text, Variable } from "../../../../policies/isolation/smt/text.ts";

/** Ids that stand in documents for "whose principal it is" and "whose resource it is". */
export const P = "zzprincipalzz";
export const R = "zzresourcezz";
const ID_P: Variable = { name: "p", kind: "id" };
const ID_R: Variable = { name: "r", kind: "id" };
export const STAND_INS = [
  { id: P, variable: ID_P },
  { id: R, variable: ID_R },
];

const ACCOUNT = "111122223333";
const OTHER = "444455556666";
const IDS = ["acme", "acme-2", "acme-2-x", "acm", "globex", "registry", "a1b"];

/** What one case is made of: documents with stand-ins, and what the variables are. */
export interface World {
  readonly policies: PolicySet;
  readonly mode: ResourcePolicyMode;
  readonly action: string;
  readonly resource: Text;
  readonly roleArn: Text;
  readonly account: string;
  readonly kind: "role-session" | "service" | "anonymous";
  /** Values of the variables. */
  readonly values: Readonly<Record<string, string | boolean>>;
}

const ids = fc.constantFrom("acme", "acme-2", ...IDS);
const id = fc.constantFrom(P, R, R, "registry");
const tag = "${aws:PrincipalTag/tenant_id}";
const name = fc.oneof(
  id,
  fc.constant(tag),
  fc.constant("*"),
  fc.constant("?*"),
  fc.constant("a*"),
  fc.constant(`\${aws:PrincipalTag/tenant_id, 'acme'}`),
);

const resourcePattern = fc.oneof(
  fc
    .tuple(name, name, fc.constantFrom("", "*", "/*", "x", "/x/*", "*/y", "/*y*", "/??", "-?/?*"))
    .map(([a, b, c]) => `arn:aws:s3:::kb-${a}/${b}${c}`),
  fc.tuple(name, fc.constantFrom("", "*", "/*", "-2/*", "*/*")).map(([a, b]) => `arn:aws:s3:::kb-${a}${b}`),
  fc.constantFrom(
    "*",
    "arn:aws:s3:::*",
    `arn:aws:s3:::*/${R}/*`,
    `arn:aws:s3:::kb-?*/*`,
    "arn:aws:s3:::kb-*-2/*",
  ),
  name.map((a) => `arn:aws:s3:::*/${a}/*x`),
);
const value = fc.oneof(
  id,
  fc.constantFrom(...IDS, tag, "", "true", "false", "${aws:RequestTag/tenant_id}", "${*}"),
  fc.tuple(name, fc.constantFrom("", "*", "/x", "-2")).map(([a, b]) => `${a}${b}`),
  fc.constantFrom("ACME", "a?me"),
);
const arnValue = fc.oneof(
  fc.constantFrom(
    "arn:aws:iam::*:role/*",
    "arn:aws:iam::111122223333:role/data.*",
    "arn:*:iam::111122223333:*:x",
  ),
  name.map((a) => `arn:aws:iam::${ACCOUNT}:role/data.${a}`),
);
const KEYS = [
  "aws:PrincipalTag/tenant_id",
  "aws:PrincipalTag/Tenant_Id",
  "aws:PrincipalTag/team",
  "aws:RequestTag/tenant_id",
  "aws:TagKeys",
  "s3:prefix",
  "aws:SecureTransport",
  "aws:PrincipalArn",
  "aws:PrincipalType",
  "aws:PrincipalAccount",
  "aws:ResourceAccount",
  "aws:PrincipalIsAWSService",
  "aws:PrincipalServiceName",
  "aws:userName",
];
const operator = fc
  .tuple(
    fc.constantFrom("", "", "", "ForAllValues:", "ForAnyValue:"),
    fc.constantFrom(
      "StringEquals",
      "StringEquals",
      "StringNotEquals",
      "StringNotEquals",
      "StringLike",
      "StringNotLike",
      "StringEqualsIgnoreCase",
      "StringNotEqualsIgnoreCase",
      "ArnLike",
      "ArnEquals",
      "ArnNotEquals",
      "ArnNotLike",
      "Bool",
    ),
    fc.constantFrom("", "", "IfExists"),
  )
  .map(([qualifier, base, suffix]) => ({ qualifier, base, suffix }));
const condition: fc.Arbitrary<Statement["Condition"]> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...KEYS), fc.constantFrom("true", "false"))
    .map(([key, is]) => ({ Null: { [key]: is } })),
  operator.chain(({ qualifier, base, suffix }) =>
    fc
      .tuple(
        fc.constantFrom(...KEYS),
        fc.array(
          base === "Bool"
            ? fc.constantFrom("true", "false")
            : base.startsWith("Arn")
              ? arnValue
              : base.endsWith("IgnoreCase")
                ? fc.constantFrom("ACME", "acme-2", "x")
                : value,
          { minLength: 1, maxLength: 3 },
        ),
      )
      .map(([key, listed]) => ({ [`${qualifier}${base}${suffix}`]: { [key]: listed } })),
  ),
);
const whom = fc.oneof(
  fc.constant("*" as const),
  fc.constantFrom(ACCOUNT, OTHER, `arn:aws:iam::${ACCOUNT}:root`).map((AWS) => ({ AWS })),
  fc.constantFrom(P, R).map((each) => ({ AWS: `arn:aws:iam::${ACCOUNT}:role/data.${each}` })),
  fc
    .constantFrom(P, R)
    .map((each) => ({ AWS: [`arn:aws:sts::${ACCOUNT}:assumed-role/data.${each}/s`, OTHER] })),
  fc.constant({ Service: "bedrock.amazonaws.com" }),
  fc.constant({ AWS: ["AROAEXAMPLEEXAMPLE", `arn:aws:iam::${ACCOUNT}:role/data.${R}`] }),
);
const statement = (principal: boolean, required: boolean): fc.Arbitrary<Statement> =>
  fc
    .record({
      effect: fc.constantFrom<"Allow" | "Deny">("Allow", "Allow", "Allow", "Allow", "Deny"),
      action: fc.constantFrom("s3:GetObject", "s3:*", "s3:*", "s3:Get*", "*", "*", "s3:PutObject"),
      not: fc.constantFrom(...Array.from({ length: 9 }, () => ""), "Action"),
      resource: fc.oneof(fc.constant(["*"]), fc.array(resourcePattern, { minLength: 1, maxLength: 3 })),
      notResource: fc.constantFrom(...Array.from({ length: 5 }, () => false), true),
      without: fc.constantFrom(...Array.from({ length: 9 }, () => false), required),
      whom,
      conditions: fc.oneof(fc.constant([]), fc.array(condition, { maxLength: 2 })),
    })
    .map(({ effect, action, not, resource, notResource, without, whom: Principal, conditions }) => ({
      Effect: effect,
      ...(principal ? { Principal } : {}),
      [not === "Action" ? "NotAction" : "Action"]: action,
      ...(without ? {} : { [notResource ? "NotResource" : "Resource"]: resource }),
      ...(conditions.length > 0
        ? { Condition: Object.assign({}, ...conditions) as NonNullable<Statement["Condition"]> }
        : {}),
    }));
const document = (principal: boolean, required: boolean) =>
  fc
    .record({
      Version: fc.constantFrom("2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17"),
      Statement: fc.array(statement(principal, required), { minLength: 1, maxLength: 3 }),
    })
    .map((made) => [{ name: "a policy", document: made }]);

const policies = fc.boolean().chain((required) =>
  fc
    .record({
      identity: document(false, required),
      resource: fc.option(document(true, required), { nil: undefined }),
      boundary: fc.option(document(false, required), { nil: undefined, freq: 2 }),
      session: fc.option(document(false, required), { nil: undefined, freq: 1 }),
      scp: fc.option(document(false, required), { nil: undefined, freq: 1 }),
    })
    .map(({ identity, resource, boundary, session, scp }) => ({
      mode: required ? ("required" as const) : ("optional" as const),
      policies: {
        identity,
        ...(resource && { resource }),
        ...(boundary?.[0] && { boundary: boundary[0] }),
        ...(session && { session }),
        ...(scp && { scp }),
      },
    })),
);

const texts = fc.constantFrom("", "acme", "acme/x", "acme-2/y", "globex", "x/y", "ACME", "*");
export const anyWorld: fc.Arbitrary<World> = fc
  .record({
    set: policies,
    action: fc.constantFrom("s3:GetObject", "s3:PutObject", "s3:ListBucket"),
    resource: fc.constantFrom<Text>(
      ["arn:aws:s3:::kb-", ID_R, "/", ID_R, "/", { name: "key", kind: "text" }],
      ["arn:aws:s3:::kb-", ID_R, "/", { name: "key", kind: "text" }],
      ["arn:aws:s3:::kb-", ID_R],
      ["arn:aws:s3:::", { name: "key", kind: "text" }],
    ),
    roleArn: fc.constantFrom<Text>(
      [`arn:aws:iam::${ACCOUNT}:role/data.`, ID_P],
      [`arn:aws:iam::${ACCOUNT}:role/data.`, ID_R],
      [`arn:aws:iam::${ACCOUNT}:role/platform`],
    ),
    account: fc.constantFrom(ACCOUNT, ACCOUNT, ACCOUNT, OTHER),
    kind: fc.constantFrom<World["kind"]>(
      "role-session",
      "role-session",
      "role-session",
      "role-session",
      "service",
      "anonymous",
    ),
    values: fc.record({
      p: ids,
      r: ids,
      key: texts,
      prefix: texts,
      hasPrefix: fc.boolean(),
      tag: ids,
      hasTag: fc.boolean(),
      team: texts,
      hasTeam: fc.boolean(),
      requested: ids,
      hasRequested: fc.boolean(),
      secure: fc.constantFrom("true", "true", "false", "perhaps"),
      hasSecure: fc.boolean(),
      key1: fc.constantFrom("tenant_id", "x", ""),
      hasKey1: fc.boolean(),
      key2: fc.constantFrom("tenant_id", "team"),
      hasKey2: fc.boolean(),
    }),
  })
  .map(({ set, ...rest }) => ({ ...rest, ...set }));

const optional = (present: string, name: string, kind: Variable["kind"] = "text"): Optional => ({
  present,
  value: [{ name, kind }],
});

/** The request with its variables. */
export function symbolic({ kind, roleArn, account, action, resource }: World): SymbolicRequest {
  const context = new Map<string, SymbolicValue>([
    ["s3:prefix", optional("hasPrefix", "prefix")],
    ["aws:requesttag/tenant_id", optional("hasRequested", "requested", "id")],
    ["aws:securetransport", optional("hasSecure", "secure")],
    ["aws:tagkeys", [optional("hasKey1", "key1"), optional("hasKey2", "key2")]],
  ]);
  const tags = new Map([
    ["tenant_id", optional("hasTag", "tag", "id")],
    ["team", optional("hasTeam", "team")],
  ]);
  const principal: SymbolicRequest["principal"] =
    kind === "role-session"
      ? {
          kind,
          account,
          roleArn,
          sessionArn: [`arn:aws:sts::${ACCOUNT}:assumed-role/`, "data.", ID_P, "/s"],
          tags,
        }
      : kind === "service"
        ? { kind, service: "bedrock.amazonaws.com" }
        : { kind };
  return { principal, action, resource, resourceAccount: ACCOUNT, context };
}

/** The same request with values in place of variables; what documents hold for stand-ins is replaced too. */
export function concrete(world: World): { readonly request: AccessRequest; readonly policies: PolicySet } {
  const { values, kind, account, action } = world;
  const textOf = (text: Text): string =>
    text.map((piece) => (typeof piece === "string" ? piece : String(values[piece.name]))).join("");
  const given = (present: string, name: string): string[] =>
    values[present] === true ? [String(values[name])] : [];
  const one = (key: string, present: string, name: string): Record<string, string> =>
    Object.fromEntries(given(present, name).map((text) => [key, text]));
  const asked = symbolic(world);
  const request: AccessRequest = {
    principal:
      asked.principal.kind === "role-session"
        ? {
            kind: "role-session",
            account,
            roleArn: textOf(asked.principal.roleArn),
            sessionArn: textOf(asked.principal.sessionArn),
            tags: { ...one("tenant_id", "hasTag", "tag"), ...one("Team", "hasTeam", "team") },
          }
        : kind === "service"
          ? { kind, service: "bedrock.amazonaws.com" }
          : { kind: "anonymous" },
    action,
    resource: textOf(world.resource),
    resourceAccount: ACCOUNT,
    context: {
      ...one("s3:prefix", "hasPrefix", "prefix"),
      ...one("aws:RequestTag/tenant_id", "hasRequested", "requested"),
      ...one("aws:SecureTransport", "hasSecure", "secure"),
      "aws:TagKeys": [...given("hasKey1", "key1"), ...given("hasKey2", "key2")],
    },
  };
  const text = JSON.stringify(world.policies)
    .replaceAll(P, String(values["p"]))
    .replaceAll(R, String(values["r"]));
  return { request, policies: JSON.parse(text) as PolicySet };
}

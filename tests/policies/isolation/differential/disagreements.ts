/**
 * Where our evaluator and `@cloud-copilot/iam-simulate` differ, and why.
 *
 * A class is recognised by a counterfactual, not by its looks: `without` says the same in other words, such that the
 * peculiarity is gone. It explains a disagreement only if our verdict stays what it was and theirs becomes ours.
 */
import type { PrincipalElement, Statement } from "../../../../policies/isolation/types.ts";
import type { Case } from "./cases.ts";
import { onConditions, onStatements, onTexts, valueOf } from "./rewrite.ts";
import { AWAY, HOME, PRINCIPALS } from "./world.ts";

export interface Disagreement {
  readonly id: string;
  /** Who decides as AWS documents it. */
  readonly right: "ours" | "theirs";
  readonly why: string;
  /** Page and section of AWS's documentation. */
  readonly source: string;
  readonly without: (test: Case) => Case;
}

/** A condition key that no request of the grammar carries, and which both know. */
const ABSENT = "aws:Referer";
/** Text that no value of the grammar is. */
const NOTHING = "no-such-value";

const isSet = (operator: string): boolean => /^For(?:All|Any)Values?:/.test(operator);

export const DISAGREEMENTS: readonly Disagreement[] = [
  {
    id: "newline",
    right: "ours",
    why: "`*` and `?` stand for any character; theirs are a regular expression's `.`, which stops at a newline",
    source: "IAM User Guide, IAM JSON policy elements: Resource, Using wildcards in resource ARNs",
    without: (test) => ({
      ...test,
      request: { ...test.request, resource: test.request.resource.replace("\n", "n") },
    }),
  },
  {
    id: "negated-without-value",
    right: "ours",
    why: "a variable without a value matches nothing, so an operator that asks for no match holds; theirs does not",
    source: "IAM User Guide, IAM policy elements: Variables and tags, Policy variables with no value",
    without: (test) =>
      onConditions(test, (asked) => ({ ...asked, values: asked.values.map((v) => unresolved(test, v)) })),
  },
  {
    id: "epoch-date",
    right: "ours",
    why: "a date may be seconds since 1970; theirs compares them with milliseconds",
    source: "IAM User Guide, IAM JSON policy elements: Condition operators, Date condition operators",
    without: (test) =>
      onConditions(test, (asked) => ({
        ...asked,
        values: asked.operator.includes("Date")
          ? asked.values.map((v) => (/^\d+$/.test(v) ? new Date(Number(v) * 1000).toISOString() : v))
          : asked.values,
      })),
  },
  {
    id: "range-of-all-addresses",
    right: "ours",
    why: "0.0.0.0/0 holds every IPv4 address; theirs matches none by it",
    source: "IAM User Guide, IAM JSON policy elements: Condition operators, IP address condition operators",
    without: (test) =>
      onConditions(test, (asked) => ({
        ...asked,
        values: asked.values.flatMap((v) => (v === "0.0.0.0/0" ? ["0.0.0.0/1", "128.0.0.0/1"] : [v])),
      })),
  },
  {
    id: "address-of-other-family",
    right: "ours",
    why: "an IPv6 address is none of the IPv4 addresses listed, so NotIpAddress holds, and the other way round; theirs says so of ranges but not of single addresses",
    source: "IAM User Guide, IAM JSON policy elements: Condition operators, IP address condition operators",
    without: (test) =>
      onConditions(test, (asked) => ({
        ...asked,
        values: asked.operator.includes("IpAddress")
          ? asked.values.map((v) => (v.includes("/") ? v : `${v}/${v.includes(":") ? 128 : 32}`))
          : asked.values,
      })),
  },
  {
    id: "any-value-if-exists",
    right: "ours",
    why: "IfExists holds when the key is absent, with ForAnyValue too; theirs says no",
    source: "IAM User Guide, IAM JSON policy elements: Condition operators, ...IfExists condition operators",
    without: (test) =>
      onConditions(test, (asked) =>
        asked.operator.startsWith("ForAnyValue:") &&
        asked.operator.endsWith("IfExists") &&
        isAbsent(test, asked.key)
          ? { operator: "StringEqualsIfExists", key: ABSENT, values: [NOTHING] }
          : asked,
      ),
  },
  {
    id: "empty-set",
    right: "ours",
    why: "to a set operator, a key whose value is an empty string is an absent one",
    source:
      "IAM User Guide, Set operators for multivalued context keys: a null data set, such as an empty string",
    without: (test) =>
      onConditions(test, (asked) =>
        isSet(asked.operator) && isEmpty(valueOf(test.request.context, asked.key))
          ? { ...asked, key: ABSENT }
          : asked,
      ),
  },
  {
    id: "old-version",
    right: "ours",
    why: "in version 2008-10-17 `${…}` is no variable but these very characters",
    source: "IAM User Guide, IAM JSON policy elements: Version",
    without: (test) =>
      onTexts(test, (text, version) => (version === "2008-10-17" ? text.replaceAll("${", "$(") : text)),
  },
  {
    id: "encryption-context",
    right: "ours",
    why: "theirs drops kms:EncryptionContext:… keys from the request, because the key's name holds a variable part",
    source: "AWS KMS Developer Guide, Condition keys for AWS KMS, kms:EncryptionContext:context-key",
    without: (test) => renameKey(test, "kms:EncryptionContext:aws:s3:arn", ABSENT),
  },
  {
    id: "root-user",
    right: "ours",
    why: "the root user of an account has every permission on its side; theirs asks for an identity policy",
    source: "IAM User Guide, Policy evaluation logic, and AWS account root user",
    without: (test) => (test.request.principal.kind === "root" ? withAdministrator(test) : test),
  },
  {
    id: "variable-in-name",
    right: "ours",
    why: "a variable may stand anywhere after the fifth colon; theirs takes a name without `/` for a fixed type",
    source:
      "IAM User Guide, IAM policy elements: Variables and tags, Where you can use policy variables, Resource element",
    without: (test) =>
      onStatements(test, (statement) => ({
        ...statement,
        ...(statement.Resource !== undefined && { Resource: filled(test, statement.Resource) }),
        ...(statement.NotResource !== undefined && { NotResource: filled(test, statement.NotResource) }),
      })),
  },
  {
    id: "escape-without-wildcards",
    right: "ours",
    why: "`${*}` is a star in every string operator; in those without wildcards theirs leaves the braces in",
    source: "IAM User Guide, IAM policy elements: Variables and tags, Special characters",
    without: (test) =>
      onConditions(test, (asked, version) => ({
        ...asked,
        values:
          /String(?:Not)?Equals/.test(asked.operator) && version === "2012-10-17"
            ? asked.values.map((v) => v.replaceAll("${*}", "*"))
            : asked.values,
      })),
  },
  {
    id: "account-of-federated",
    right: "ours",
    why: "an account as principal stands for its users, roles and root user, not for callers of its identity provider",
    source:
      "IAM User Guide, AWS JSON policy elements: Principal, AWS account principals and OIDC federated principals",
    without: (test) =>
      test.request.principal.kind === "federated"
        ? onStatements(test, (each) => withPrincipals(each, otherAccount))
        : test,
  },
  {
    id: "session-named",
    right: "ours",
    why: "what a resource's policy allows a session by its ARN is not limited by the session policy",
    source: "IAM User Guide, Policies and permissions in IAM, Session policies",
    without: ({ policies: { session: _, ...policies }, ...test }) => ({ ...test, policies }),
  },
  {
    id: "role-path",
    right: "ours",
    why: "a role's ARN holds its path: role/data.acme is not role/team/data.acme; theirs compares the last part",
    source: "IAM User Guide, IAM identifiers, IAM ARNs",
    without: (test) => onStatements(test, (statement) => otherRoles(statement, test)),
  },
  {
    id: "service-control-of-services",
    right: "ours",
    why: "SCPs limit users and roles of the organization's accounts, not AWS services or federated callers",
    source: "AWS Organizations User Guide, Service control policies (SCPs), SCP effects on permissions",
    without: ({ policies: { scp, ...policies }, ...test }) => ({
      ...test,
      policies: { ...policies, ...(scp && isOfAccount(test.request.principal) && { scp }) },
    }),
  },
];

/** Refusals by name: AWS does not document the outcome, so ours refuses, whatever theirs says. */
export interface Refusal {
  readonly id: string;
  readonly detail: RegExp;
  readonly why: string;
  readonly source: string;
}

export const REFUSALS: readonly Refusal[] = [
  {
    id: "list-without-set-operator",
    detail: /has a list of values: its operator needs ForAllValues or ForAnyValue/,
    why: "a multivalued key needs a set operator; what happens without one is not said",
    source: "IAM User Guide, Single-valued vs. multivalued context keys",
  },
  {
    id: "empty-any-value-if-exists",
    detail: /is present but empty: ForAnyValue with IfExists/,
    why: "of an empty set ForAnyValue is false, and a key that does not exist passes IfExists; which of them holds for an empty key is not said",
    source: "IAM User Guide, Set operators for multivalued context keys, and ...IfExists condition operators",
  },
  {
    id: "half-listed-not-principal",
    detail: /NotPrincipal lists a part of session, role and account of the caller, not all/,
    why: "the account has to be listed beside the role or user; a shorter list might deny",
    source: "IAM User Guide, AWS JSON policy elements: NotPrincipal",
  },
  {
    id: "not-resource-without-value",
    detail: /NotResource holds a policy variable without a value/,
    why: "a variable without a value matches no Resource; of NotResource nothing is said",
    source: "IAM User Guide, IAM policy elements: Variables and tags, Policy variables with no value",
  },
];

function isAbsent({ request: { context, principal } }: Case, key: string): boolean {
  const lower = key.toLowerCase();
  if (lower === "aws:principaltag/tenant_id" || lower === "aws:principaltag/team") {
    const tags = "tags" in principal ? principal.tags : {};
    return !Object.keys(tags).some((tag) => `aws:principaltag/${tag.toLowerCase()}` === lower);
  }
  if (lower === "aws:username") return principal.kind !== "user";
  if (lower === "aws:principalarn" || lower === "aws:principalaccount") return !isOfAccount(principal);
  if (lower === "aws:principaltype") return principal.kind === "service" || principal.kind === "federated";
  if (lower === "aws:principalisawsservice")
    return principal.kind === "anonymous" || principal.kind === "federated";
  return valueOf(context, key) === undefined;
}

const isEmpty = (value: string | readonly string[] | undefined): boolean =>
  value !== undefined && ([] as string[]).concat(value).every((each) => each === "");

const isOfAccount = ({ kind }: Case["request"]["principal"]): boolean =>
  kind === "role-session" || kind === "user" || kind === "root";

/** Variables of the grammar that may have no value; a default is a value. */
function unresolved(test: Case, text: string): string {
  const missing = ["${aws:PrincipalTag/none}", "${aws:CalledVia}"];
  if (isAbsent(test, "aws:PrincipalTag/tenant_id")) missing.push("${aws:PrincipalTag/tenant_id}");
  if (isAbsent(test, "aws:username")) missing.push("${AWS:username}");
  if (!missing.some((variable) => text.includes(variable))) return text;
  return text.startsWith("arn:") ? `arn:aws:s3:::${NOTHING}` : NOTHING;
}

/** Names of resources with their variables replaced; a wildcard that is escaped is in no resource of the grammar. */
function filled(test: Case, listed: string | readonly string[]): string[] {
  const { principal } = test.request;
  const tags = "tags" in principal ? Object.entries(principal.tags) : [];
  const tenant = tags.find(([tag]) => tag.toLowerCase() === "tenant_id")?.[1] ?? NOTHING;
  return ([] as string[])
    .concat(listed)
    .map((text) =>
      /:[^:]*\/[^:]*$/.test(text.replace(/\$\{[^}]*\}/g, ""))
        ? text
        : text
            .replace("${aws:PrincipalTag/none, 'acme'}", "acme")
            .replace("${aws:PrincipalTag/none}", NOTHING)
            .replace("${aws:PrincipalTag/tenant_id}", tenant)
            .replace("${*}", NOTHING),
    );
}

function renameKey(test: Case, from: string, to: string): Case {
  const name = (key: string) => (key.toLowerCase() === from.toLowerCase() ? to : key);
  const context = Object.fromEntries(
    Object.entries(test.request.context).map(([key, value]) => [name(key), value]),
  );
  const renamed = onConditions(test, (asked) => ({ ...asked, key: name(asked.key) }));
  return { ...renamed, request: { ...test.request, context } };
}

function withAdministrator(test: Case): Case {
  const document = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow" as const, Action: "*", Resource: "*" }],
  };
  return { ...test, policies: { ...test.policies, identity: [{ name: "root user", document }] } };
}

/** Roles of the caller's role's name, which are others, become roles of another name. */
function otherRoles(statement: Statement, { request: { principal: caller } }: Case): Statement {
  if (caller.kind !== "role-session") return statement;
  const others = PRINCIPALS.map(([, value]) => value).filter(
    (value) => value !== caller.roleArn && value.includes(":role/") && value.endsWith("/data.acme"),
  );
  return withPrincipals(statement, (value) => (others.includes(value) ? `${value}-2` : value));
}

const otherAccount = (value: string): string =>
  value === HOME || value === `arn:aws:iam::${HOME}:root` ? `arn:aws:iam::${AWAY}:root` : value;

function withPrincipals(statement: Statement, rewrite: (value: string) => string): Statement {
  const within = (element: PrincipalElement): PrincipalElement =>
    element === "*"
      ? element
      : Object.fromEntries(
          Object.entries(element).map(([type, listed]) => [
            type,
            ([] as string[]).concat(listed).map(rewrite),
          ]),
        );
  const { Principal, NotPrincipal } = statement;
  return {
    ...statement,
    ...(Principal !== undefined && { Principal: within(Principal) }),
    ...(NotPrincipal !== undefined && { NotPrincipal: within(NotPrincipal) }),
  };
}

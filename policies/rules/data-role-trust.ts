import type { PolicyResource } from "@pulumi/policy";
import { decide, type Context, type PolicyDocument, type Principal } from "../isolation/index.ts";
import { oncePerClass } from "../support/classes.ts";
import { readPolicy } from "../support/documents.ts";
import { namedFor, ownerOf } from "../support/owner.ts";
import { whereOf } from "../support/place.ts";
import { identities, mentionedAccounts } from "../support/probe/callers.ts";
import { literalsOf } from "../support/probe/literals.ts";
import { ROLE, roleName } from "../support/roles.ts";
import { rule } from "../support/rule.ts";
import { neighbours } from "../support/tenant-data.ts";

const NAME = "data-role-trust";

/** Who may become a tenant, and as whom. */
export const dataRoleTrust = rule({
  name: NAME,
  description:
    "A tenant's role is for one role of the platform to assume, with this tenant's session tag and no other, not transitive, and not from a session that is a tenant's already.",
  severity: "critical",
  remediation:
    "Trust one role by its ARN. For sts:AssumeRole and for sts:TagSession ask StringEquals `aws:RequestTag/tenant_id`, ForAllValues:StringEquals `aws:TagKeys` [tenant_id] with Null false, and Null true for `aws:PrincipalTag/tenant_id` (and for `sts:TransitiveTagKeys` with sts:TagSession).",
  validate: ({ stack }, report) => {
    const { account } = whereOf(stack);
    const roles = stack.of(ROLE);
    const platforms = new Set(roles.filter((role) => ownerOf(role) === undefined).map(roleName));
    for (const role of roles) {
      const tenant = ownerOf(role);
      if (tenant === undefined) continue;
      const trust = readPolicy(role, "assumeRolePolicy");
      if (trust.kind !== "document") {
        report(`not proven: its trust policy ${trust.kind === "none" ? "is missing" : trust.why}`, role.urn);
        continue;
      }
      if (isForService(role, trust.document)) continue;
      const faults = oncePerClass(NAME, tenant, [account, trust.text, [...platforms].join()], () =>
        judge(trust.document, tenant, account, platforms),
      );
      for (const fault of faults) report(fault, role.urn);
    }
  },
});

/** A role that a service takes: for `service-source-bound` and `tenant-role-tags`; one that a person of the platform's takes is none. */
const isForService = (role: PolicyResource, trust: PolicyDocument): boolean => {
  const { principals } = literalsOf(trust);
  const services = [...principals].filter((name) => /\.amazonaws\.com(\.cn)?$/.test(name));
  return services.length > 0 && services.length === principals.size && namedFor(role) !== undefined;
};

function judge(
  document: PolicyDocument,
  tenant: string,
  account: string,
  platforms: ReadonlySet<string | undefined>,
): readonly string[] {
  const literals = literalsOf(document);
  const faults = new Set<string>();
  const trusted = new Set<string>();
  const callers = identities(literals, mentionedAccounts(literals).add(account));
  for (const { principal, label } of callers) {
    const who = label(`account ${account}`);
    for (const { context, fault, tags, actions } of attempts(tenant))
      for (const action of actions)
        if (allows(document, { ...principal, tags }, action, context, account)) {
          if (fault === undefined) trusted.add(principal.kind === "role-session" ? principal.roleArn : who);
          else faults.add(`${action} ${fault} is allowed to ${who}`);
        }
  }
  for (const arn of trusted) {
    const { of, name } = ROLE_ARN.exec(arn)?.groups ?? {};
    if (of !== account || !platforms.has(name))
      faults.add(`is for ${arn} to assume, which is no role of the platform's`);
  }
  if (trusted.size === 0) faults.add(`nobody may assume it for tenant ${tenant}`);
  if (trusted.size > 1) faults.add(`is for ${trusted.size} principals to assume: ${[...trusted].join(", ")}`);
  return [...faults];
}

/** Names of roles are an account's, whatever their path. */
const ROLE_ARN = /^arn:[a-z-]+:iam::(?<of>\d{12}):role\/(?:[\w+=,.@-]+\/)*(?<name>[\w+=,.@-]+)$/;

interface Attempt {
  readonly context: Context;
  /** The caller's own. */
  readonly tags: Readonly<Record<string, string>>;
  readonly actions: readonly string[];
  /** What is wrong if it is allowed; absent for what should be. */
  readonly fault?: string;
}

const BOTH = ["sts:AssumeRole", "sts:TagSession"];

function attempts(tenant: string): Attempt[] {
  const tagged = (id: string): Context => ({ "aws:RequestTag/tenant_id": id, "aws:TagKeys": ["tenant_id"] });
  const right = { "sts:SourceIdentity": "someone" };
  const attempt = (context: Context, fault?: string, tags = {}, actions = BOTH): Attempt[] =>
    // Some policies ask for a source identity, others don't.
    [context, { ...context, ...right }].map((each) => ({
      context: each,
      tags,
      actions,
      ...(fault === undefined ? {} : { fault }),
    }));
  return [
    ...attempt(tagged(tenant), undefined, {}, ["sts:AssumeRole"]),
    ...[...neighbours(tenant), tenant.toUpperCase(), "*", ""].flatMap((id) =>
      attempt(tagged(id), `with the tag tenant_id=${id}`),
    ),
    ...attempt({}, "without a tag"),
    ...attempt(
      { ...tagged(tenant), "aws:RequestTag/other": "x", "aws:TagKeys": ["tenant_id", "other"] },
      "with another tag besides",
    ),
    ...attempt({ ...tagged(tenant), "sts:TransitiveTagKeys": ["tenant_id"] }, "with a transitive tag", {}, [
      "sts:TagSession",
    ]),
    ...attempt(tagged(tenant), "from a session of a tenant's", { tenant_id: tenant }),
    ...attempt(tagged(tenant), "from a session of another tenant's", { tenant_id: `${tenant}-2` }),
  ];
}

const EVERYTHING: PolicyDocument = {
  Version: "2012-10-17",
  Statement: { Sid: "Everything", Effect: "Allow", Action: "*", Resource: "*" },
};

function allows(
  document: PolicyDocument,
  principal: Principal,
  action: string,
  context: Context,
  account: string,
): boolean {
  const decision = decide(
    { principal, action, resource: `arn:aws:iam::${account}:role/probe`, resourceAccount: account, context },
    {
      identity: [{ name: "everything", document: EVERYTHING }],
      resource: [{ name: "its trust policy", document }],
    },
    { resourcePolicyMode: "required" },
  );
  return decision.allowed || decision.reason === "unsupported";
}

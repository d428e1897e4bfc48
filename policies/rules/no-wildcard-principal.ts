import { type Principal } from "../isolation/index.ts";
import { identities, mentionedAccounts } from "../support/probe/callers.ts";
import { FRESH } from "../support/probe/values.ts";
import { admitted, type Besides, eachGuarded, type Guarded, told } from "../support/resource-policy.ts";
import { rule } from "../support/rule.ts";

const NAME = "no-wildcard-principal";

/** An Allow for everybody, or for a session by its ARN, passes by every permissions boundary: nothing else would refuse. */
export const noWildcardPrincipal = rule({
  name: NAME,
  description:
    "No policy of a resource lets everybody in, or someone past their permissions boundary: each names the roles, accounts and services that it is for.",
  severity: "critical",
  remediation:
    "Name roles (not their sessions), accounts or services in Principal, in place of `*`; or make the statement a Deny of everybody else.",
  controls: ["S3.2", "S3.3", "KMS.5", "Lambda.1"],
  validate: (input, report) => {
    eachGuarded(NAME, input, report, (guarded) => {
      for (const [who, principal, besides] of strangers(guarded)) {
        const breach = admitted(guarded, principal, besides);
        if (breach) return [told(who, breach)];
      }
      return [];
    });
  },
});

/** Whom no policy names, and whom one names, within a boundary that allows nothing. */
function strangers({ account, literals }: Guarded): (readonly [string, Principal, Besides])[] {
  const role = (of: string): Principal => ({
    kind: "role-session",
    account: of,
    roleArn: `arn:aws:iam::${of}:role/${FRESH}`,
    sessionArn: `arn:aws:sts::${of}:assumed-role/${FRESH}/${FRESH}`,
    tags: {},
  });
  const named = identities(literals, mentionedAccounts(literals).add(account))
    .filter(({ principal, account: of }) => of === account && principal.kind === "role-session")
    .map(
      ({ principal, label }) =>
        [`${label("the account")}, within a boundary that allows nothing,`, principal, "nothing"] as const,
    );
  return [
    ["an anonymous caller", { kind: "anonymous" }, "nothing"],
    ["any service of AWS", { kind: "service", service: `${FRESH}.amazonaws.com` }, "nothing"],
    ["any role of any account", role("999999999999"), "everything"],
    ["any role of the account, without a policy of its own,", role(account), "nothing"],
    ...named,
  ];
}

/** What a policy of a role, user or group allows, whoever has it: asked of the evaluator for requests that no policy should know of. */
import { decide, type Context, type PolicyDocument, statementsOn } from "../isolation/index.ts";
import { oncePerClass } from "./classes.ts";
import { bare, readPolicy, statementsOf } from "./documents.ts";
import { componentOf } from "./owner.ts";
import { whereOf } from "./place.ts";
import { contexts } from "./probe/contexts.ts";
import { literalsOf } from "./probe/literals.ts";
import { FRESH } from "./probe/values.ts";
import type { RuleInput } from "./rule.ts";

const IDENTITY_POLICIES = [
  "aws:iam/groupPolicy:GroupPolicy",
  "aws:iam/policy:Policy",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/userPolicy:UserPolicy",
];

/** Asks a policy for one request. Conditions are tried on both sides, but for keys in `fixed`. */
export type Ask = (action: string, resource: string, fixed?: Context) => string | undefined;

/**
 * Calls `judge` for every policy of roles, users and groups, and for managed ones, which may be boundaries.
 * @param judge tells faults, by asking: the answer is the statement that allows, in words
 */
export function eachIdentityPolicy(
  rule: string,
  { stack }: RuleInput,
  report: (message: string, urn: string) => void,
  judge: (ask: Ask, document: PolicyDocument, account: string, region: string) => readonly string[],
): void {
  const { account, region } = whereOf(stack);
  for (const resource of stack.of(IDENTITY_POLICIES)) {
    const policy = readPolicy(resource, "policy");
    if (policy.kind === "none") continue;
    const tenant = componentOf(resource);
    if (policy.kind === "unproven") {
      // The platform's own may name what its first deployment makes: they are judged at the end of that.
      if (!policy.pending || tenant !== undefined) report(`not proven: policy ${policy.why}`, resource.urn);
      continue;
    }
    const { document, text } = policy;
    const faults = oncePerClass(rule, tenant, [text, account, region], () =>
      judge(asker(document, account), document, account, region),
    );
    for (const fault of faults) report(fault, resource.urn);
  }
}

/** Keys whose values say which resource it is: a request for a fresh one has fresh values. */
const OF_RESOURCE = /^(aws:resourcetag\/.*|kms:resourcealiases|kms:encryptioncontext:.*|aoss:collection)$/;

function asker(document: PolicyDocument, account: string): Ask {
  const denies = statementsOf(document).filter(({ Effect }) => Effect === "Deny");
  const parts = statementsOf(document)
    .filter(({ Effect }) => Effect === "Allow")
    .map((statement): { readonly part: PolicyDocument; readonly all: readonly Context[] } => {
      const part: PolicyDocument = { ...document, Statement: [statement, ...denies] };
      const literals = literalsOf(part);
      const asked = new Map([...literals.asked].filter(([key]) => !OF_RESOURCE.test(key)));
      return { part, all: contexts({ ...literals, asked }) ?? [{}] };
    });
  const principals = [{}, { tenant_id: FRESH }].map((tags) => ({
    kind: "role-session" as const,
    account,
    roleArn: `arn:aws:iam::${account}:role/${FRESH}`,
    sessionArn: `arn:aws:sts::${account}:assumed-role/${FRESH}/${FRESH}`,
    tags,
  }));
  const mayAllow = (part: PolicyDocument, action: string, resource: string): boolean =>
    principals.some((principal) => {
      const request = { principal, action, resource, resourceAccount: account, context: {} };
      const { allowed, reason } = decide(request, { identity: [{ name: "it", document: bare(part) }] });
      return allowed || reason === "unsupported";
    });
  return (action, resource, fixed = {}) => {
    for (const { part, all } of parts) {
      // The first statement is the one that allows; Denies follow.
      if (!statementsOn(part, action).includes(0) || !mayAllow(part, action, resource)) continue;
      for (const context of all)
        for (const principal of principals) {
          const request = {
            principal,
            action,
            resource,
            resourceAccount: account,
            context: { ...context, ...fixed },
          };
          const decision = decide(request, { identity: [{ name: "it", document: part }] });
          if (decision.allowed) return `by statement ${decision.by?.statement ?? ""}`;
          if (decision.reason === "unsupported") return `perhaps: ${decision.detail}`;
        }
    }
    return undefined;
  };
}

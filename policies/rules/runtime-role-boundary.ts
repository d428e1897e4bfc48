import type { PolicyResource } from "@pulumi/policy";
import { decide, type PolicyDocument, type Principal } from "../isolation/index.ts";
import { oncePerClass } from "../support/classes.ts";
import { readPolicy } from "../support/documents.ts";
import { ownerOf } from "../support/owner.ts";
import { POLICY_CHANGES } from "../support/policy-changes.ts";
import { literalsOf } from "../support/probe/literals.ts";
import { managedPolicy, ROLE } from "../support/roles.ts";
import { read } from "../support/read.ts";
import { rule } from "../support/rule.ts";
import {
  dataRequests,
  namesByTenant,
  type DataNames,
  type SharedNames,
  sharedNames,
} from "../support/tenant-data.ts";

const NAME = "runtime-role-boundary";
/** Services that run this project's code, or act on its tenants' data, as a role. */
const RUN = [
  "bedrock.amazonaws.com",
  "bedrock-agentcore.amazonaws.com",
  "codebuild.amazonaws.com",
  "ecs-tasks.amazonaws.com",
  "lambda.amazonaws.com",
  "scheduler.amazonaws.com",
];
const EVERYTHING: PolicyDocument = {
  Version: "2012-10-17",
  Statement: { Sid: "Everything", Effect: "Allow", Action: "*", Resource: "*" },
};

/** What the role's own policies say is then no matter: the boundary holds when they are wrong. */
export const runtimeRoleBoundary = rule({
  name: NAME,
  description:
    "Every role that code or a service takes at run time has a permissions boundary, which lets nobody change a policy, and nobody without a tenant's tag reach tenants' data.",
  severity: "critical",
  remediation:
    "Set permissionsBoundary to the platform's or the tenants' boundary (an aws.iam.Policy of this stack), and let that deny what changes policies.",
  validate: ({ stack }, report) => {
    const shared = sharedNames(stack);
    const [names] = namesByTenant(stack).values();
    for (const role of stack.of(ROLE)) {
      if (!isRuntime(role)) continue;
      const boundary = managedPolicy(stack, role, "permissionsBoundary");
      if (boundary === undefined) {
        const set = read(role, "permissionsBoundary");
        report(
          set.known && (set.value === undefined || set.value === "")
            ? "has no permissions boundary"
            : "not proven: its permissions boundary is not of this stack",
          role.urn,
        );
        continue;
      }
      const policy = readPolicy(boundary, "policy");
      if (policy.kind !== "document") {
        report(
          `not proven: its permissions boundary ${boundary.name} ${policy.kind === "none" ? "is empty" : policy.why}`,
          role.urn,
        );
        continue;
      }
      const faults = oncePerClass(NAME, undefined, [policy.text, JSON.stringify([shared, names])], () =>
        judge(policy.document, names, shared),
      );
      for (const fault of faults) report(`its permissions boundary ${boundary.name} ${fault}`, role.urn);
    }
  },
});

/** A role of a tenant's, or one that a service takes which runs code; who may take it is asked, since a name says nothing. */
function isRuntime(role: PolicyResource): boolean {
  if (ownerOf(role) !== undefined) return true;
  const trust = readPolicy(role, "assumeRolePolicy");
  if (trust.kind !== "document") return true;
  const { principals, asked } = literalsOf(trust.document);
  return (
    [...principals].some((name) => RUN.includes(name)) ||
    [...asked.keys()].some((key) => key.startsWith("aws:requesttag/") || key === "aws:tagkeys")
  );
}

function judge(
  document: PolicyDocument,
  names: DataNames | undefined,
  shared: SharedNames,
): readonly string[] {
  const { account } = shared;
  const principal = (tags: Readonly<Record<string, string>>): Principal => ({
    kind: "role-session",
    account,
    roleArn: `arn:aws:iam::${account}:role/bulkhead-probe`,
    sessionArn: `arn:aws:sts::${account}:assumed-role/bulkhead-probe/probe`,
    tags,
  });
  const allows = (who: Principal, action: string, resource: string, context = {}): boolean => {
    const decision = decide(
      { principal: who, action, resource, resourceAccount: account, context },
      {
        identity: [{ name: "everything", document: EVERYTHING }],
        boundary: { name: "the boundary", document },
      },
    );
    return decision.allowed || decision.reason === "unsupported";
  };
  const id = names?.id ?? "bulkhead-probe";
  const faults: string[] = [];
  const changes = POLICY_CHANGES.filter((action) =>
    [{}, { tenant_id: id }].some((tags: Readonly<Record<string, string>>) =>
      [
        `arn:aws:iam::${account}:role/bulkhead-probe`,
        `arn:aws:s3:::${names?.buckets[0] ?? "bulkhead-probe"}`,
      ].some((resource) => allows(principal(tags), action, resource)),
    ),
  );
  if (changes.length > 0) faults.push(`lets it change who may do what: ${few(changes)}`);
  if (names !== undefined) {
    const read = dataRequests(names, shared).filter(
      ({ action, resource, context }) =>
        /^(s3|kms|secretsmanager):/.test(action) && allows(principal({}), action, resource, context),
    );
    const actions = [...new Set(read.map(({ action }) => action))];
    if (actions.length > 0)
      faults.push(`lets it reach tenants' data without a tenant's tag: ${few(actions)}`);
  }
  return faults;
}

function few(items: readonly string[]): string {
  return items.slice(0, 3).join(", ") + (items.length > 3 ? ` and ${items.length - 3} more` : "");
}

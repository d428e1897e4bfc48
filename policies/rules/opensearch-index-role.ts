import type { PolicyResource } from "@pulumi/policy";
import { componentOf, ownerOf, TENANT_ID } from "../support/owner.ts";
import { read } from "../support/read.ts";
import { ROLE, roleName } from "../support/roles.ts";
import { rule } from "../support/rule.ts";

/** What the admin function is asked to make: an OpenSearch role for an alias, and the IAM role that has it. */
interface Body {
  readonly tenant?: unknown;
  readonly alias?: unknown;
  readonly role?: unknown;
  readonly access?: unknown;
  readonly roleArn?: unknown;
}

/** OpenSearch's own roles decide on what a request's path does not show. */
export const opensearchIndexRole = rule({
  name: "opensearch-index-role",
  description:
    "An OpenSearch role is one tenant's: for the alias kb.<tenant>, mapped to one IAM role of that tenant, and named in plain letters, without attributes and wildcards.",
  severity: "critical",
  remediation:
    "Let the role's document name this tenant, the alias kb.<tenant>, a role tenant.<tenant>.<part>, and the ARN of a role of this tenant.",
  validate: ({ stack }, report) => {
    const roles = new Map(stack.of(ROLE).map((role) => [roleName(role), ownerOf(role)]));
    for (const invocation of stack.of(["aws:lambda/invocation:Invocation"])) {
      const input = read(invocation, "input");
      if (!input.known) {
        // What a tenant asks of an admin function is known; what the platform asks is none of a tenant's.
        if (componentOf(invocation) !== undefined)
          report("not proven: input is not known before deployment", invocation.urn);
        continue;
      }
      const document = parsed(input.value);
      if (document?.kind !== "pool-role") continue;
      for (const fault of judge(document.body ?? {}, invocation, roles)) report(fault, invocation.urn);
    }
  },
});

function parsed(value: unknown): { readonly kind?: unknown; readonly body?: Body } | undefined {
  try {
    const document: unknown = typeof value === "string" ? JSON.parse(value) : value;
    return typeof document === "object" && document !== null ? document : undefined;
  } catch {
    return undefined;
  }
}

function judge(
  { tenant, alias, role, roleArn, access }: Body,
  of: PolicyResource,
  roles: ReadonlyMap<string | undefined, string | undefined>,
): readonly string[] {
  if (typeof tenant !== "string" || !TENANT_ID.test(tenant))
    return [`is for ${JSON.stringify(tenant)}, which is no tenant's id`];
  const faults: string[] = [];
  const component = componentOf(of);
  if (component !== undefined && component !== tenant)
    faults.push(`is for tenant ${tenant} and stands among what tenant ${component} owns`);
  if (alias !== `kb.${tenant}`) faults.push(`opens ${JSON.stringify(alias)}, and not kb.${tenant}`);
  if (typeof role !== "string" || !role.startsWith(`tenant.${tenant}.`) || !/^[a-z0-9.-]+$/.test(role))
    faults.push(`is named ${JSON.stringify(role)}, and not tenant.${tenant}.<part>`);
  if (access !== "read" && access !== "write")
    faults.push(`gives ${JSON.stringify(access)}, which is neither read nor write`);
  const name =
    typeof roleArn === "string"
      ? /^arn:[a-z-]+:iam::\d{12}:role\/([\w+=,.@/-]+)$/.exec(roleArn)?.[1]
      : undefined;
  if (name === undefined) faults.push(`is mapped to ${JSON.stringify(roleArn)}, which is no role's ARN`);
  else if (roles.get(name) !== tenant)
    faults.push(`is mapped to ${name}, which is no role of tenant ${tenant}`);
  return faults;
}

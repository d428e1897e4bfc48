/** IAM roles with all that is attached to them. */
import type { PlacedPolicy, Role } from "../account.ts";
import type { ModelResource } from "../resource.ts";
import { placed, policyOf } from "./policies.ts";
import type { Stack } from "./stack.ts";

const ROLE = "aws:iam/role:Role";
const POLICY = "aws:iam/policy:Policy";
const INLINE = "aws:iam/rolePolicy:RolePolicy";
const ATTACHED = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";

export const ROLE_TYPES = [ROLE, POLICY, INLINE, ATTACHED];

export function readRoles(stack: Stack): readonly Role[] {
  const { account, partition } = stack.where;
  const arnOf = (kind: string, resource: ModelResource): string | undefined => {
    const name = stack.text(resource, "name");
    const path = stack.known(resource, "path") ?? "/";
    return name === undefined ? undefined : `arn:${partition}:iam::${account}:${kind}${path}${name}`;
  };
  const managed = new Map<string, ModelResource>();
  for (const policy of stack.of(POLICY)) {
    const arn = arnOf("policy", policy);
    if (arn !== undefined) managed.set(arn, policy);
  }
  const read = new Map<string, PlacedPolicy | undefined>();
  const managedPolicy = (policy: ModelResource): PlacedPolicy | undefined => {
    if (!read.has(policy.urn))
      read.set(policy.urn, policyOf(stack, policy, "policy", `managed policy ${policy.name}`));
    return read.get(policy.urn);
  };

  const byName = new Map(
    stack.of(ROLE).flatMap((role) => {
      const name = stack.known(role, "name");
      return name === undefined ? [] : [[name, role] as const];
    }),
  );
  const identity = new Map<string, PlacedPolicy[]>();
  const attach = (
    to: ModelResource | undefined,
    from: ModelResource,
    policy: PlacedPolicy | undefined,
  ): void => {
    if (to === undefined)
      stack.gap(from.urn, "belongs to a role that is not in this stack: what that may do is not known");
    else if (policy !== undefined) identity.set(to.urn, [...(identity.get(to.urn) ?? []), policy]);
  };
  for (const inline of stack.of(INLINE)) {
    const role = stack.target(inline, "role", byName, [ROLE]);
    const of = role?.props["name"];
    attach(
      role,
      inline,
      policyOf(
        stack,
        inline,
        "policy",
        `inline policy ${stack.known(inline, "name") ?? inline.name} of role ${typeof of === "string" ? of : inline.name}`,
      ),
    );
  }
  for (const attachment of stack.of(ATTACHED)) {
    const policy = stack.target(attachment, "policyArn", managed, [POLICY]);
    if (policy === undefined) {
      stack.gap(attachment.urn, "attaches a policy that is not in this stack: what it allows is not known");
      continue;
    }
    attach(stack.target(attachment, "role", byName, [ROLE]), attachment, managedPolicy(policy));
  }

  return stack.of(ROLE).flatMap((role): Role[] => {
    const name = stack.text(role, "name");
    const arn = arnOf("role", role);
    if (name === undefined || arn === undefined) return [];
    const said = stack.known(role, "arn");
    if (said !== undefined && said !== arn)
      stack.gap(role.urn, `its ARN is ${said}, and not the ${arn} that its name makes`);
    const trust = policyOf(stack, role, "assumeRolePolicy", `trust policy of role ${name}`);
    if (trust === undefined) {
      if (role.props["assumeRolePolicy"] === undefined) stack.gap(role.urn, "it has no trust policy");
      return [];
    }
    const own = identity.get(role.urn) ?? [];
    const listed = role.props["inlinePolicies"];
    // What the provider reads back is what RolePolicy resources have put.
    const inlined =
      own.length === 0 && Array.isArray(listed)
        ? (listed as readonly ModelResource["props"][]).flatMap((each, index) => {
            const policy = placed(stack, role, each["policy"], `inline policy #${index} of role ${name}`);
            return policy === undefined ? [] : [policy];
          })
        : [];
    const attached = role.props["managedPolicyArns"];
    if (Array.isArray(attached))
      for (const each of attached) {
        const policy = typeof each === "string" ? managed.get(each) : undefined;
        if (policy === undefined)
          stack.gap(role.urn, `has the managed policy ${String(each)}, which is not in this stack`);
        else {
          const document = managedPolicy(policy);
          if (document !== undefined && !own.includes(document)) inlined.push(document);
        }
      }
    return [
      {
        urn: role.urn,
        owner: stack.owner(role, name),
        name,
        arn,
        tags: stack.tags(role),
        trust,
        identity: [...own, ...inlined],
        boundary: boundaryOf(stack, role, managed, managedPolicy),
      },
    ];
  });
}

function boundaryOf(
  stack: Stack,
  role: ModelResource,
  managed: ReadonlyMap<string, ModelResource>,
  read: (policy: ModelResource) => PlacedPolicy | undefined,
): PlacedPolicy | undefined {
  const value = role.props["permissionsBoundary"];
  if (value === undefined || value === null || value === "") return undefined;
  const policy = stack.target(role, "permissionsBoundary", managed, [POLICY]);
  if (policy !== undefined) return read(policy);
  // Without one, a role is held by less: what is proven then holds with it too.
  return undefined;
}

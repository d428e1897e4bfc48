import type { PolicyResource } from "@pulumi/policy";
import type { NamedPolicy } from "../isolation/index.ts";
import { readPolicy, type ReadPolicy } from "./documents.ts";
import { read } from "./read.ts";
import type { Stack } from "./stack.ts";

export const ROLE = ["aws:iam/role:Role"];
const INLINE = ["aws:iam/rolePolicy:RolePolicy"];
const ATTACHED = ["aws:iam/rolePolicyAttachment:RolePolicyAttachment"];
const MANAGED = ["aws:iam/policy:Policy"];

/** A role's policies of its own; `unproven` holds why one can't be judged. */
export interface Granted {
  readonly policies: readonly NamedPolicy[];
  readonly texts: readonly string[];
  readonly unproven: readonly string[];
}

export function roleName(role: PolicyResource): string | undefined {
  const name = read(role, "name");
  return name.known && typeof name.value === "string" ? name.value : undefined;
}

/** Inline policies of a role, and managed ones of the stack that are attached to it. */
export function grantedTo(stack: Stack, role: PolicyResource): Granted {
  const names = [roleName(role)].filter((name) => name !== undefined);
  const policies: NamedPolicy[] = [];
  const texts: string[] = [];
  const unproven: string[] = [];
  const add = (name: string, policy: ReadPolicy): void => {
    if (policy.kind === "unproven") unproven.push(`policy ${name} ${policy.why}`);
    if (policy.kind !== "document") return;
    policies.push({ name: `policy ${name}`, document: policy.document });
    texts.push(policy.text);
  };
  const inline = stack.satellites(role, INLINE, "role", names);
  const attached = stack.satellites(role, ATTACHED, "role", names);
  if (inline.unsure || attached.unsure)
    unproven.push("a policy names a role that is not known before deployment");
  for (const policy of inline.own) add(policy.name, readPolicy(policy, "policy"));
  for (const attachment of attached.own) {
    const managed = managedPolicy(stack, attachment, "policyArn");
    if (managed) add(managed.name, readPolicy(managed, "policy"));
    else unproven.push(`the policy that ${attachment.name} attaches is not of this stack`);
  }
  const arns = read(role, "managedPolicyArns");
  if (arns.known && Array.isArray(arns.value) && arns.value.length > 0)
    unproven.push(`the policies ${arns.value.join(", ")} are not of this stack`);
  return { policies, texts, unproven };
}

/** The managed policy that a property names: by a reference, or by the end of its ARN. */
export function managedPolicy(
  stack: Stack,
  of: PolicyResource,
  property: string,
): PolicyResource | undefined {
  const reading = read(of, property);
  if (reading.known) {
    if (typeof reading.value !== "string") return undefined;
    const name = reading.value.split("/").at(-1);
    const named = managedByName(stack).get(name);
    if (named) return named;
  }
  return (of.propertyDependencies[property] ?? []).find(({ type }) => MANAGED.includes(type));
}

const byName = new WeakMap<Stack, ReadonlyMap<unknown, PolicyResource>>();

function managedByName(stack: Stack): ReadonlyMap<unknown, PolicyResource> {
  let known = byName.get(stack);
  if (known === undefined) {
    known = new Map(
      stack.of(MANAGED).map((policy) => {
        const name = read(policy, "name");
        return [name.known ? name.value : undefined, policy];
      }),
    );
    byName.set(stack, known);
  }
  return known;
}

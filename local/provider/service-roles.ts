/** Roles that services of AWS take on, as these services look at them when they are told of one. */
import { randomUUID } from "node:crypto";
import type { Context } from "../../policies/isolation/types.ts";
import type { Gateway } from "../gateway/contract.ts";
import { deployedPolicy } from "../gateway/principals.ts";
import { visibleRole } from "./references.ts";

/** Whether a role is there, as far as other services than IAM see, and lets the service take it on. */
export function mayAssume(
  gateway: Gateway,
  roleArn: string,
  service: string,
  context: Context = {},
): boolean {
  const role = visibleRole(gateway.account, roleArn);
  if (!role) return false;
  const trust = deployedPolicy(
    gateway.account,
    role,
    `trust policy of ${role.id}`,
    role.outputs["assumeRolePolicy"],
  );
  return gateway.decide(
    { principal: { kind: "service", service }, id: randomUUID() },
    {
      action: "sts:AssumeRole",
      resource: roleArn,
      context,
      resourcePolicies: [trust],
      resourcePolicyMode: "required",
    },
  ).allowed;
}

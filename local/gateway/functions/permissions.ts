import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Account } from "../../account/account.ts";
import { LOCAL_ACCOUNT } from "../../account/identity.ts";
import type { NamedPolicy, Statement } from "../../../policies/isolation/types.ts";
import type { Who } from "../authorize.ts";
import { type Access, AwsError, type Gateway } from "../contract.ts";
import { functionArn, functionName } from "./definition.ts";

const PERMISSION_TYPE = "aws:lambda/permission:Permission";

const Permission = z.object({
  statementId: z.string().nullish(),
  action: z.string(),
  function: z.string(),
  principal: z.string(),
  qualifier: z.string().nullish(),
  sourceArn: z.string().nullish(),
  sourceAccount: z.string().nullish(),
  principalOrgId: z.string().nullish(),
  eventSourceToken: z.string().nullish(),
  functionUrlAuthType: z.string().nullish(),
});

/** A function's resource policy: the deployed permissions, each as the statement that Lambda makes of it. */
export function functionPolicies(account: Account, name: string): NamedPolicy[] {
  const statements: Statement[] = [];
  for (const record of account.resources(PERMISSION_TYPE)) {
    const parsed = Permission.safeParse(record.outputs);
    if (!parsed.success)
      throw new AwsError("NotImplemented", `Lambda permission ${record.id} is not understood`, 501);
    const permission = parsed.data;
    // Functions are invoked unqualified here; a permission for a version or alias says nothing about that.
    if (functionName(permission.function) !== name || permission.qualifier) continue;
    statements.push(statement(permission, record.id, functionArn(name)));
  }
  if (statements.length === 0) return [];
  return [
    {
      name: `permissions of function ${name}`,
      document: { Version: "2012-10-17", Id: "default", Statement: statements },
    },
  ];
}

function statement(of: z.infer<typeof Permission>, id: string, arn: string): Statement {
  const equals = {
    ...(of.sourceAccount && { "aws:SourceAccount": of.sourceAccount }),
    ...(of.principalOrgId && { "aws:PrincipalOrgID": of.principalOrgId }),
    ...(of.eventSourceToken && { "lambda:EventSourceToken": of.eventSourceToken }),
    ...(of.functionUrlAuthType && { "lambda:FunctionUrlAuthType": of.functionUrlAuthType }),
  };
  const condition = {
    ...(Object.keys(equals).length > 0 && { StringEquals: equals }),
    ...(of.sourceArn && { ArnLike: { "aws:SourceArn": of.sourceArn } }),
  };
  return {
    Sid: of.statementId ?? id,
    Effect: "Allow",
    Principal: principal(of.principal, id),
    Action: of.action,
    Resource: arn,
    ...(Object.keys(condition).length > 0 && { Condition: condition }),
  };
}

function principal(name: string, id: string): Statement["Principal"] & object {
  if (/^[a-z0-9.-]+\.amazonaws\.com$/.test(name)) return { Service: name };
  if (/^\d{12}$/.test(name)) return { AWS: `arn:aws:iam::${name}:root` };
  if (/^arn:aws:(iam|sts)::\d{12}:/.test(name)) return { AWS: name };
  throw new AwsError("NotImplemented", `Lambda permission ${id}: principal "${name}" is not understood`, 501);
}

/** A service that wants to invoke a function, on behalf of one of its resources. */
export interface ServiceInvocation {
  /** `s3.amazonaws.com` */
  readonly service: string;
  /** The resource's ARN. */
  readonly sourceArn: string;
  /** Name or ARN. */
  readonly function: string;
  readonly id?: string;
}

/**
 * An AWS service invokes a function on behalf of one of its resources, as the function's permissions allow, or with a
 * role that it was given.
 * @throws AwsError AccessDenied without a permission; FunctionError if the function failed.
 */
export async function invokeAsService(
  gateway: Gateway,
  of: ServiceInvocation & {
    /** A role that the service takes on to invoke, in place of a permission. */
    readonly roleArn?: string | undefined;
    /** For a function in tenant isolation mode. */
    readonly tenantId?: string | undefined;
  },
  event: unknown,
): Promise<unknown> {
  if (of.roleArn === undefined) {
    gateway.authorize(asService(of), serviceAccess(gateway, of));
  } else {
    const { action, resource, context, resourcePolicies } = serviceAccess(gateway, of);
    const session = gateway.assumeAsService(of.service, of.roleArn, "BackplaneAssumeRoleSession", context);
    const who = { principal: session.principal, session, id: of.id ?? randomUUID() };
    gateway.authorize(who, { action, resource, resourcePolicies });
  }
  return gateway.invokeFunction(of.function, event, of.tenantId);
}

/** The same, asynchronously and by the function's permissions only. @throws AwsError AccessDenied without a permission. */
export function invokeLaterAsService(gateway: Gateway, of: ServiceInvocation, event: unknown): void {
  gateway.authorize(asService(of), serviceAccess(gateway, of));
  gateway.invokeFunctionLater(of.function, event);
}

/** Whether the function's permissions let the service invoke it for that resource. */
export function serviceMayInvoke(gateway: Gateway, of: ServiceInvocation): boolean {
  return gateway.decide(asService(of), serviceAccess(gateway, of)).allowed;
}

const asService = (of: ServiceInvocation): Who => ({
  principal: { kind: "service", service: of.service },
  id: of.id ?? randomUUID(),
});

function serviceAccess(gateway: Gateway, of: ServiceInvocation) {
  const name = functionName(of.function);
  return {
    action: "lambda:InvokeFunction",
    resource: functionArn(name),
    context: { "aws:SourceArn": of.sourceArn, "aws:SourceAccount": LOCAL_ACCOUNT },
    resourcePolicies: functionPolicies(gateway.account, name),
    resourcePolicyMode: "required",
  } as const satisfies Access;
}

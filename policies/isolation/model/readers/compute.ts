/** Functions and who may invoke them. */
import { parsePolicy } from "../../parse.ts";
import { PolicyError } from "../../errors.ts";
import type { LambdaFunction, PlacedPolicy } from "../account.ts";
import { Unknown, type ModelResource } from "../resource.ts";
import { indexed } from "./storage.ts";
import type { Stack } from "./stack.ts";

const FUNCTION = "aws:lambda/function:Function";
const PERMISSION = "aws:lambda/permission:Permission";
const ROLE = "aws:iam/role:Role";

export const COMPUTE_TYPES = [FUNCTION, PERMISSION];

export function readFunctions(stack: Stack): readonly LambdaFunction[] {
  const { partition, region, account } = stack.where;
  const functions = stack.of(FUNCTION);
  const arnOf = (name: string): string => `arn:${partition}:lambda:${region}:${account}:function:${name}`;
  const byName = new Map(indexed(functions, "name"));
  for (const [name, fn] of indexed(functions, "name")) byName.set(arnOf(name), fn);
  const policies = new Map<string, PlacedPolicy[]>();
  for (const permission of stack.of(PERMISSION)) {
    const fn = stack.onto(permission, "function", byName, [FUNCTION], "function");
    const name = fn === undefined ? undefined : stack.known(fn, "name");
    if (fn === undefined || name === undefined) continue;
    const policy = permissionPolicy(stack, permission, name, arnOf(name));
    if (policy !== undefined) policies.set(fn.urn, [...(policies.get(fn.urn) ?? []), policy]);
  }
  const roles = new Map(
    stack.of(ROLE).flatMap((role) => {
      const name = stack.known(role, "name");
      return name === undefined ? [] : [[`arn:${partition}:iam::${account}:role/${name}`, role] as const];
    }),
  );
  return functions.flatMap((fn): LambdaFunction[] => {
    const name = stack.text(fn, "name");
    if (name === undefined) return [];
    const role = stack.target(fn, "role", roles, [ROLE]);
    const of = role === undefined ? undefined : stack.known(role, "name");
    if (of === undefined)
      stack.gap(fn.urn, "runs as a role that is not in this stack: what that may do is not known");
    return [
      {
        urn: fn.urn,
        owner: stack.owner(fn),
        name,
        arn: arnOf(name),
        tags: stack.tags(fn),
        roleArn: of === undefined ? "" : `arn:${partition}:iam::${account}:role/${of}`,
        policy: policies.get(fn.urn) ?? [],
      },
    ];
  });
}

/** What a permission amounts to. A source that is not known yet limits nothing here: more is taken to be allowed than is. */
function permissionPolicy(
  stack: Stack,
  permission: ModelResource,
  fn: string,
  arn: string,
): PlacedPolicy | undefined {
  const { urn, props } = permission;
  const principal = stack.text(permission, "principal");
  const action = stack.text(permission, "action");
  if (principal === undefined || action === undefined) return undefined;
  const of: Record<string, string> = /\.amazonaws\.com(\.cn)?$/.test(principal)
    ? { Service: principal }
    : {
        AWS:
          principal === "*" || principal.startsWith("arn:")
            ? principal
            : `arn:${stack.where.partition}:iam::${principal}:root`,
      };
  const equals: Record<string, string> = {};
  for (const [property, key] of [
    ["sourceAccount", "aws:SourceAccount"],
    ["principalOrgId", "aws:PrincipalOrgID"],
    ["functionUrlAuthType", "lambda:FunctionUrlAuthType"],
    ["eventSourceToken", "lambda:EventSourceToken"],
  ] as const) {
    const value = props[property];
    if (typeof value === "string" && value !== "") equals[key] = value;
  }
  const source = props["sourceArn"];
  const condition = {
    ...(Object.keys(equals).length > 0 ? { StringEquals: equals } : {}),
    ...(typeof source === "string" && source !== ""
      ? { ArnLike: { "aws:SourceArn": source } }
      : source instanceof Unknown
        ? { Null: { "aws:SourceArn": "false" } }
        : {}),
  };
  try {
    const document = parsePolicy({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: (stack.known(permission, "statementId") ?? permission.name).replace(/[^A-Za-z0-9]/g, ""),
          Effect: "Allow",
          Principal: of,
          Action: action,
          Resource: arn,
          ...(Object.keys(condition).length > 0 ? { Condition: condition } : {}),
        },
      ],
    });
    return { urn, name: `permission ${permission.name} of function ${fn}`, document };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    stack.gap(urn, `is not understood: ${error.message}`);
    return undefined;
  }
}

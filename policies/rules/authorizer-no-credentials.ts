import type { PolicyResource } from "@pulumi/policy";
import { decide, type PolicyDocument } from "../isolation/index.ts";
import { bare, statementsOf } from "../support/documents.ts";
import { ownerOf } from "../support/owner.ts";
import { whereOf } from "../support/place.ts";
import { instance } from "../support/probe/values.ts";
import { read } from "../support/read.ts";
import { grantedTo, ROLE, roleName } from "../support/roles.ts";
import { rule } from "../support/rule.ts";
import type { Stack } from "../support/stack.ts";

const FUNCTION = "aws:lambda/function:Function";

/**
 * What an authorizer answers is a request's context, which API Gateway keeps for as long as it caches the decision, hands to every
 * integration, and may log. A tenant's credentials don't belong there, so that an authorizer has to be unable to get any.
 */
export const authorizerNoCredentials = rule({
  name: "authorizer-no-credentials",
  description:
    "A function that decides who may call the API assumes no role: it has no credentials of a tenant that it could pass on in its context.",
  severity: "critical",
  remediation:
    "Take sts:AssumeRole out of the authorizer's policies, and let the function that needs a tenant's data ask the broker.",
  validate: ({ stack }, report) => {
    const { account } = whereOf(stack);
    const targets = stack
      .of(ROLE)
      .filter((role) => ownerOf(role) !== undefined)
      .map((role) => `arn:aws:iam::${account}:role/${roleName(role) ?? role.name}`);
    for (const fn of authorizers(stack)) {
      const roles = (fn.propertyDependencies["role"] ?? []).filter(({ type }) => ROLE.includes(type));
      if (roles.length === 0)
        report("decides who may call the API; not proven: its role is not of this stack", fn.urn);
      for (const role of roles) {
        const { policies, unproven } = grantedTo(stack, role);
        for (const why of unproven) report(`decides who may call the API; not proven: ${why}`, fn.urn);
        const documents = policies.map(({ name, document }) => ({ name, document: bare(document) }));
        const all = [...targets.slice(0, 1), ...documents.flatMap(({ document }) => rolesIn(document))];
        const may = all.some((resource) =>
          allowed(documents, resource, account, roleName(role) ?? role.name),
        );
        if (may)
          report(
            "decides who may call the API, and may assume roles: what it answers could hold a tenant's credentials",
            fn.urn,
          );
      }
    }
  },
});

function allowed(
  identity: readonly { name: string; document: PolicyDocument }[],
  resource: string,
  account: string,
  role: string,
): boolean {
  const decision = decide(
    {
      principal: {
        kind: "role-session",
        account,
        roleArn: `arn:aws:iam::${account}:role/${role}`,
        sessionArn: `arn:aws:sts::${account}:assumed-role/${role}/probe`,
        tags: {},
      },
      action: "sts:AssumeRole",
      resource,
      resourceAccount: account,
      context: {},
    },
    { identity },
  );
  return decision.allowed || decision.reason === "unsupported";
}

/** Resources that a policy names, as roles that they might be. */
function rolesIn(document: PolicyDocument): string[] {
  return statementsOf(document)
    .flatMap(({ Resource = [] }) => Resource)
    .map((text) => (text === "*" ? "arn:aws:iam::000000000000:role/bulkhead-probe" : instance(text)));
}

/** Functions that API Gateway asks: by an authorizer of their own, or by the API's body. */
function authorizers(stack: Stack): ReadonlySet<PolicyResource> {
  const found = new Set<PolicyResource>();
  for (const authorizer of stack.of([
    "aws:apigateway/authorizer:Authorizer",
    "aws:apigatewayv2/authorizer:Authorizer",
  ]))
    for (const fn of authorizer.propertyDependencies["authorizerUri"] ?? [])
      if (fn.type === FUNCTION) found.add(fn);
  for (const api of stack.of(["aws:apigateway/restApi:RestApi"])) {
    const functions = (api.propertyDependencies["body"] ?? []).filter(({ type }) => type === FUNCTION);
    const uri = authorizerUri(api);
    for (const fn of functions) {
      const name = read(fn, "name");
      const named = uri !== undefined && name.known && uri.includes(`:function:${String(name.value)}/`);
      // By the body, or, where that is not known yet, by the function's own name.
      if (named || (uri === undefined && name.known && /(^|-)authorizer$/.test(String(name.value))))
        found.add(fn);
    }
  }
  return found;
}

function authorizerUri(api: PolicyResource): string | undefined {
  const body = read(api, "body");
  if (!body.known || typeof body.value !== "string") return undefined;
  return /"authorizerUri":"([^"]*)"/.exec(body.value)?.[1];
}

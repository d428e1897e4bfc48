import type { z } from "zod";
import { judge } from "../contract/judge.ts";

import type { ContextForToken } from "./credentials.ts";
import { Forbidden, InvalidRequest } from "./errors.ts";
import type { Exchange } from "./http.ts";
import { singleHeader } from "./http.ts";
import type { TenantContext } from "./tenant-context.ts";
import { bearerToken } from "./bearer.ts";
import { isInScope } from "./scopes.ts";

/**
 * On whose behalf a request is answered, from its token alone.
 * @throws InvalidToken, TenantNotActive, DependencyUnavailable
 * @throws Forbidden if the authorizer or the execution environment is another tenant's than the broker's, or nobody's; if a machine client has no scope for the route; if
 * the broker gives this user no credentials of the kind that is asked for
 */
export async function contextOf(
  { event, audit, environmentTenant, route }: Exchange,
  contextForToken: ContextForToken,
): Promise<TenantContext> {
  const context = await contextForToken(bearerToken(singleHeader(event, "authorization")));
  audit["tenant"] = context.tenantId;
  audit["sub"] = context.user.sub;
  const authorized = (event.requestContext.authorizer as Record<string, unknown> | null | undefined)?.[
    "tenantId"
  ];
  if (authorized !== context.tenantId) throw new Forbidden("authorizer and broker disagree on the tenant");
  // An environment that has served another tenant may still hold something of it.
  if (environmentTenant !== context.tenantId) throw new Forbidden("the environment is another tenant's");
  const { scopes } = context.user;
  if (scopes && !isInScope(route, scopes)) throw new Forbidden("the route is in none of the client's scopes");
  return context;
}

/** Reads a body by its schema; every fault is named at once. @throws InvalidRequest */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = judge(schema, body);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => {
    const place = issue.path.join(".");
    return place === "" ? issue.message : `${place}: ${issue.message}`;
  });
  throw new InvalidRequest(faults.join("; "));
}

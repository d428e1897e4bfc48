import { SCOPE_OF_ROUTE } from "../contract/api.ts";

/** Whether a machine client with these scopes may use a route (`POST /v1/chat`). */
export function isInScope(route: string, scopes: readonly string[]): boolean {
  if (!Object.hasOwn(SCOPE_OF_ROUTE, route)) return false;
  const needed = SCOPE_OF_ROUTE[route];
  return needed === null ? scopes.length > 0 : needed !== undefined && scopes.includes(needed);
}

import type { ListUsersResponse, RemoveUserResponse, UserEntry, UserResponse } from "../contract/api.ts";
import type { RegistryItem, UserItem } from "../contract/registry.ts";
import { ADMIN_GROUP } from "../contract/registry.ts";
import type { ContextForToken } from "../shared/credentials.ts";
import { Conflict, Forbidden, InvalidRequest, NotFound } from "../shared/errors.ts";
import type { Exchange, Routes } from "../shared/http.ts";
import { jsonBody, pathParameter, queryParameter } from "../shared/http.ts";
import { contextOf, parseBody } from "../shared/request-context.ts";
import type { TenantContext } from "../shared/tenant-context.ts";
import type { Accounts } from "../shared/users/accounts.ts";
import type { Directory } from "../shared/users/directory.ts";
import { USER_ID } from "../shared/users/email.ts";
import { invite } from "../shared/users/invite.ts";
import { inviteRequest, MAX_BODY_BYTES, setGroupsRequest } from "./request.ts";

export interface UserParts {
  /** Contexts whose credentials write the users of the token's tenant: the broker gives them to admins alone. */
  readonly contextForToken: ContextForToken;
  readonly readRoute: (context: TenantContext) => Promise<RegistryItem>;
  readonly directoryOf: (context: TenantContext) => Directory;
  readonly accounts: Accounts;
}

/** The tenant's users, as its admins manage them. */
export function userRoutes(parts: UserParts): Routes {
  return {
    "GET /v1/users": (exchange) => list(parts, exchange),
    "POST /v1/users": (exchange) => add(parts, exchange),
    "PUT /v1/users/{id}": (exchange) => setGroups(parts, exchange),
    "DELETE /v1/users/{id}": (exchange) => remove(parts, exchange),
  };
}

async function admin(parts: UserParts, exchange: Exchange) {
  const context = await contextOf(exchange, parts.contextForToken);
  // The broker has asked the same; here it costs nothing.
  if (!context.user.groups.includes(ADMIN_GROUP)) throw new Forbidden("not an admin");
  const tenant = await parts.readRoute(context);
  return { context, tenant, directory: parts.directoryOf(context) };
}

async function list(parts: UserParts, exchange: Exchange) {
  const from = queryParameter(exchange.event, "next");
  if (from !== undefined && !USER_ID.test(from)) throw new InvalidRequest("next: is none of this list's");
  const { directory } = await admin(parts, exchange);
  const { users, next } = await directory.list(from);
  const body: ListUsersResponse = { users: users.map(entry), ...(next !== undefined && { next }) };
  return { status: 200, body };
}

async function add(parts: UserParts, exchange: Exchange) {
  const { email, groups } = parseBody(inviteRequest, jsonBody(exchange.event, MAX_BODY_BYTES));
  const { context, tenant, directory } = await admin(parts, exchange);
  checkGroups(tenant, groups);
  const provider = tenant.identity_provider;
  const invited = await invite(
    { tenantId: context.tenantId, directory, accounts: parts.accounts },
    { email, groups, ...(provider !== undefined && { provider }) },
    exchange.signal,
  );
  exchange.audit["user"] = invited.id;
  const body: UserResponse = { user: entry(invited) };
  return { status: 201, body };
}

async function setGroups(parts: UserParts, exchange: Exchange) {
  const { groups } = parseBody(setGroupsRequest, jsonBody(exchange.event, MAX_BODY_BYTES));
  const { tenant, directory } = await admin(parts, exchange);
  checkGroups(tenant, groups);
  const { id } = await find(directory, exchange);
  const isAdmin = groups.includes(ADMIN_GROUP);
  // Counted as an admin later than being one, and one no more before not being one: the count may be too low, never too high.
  if (!isAdmin) await stopBeingAdmin(directory, id);
  const changed = await directory.setGroups(id, groups);
  if (!changed) throw new NotFound("no such user");
  if (isAdmin && changed.state === "active") await directory.addAdmin(id);
  const body: UserResponse = { user: entry(changed) };
  return { status: 200, body };
}

async function remove(parts: UserParts, exchange: Exchange) {
  const { context, directory } = await admin(parts, exchange);
  const { id } = await find(directory, exchange);
  await stopBeingAdmin(directory, id);
  const removed = await directory.remove(id);
  if (!removed) throw new NotFound("no such user");
  // From here on there are no new tokens; the account's end comes on top.
  await parts.accounts.remove(context.tenantId, removed, exchange.signal);
  const body: RemoveUserResponse = { removed: id };
  return { status: 200, body };
}

async function find(directory: Directory, { event, audit }: Exchange): Promise<UserItem> {
  const id = pathParameter(event, "id");
  const user = USER_ID.test(id) ? await directory.get(id) : undefined;
  if (!user) throw new NotFound("no such user");
  audit["user"] = id;
  return user;
}

async function stopBeingAdmin(directory: Directory, id: string): Promise<void> {
  if (!(await directory.dropAdmin(id)))
    throw new Conflict("This is the last admin; make somebody else an admin first.");
}

function checkGroups(tenant: RegistryItem, groups: readonly string[]): void {
  const unknown = groups.filter((group) => group !== ADMIN_GROUP && !tenant.groups.includes(group));
  if (unknown.length > 0)
    throw new InvalidRequest(
      `groups: there is no group ${unknown.map((group) => JSON.stringify(group)).join(", ")}`,
    );
}

function entry({ id, email, groups, state, expires }: UserItem): UserEntry {
  if (state === "active") return { id, email, groups, state };
  return {
    id,
    email,
    groups,
    state: expires * 1000 > Date.now() ? state : "expired",
    expires: new Date(expires * 1000).toISOString(),
  };
}

import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";

import type { PersonMembership, UserItem } from "../../contract/registry.ts";
import { ADMINS_RECORD } from "../../contract/registry.ts";
import { isTenantId } from "../../contract/names.ts";
import type { AwsCredentials } from "../aws-credentials.ts";
import type { DynamoDbCall } from "../dynamodb.ts";
import { ConfigurationError } from "../errors.ts";

/** The users of one tenant, by one set of credentials. Every write is one conditional operation on one item. */
export interface Directory {
  get(id: string): Promise<UserItem | undefined>;
  list(from?: string): Promise<{ readonly users: readonly UserItem[]; readonly next: string | undefined }>;
  /** Puts an invitation, also in place of an older one; undefined if the person is a user already. */
  invite(item: Invitation): Promise<{ readonly before: UserItem | undefined } | undefined>;
  /** Ties an invitation to the account that it was sent to; false if another one took its place. */
  bind(invitation: Invitation, account: Required<Account>): Promise<boolean>;
  /** Claims an invitation once, for one account; undefined if it is not for this one, or over. */
  claim(id: string, claimant: Claimant): Promise<UserItem | undefined>;
  /** @returns the user as it is now; undefined if there is none */
  setGroups(id: string, groups: readonly string[]): Promise<UserItem | undefined>;
  /** @returns the user as it was; undefined if there was none */
  remove(id: string): Promise<UserItem | undefined>;
  /** Counts an active admin. */
  addAdmin(id: string): Promise<void>;
  /** Counts an admin no more; false if it is the last one, who stays. */
  dropAdmin(id: string): Promise<boolean>;
  /** Of a tenant that ends. */
  forgetAdmins(): Promise<void>;
}

export type Invitation = Omit<UserItem, "sub" | "username" | "state" | "tenant_id">;
type Account = Pick<UserItem, "sub" | "username">;

/** `provider`: who vouches for the address; without it, the claim is by the one account that the invitation was sent to. */
export interface Claimant {
  readonly sub: string;
  readonly username: string;
  readonly provider?: string;
}

const PAGE = 100;
/** Attributes have placeholders throughout, since many names are reserved words. */
const NAMES = {
  "#id": "id",
  "#state": "state",
  "#sub": "sub",
  "#username": "username",
  "#groups": "groups",
  "#invitation": "invitation",
  "#expires": "expires",
  "#provider": "provider",
  "#admins": "admins",
} as const;

/** @throws DependencyUnavailable, DependencyTimeout (each call) */
export function createDirectory(
  call: DynamoDbCall,
  table: string,
  credentials: AwsCredentials,
  tenantId: string,
): Directory {
  if (!isTenantId(tenantId)) throw new ConfigurationError("users of no tenant");
  const key = (id: string) => marshall({ tenant_id: tenantId, id });
  const read = (raw: Parameters<typeof unmarshall>[0] | undefined) =>
    raw && parseUser(unmarshall(raw), tenantId);
  const write = async (
    operation: "PutItem" | "UpdateItem" | "DeleteItem",
    input: Readonly<Record<string, unknown>> & { readonly ConditionExpression?: string },
    values: Readonly<Record<string, unknown>> = {},
  ) => {
    const text = JSON.stringify(input);
    const names = Object.entries(NAMES).filter(([name]) => new RegExp(`${name}\\b`).test(text));
    const { answer, conditionFailed } = await call(credentials, operation, {
      TableName: table,
      ...input,
      ...(names.length > 0 && { ExpressionAttributeNames: Object.fromEntries(names) }),
      ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: marshall(values) }),
    });
    return conditionFailed ? undefined : { attributes: answer.Attributes };
  };

  return {
    async get(id) {
      const { answer } = await call(credentials, "GetItem", {
        TableName: table,
        Key: key(id),
        ConsistentRead: true,
      });
      return read(answer.Item);
    },

    async list(from) {
      const { answer } = await call(credentials, "Query", {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: "#tenant = :tenant",
        ExpressionAttributeNames: { "#tenant": "tenant_id" },
        ExpressionAttributeValues: marshall({ ":tenant": tenantId }),
        Limit: PAGE,
        ...(from !== undefined && { ExclusiveStartKey: key(from) }),
      });
      const last = answer.LastEvaluatedKey && unmarshall(answer.LastEvaluatedKey);
      const users = (answer.Items ?? [])
        .map((item) => unmarshall(item))
        .filter((item) => item["id"] !== ADMINS_RECORD)
        .map((item) => parseUser(item, tenantId));
      return { users, next: last && String(last["id"]) };
    },

    async invite(invitation) {
      const item = { tenant_id: tenantId, state: "invited", ...invitation } satisfies UserItem;
      const put = await write(
        "PutItem",
        {
          Item: marshall(item),
          ConditionExpression: "attribute_not_exists(#id) OR #state = :invited",
          ReturnValues: "ALL_OLD",
        },
        { ":invited": "invited" },
      );
      return put && { before: read(put.attributes) };
    },

    async bind({ id, invitation }, { sub, username }) {
      const bound = await write(
        "UpdateItem",
        {
          Key: key(id),
          UpdateExpression: "SET #sub = :sub, #username = :username",
          ConditionExpression: "#state = :invited AND #invitation = :invitation",
        },
        { ":sub": sub, ":username": username, ":invited": "invited", ":invitation": invitation },
      );
      return bound !== undefined;
    },

    async claim(id, { sub, username, provider }) {
      const open =
        provider === undefined
          ? "attribute_not_exists(#provider) AND #sub = :sub"
          : "attribute_not_exists(#sub) AND #provider = :provider";
      const claimed = await write(
        "UpdateItem",
        {
          Key: key(id),
          UpdateExpression: "SET #state = :active, #sub = :sub, #username = :username",
          // The second half: it was claimed by this very account, whose sign-in then broke off.
          ConditionExpression: `(#state = :invited AND #expires > :now AND ${open}) OR (#state = :active AND #sub = :sub)`,
          ReturnValues: "ALL_NEW",
        },
        {
          ":active": "active",
          ":invited": "invited",
          ":sub": sub,
          ":username": username,
          ":now": Date.now() / 1000,
          ...(provider !== undefined && { ":provider": provider }),
        },
      );
      return read(claimed?.attributes);
    },

    async setGroups(id, groups) {
      const changed = await write(
        "UpdateItem",
        {
          Key: key(id),
          UpdateExpression: "SET #groups = :groups",
          ConditionExpression: "attribute_exists(#id)",
          ReturnValues: "ALL_NEW",
        },
        { ":groups": groups },
      );
      return read(changed?.attributes);
    },

    async remove(id) {
      const removed = await write("DeleteItem", { Key: key(id), ReturnValues: "ALL_OLD" });
      return read(removed?.attributes);
    },

    async addAdmin(id) {
      await write(
        "UpdateItem",
        { Key: key(ADMINS_RECORD), UpdateExpression: "ADD #admins :admins" },
        { ":admins": new Set([id]) },
      );
    },

    async dropAdmin(id) {
      const dropped = await write(
        "UpdateItem",
        {
          Key: key(ADMINS_RECORD),
          UpdateExpression: "DELETE #admins :admins",
          ConditionExpression:
            "attribute_not_exists(#admins) OR NOT contains(#admins, :admin) OR size(#admins) > :one",
        },
        { ":admins": new Set([id]), ":admin": id, ":one": 1 },
      );
      return dropped !== undefined;
    },

    async forgetAdmins() {
      await write("DeleteItem", { Key: key(ADMINS_RECORD) });
    },
  };
}

type Raw = Readonly<Record<string, unknown>>;

/** Checks an item of the users table; by hand, so that the trigger carries no validation library. @throws ConfigurationError */
export function parseUser(item: Raw, tenantId: string): UserItem {
  const text = (name: keyof UserItem): boolean => typeof item[name] === "string" && item[name] !== "";
  const optional = (name: keyof UserItem): boolean => item[name] === undefined || text(name);
  const good =
    item["tenant_id"] === tenantId &&
    text("id") &&
    text("email") &&
    text("invitation") &&
    (item["state"] === "invited" || item["state"] === "active") &&
    typeof item["expires"] === "number" &&
    Array.isArray(item["groups"]) &&
    item["groups"].every((group) => typeof group === "string" && group !== "") &&
    optional("provider") &&
    optional("sub") &&
    optional("username") &&
    (item["state"] === "invited" || text("sub"));
  if (!good) throw new ConfigurationError(`a user of ${tenantId} is not valid`);
  return item as unknown as UserItem;
}

/** Checks a person's item of the memberships table. @throws ConfigurationError */
export function parsePerson(item: Raw, user: string): PersonMembership {
  const { tenant_id: tenant, member } = item;
  const good =
    item["user"] === user && typeof tenant === "string" && isTenantId(tenant) && typeof member === "string";
  if (!good) throw new ConfigurationError("the user's membership is not valid");
  return item as unknown as PersonMembership;
}

import { isTenantId } from "../contract/names.ts";
import type { MachineMembership } from "../contract/registry.ts";
import { SCOPES } from "../contract/registry.ts";
import { ConfigurationError } from "../shared/errors.ts";
import type { Memberships } from "./memberships.ts";

/** The record of the machine client with this subject; undefined if there is none, or if it is a person's. */
export type ReadMachine = (user: string) => Promise<MachineMembership | undefined>;

/** @throws ConfigurationError (each read) if the record is not as it has to be */
export function createMachineReader(memberships: Pick<Memberships, "get">): ReadMachine {
  return async (user) => {
    const item = await memberships.get(user);
    if (item?.["client"] === undefined) return undefined;
    const { tenant_id: tenant, scopes } = item;
    const known: readonly unknown[] = SCOPES;
    const good =
      item["user"] === user &&
      typeof tenant === "string" &&
      isTenantId(tenant) &&
      Array.isArray(scopes) &&
      scopes.every((scope) => known.includes(scope));
    if (!good) throw new ConfigurationError("the client's record is not valid");
    return item as unknown as MachineMembership;
  };
}

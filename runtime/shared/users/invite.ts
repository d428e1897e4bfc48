import { randomUUID } from "node:crypto";

import type { UserItem } from "../../contract/registry.ts";
import { INVITATION_DAYS } from "../../contract/registry.ts";
import { Conflict } from "../errors.ts";
import type { Accounts } from "./accounts.ts";
import type { Directory } from "./directory.ts";
import { userId } from "./email.ts";

export interface InviteParts {
  readonly tenantId: string;
  readonly directory: Directory;
  readonly accounts: Accounts;
}

/**
 * Invites a person, or invites again who has not come yet: the older invitation is void. With an identity provider of the tenant's own
 * there is nothing to send: who signs in there with this verified address claims it. Without one, the user pool sends a one-time
 * password to the address, and the invitation is for that account alone.
 *
 * The invitation stands before the account is made, and is tied to it after: wherever this stops, nobody can claim what is not for them.
 * @param email canonical
 * @throws Conflict if the person is a user already
 */
export async function invite(
  { tenantId, directory, accounts }: InviteParts,
  { email, groups, provider }: Pick<UserItem, "email" | "groups" | "provider">,
  signal: AbortSignal,
): Promise<UserItem> {
  const invitation = {
    id: userId(tenantId, email),
    email,
    groups,
    invitation: randomUUID(),
    expires: Math.floor(Date.now() / 1000) + INVITATION_DAYS * 86_400,
    ...(provider !== undefined && { provider }),
  };
  if (!(await directory.invite(invitation))) throw new Conflict("The person with this address is a user.");
  const item: UserItem = { tenant_id: tenantId, state: "invited", ...invitation };
  if (provider !== undefined) return item;
  const account = await accounts.create(tenantId, email, signal);
  if (!(await directory.bind(invitation, account)))
    throw new Conflict("The invitation was withdrawn or replaced meanwhile; please look again.");
  return { ...item, ...account };
}

import type { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminUserGlobalSignOutCommand,
  UsernameExistsException,
  UserNotFoundException,
} from "@aws-sdk/client-cognito-identity-provider";

import type { UserItem } from "../../contract/registry.ts";
import { accountName, tenantOfIdentityProvider } from "../../contract/names.ts";
import { within } from "../deadline.ts";
import { DEPENDENCIES } from "../dependencies.ts";
import { Conflict, DependencyUnavailable } from "../errors.ts";

/** Accounts of the user pool. An account alone is nothing: without an item of the users table nobody gets a token. */
export interface Accounts {
  /** Makes the account of an invitation anew; the pool sends its one-time password to the address. */
  create(tenantId: string, email: string, signal: AbortSignal): Promise<{ sub: string; username: string }>;
  /** Signs out and deletes a user's account, if it is one that the tenant's invitation or identity provider made. */
  remove(tenantId: string, user: UserItem, signal: AbortSignal): Promise<void>;
}

/** @throws DependencyUnavailable, DependencyTimeout, Conflict (each call) */
export function createAccounts(
  client: Pick<CognitoIdentityProviderClient, "send">,
  userPoolId: string,
): Accounts {
  const remove = (username: string, signal: AbortSignal) =>
    within(DEPENDENCIES.userPool, signal, async (options) => {
      const of = { UserPoolId: userPoolId, Username: username };
      try {
        // Deleting ends refresh tokens too; the order matters where the second call fails.
        await client.send(new AdminUserGlobalSignOutCommand(of), options);
        await client.send(new AdminDeleteUserCommand(of), options);
      } catch (error) {
        if (!(error instanceof UserNotFoundException)) throw error;
      }
    });
  return {
    async create(tenantId, email, signal) {
      const username = accountName(tenantId, email);
      await remove(username, signal);
      const sub = await within(DEPENDENCIES.userPool, signal, async (options) => {
        const { User: made } = await client
          .send(
            new AdminCreateUserCommand({
              UserPoolId: userPoolId,
              Username: username,
              DesiredDeliveryMediums: ["EMAIL"],
              UserAttributes: [
                { Name: "email", Value: email },
                // Whoever has the one-time password has read the mail.
                { Name: "email_verified", Value: "true" },
              ],
            }),
            options,
          )
          .catch((error: unknown) => {
            if (error instanceof UsernameExistsException)
              throw new Conflict("The same person is being invited by another request; please look again.");
            throw error;
          });
        return made?.Attributes?.find(({ Name }) => Name === "sub")?.Value;
      });
      if (sub === undefined) throw new DependencyUnavailable(DEPENDENCIES.userPool.name);
      return { sub, username };
    },

    async remove(tenantId, { email, username }, signal) {
      if (username !== undefined && isTenantsOwn(tenantId, email, username)) await remove(username, signal);
    },
  };
}

/** The item is the tenant's to write: what it calls its user's account may be anybody's. */
function isTenantsOwn(tenantId: string, email: string, username: string): boolean {
  const end = username.indexOf("_");
  return (
    username === accountName(tenantId, email) ||
    (end > 0 && tenantOfIdentityProvider(username.slice(0, end)) === tenantId)
  );
}

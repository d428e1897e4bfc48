import { z } from "zod";

import type { FirstAdminInput } from "../contract/admin-payloads.ts";
import { ADMIN_GROUP } from "../contract/registry.ts";
import { isTenantId, tenantOfIdentityProvider } from "../contract/names.ts";
import type { AdminKind } from "../shared/admin.ts";
import { UNBOUND } from "../shared/deadline.ts";
import type { Accounts } from "../shared/users/accounts.ts";
import type { Directory } from "../shared/users/directory.ts";
import { canonicalEmail, userId } from "../shared/users/email.ts";
import { invite } from "../shared/users/invite.ts";

type Body = FirstAdminInput["body"];

const body = z.strictObject({
  tenant: z.string().refine(isTenantId, "is no tenant's id"),
  email: z.string().refine((text) => canonicalEmail(text) !== undefined, "is no address that can be invited"),
  provider: z.string().optional(),
});

export interface FirstAdminParts {
  readonly directoryOf: (tenantId: string) => Directory;
  readonly accounts: Accounts;
  /** Forgets which tenant an account is of. */
  readonly forget: (sub: string) => Promise<void>;
}

/**
 * The admin whom a tenant's file names: invited once, when the tenant is made or the line changes. Whoever is there stays as they are,
 * and whom the tenant removed is not invited again by deploying again. Removing it removes all of the tenant's users: it goes with
 * the tenant.
 */
export function firstAdmin({ directoryOf, accounts, forget }: FirstAdminParts): AdminKind<Body> {
  return {
    parse(input) {
      const parsed = body.parse(input);
      if (parsed.provider !== undefined && tenantOfIdentityProvider(parsed.provider) !== parsed.tenant)
        throw new Error(`the identity provider ${parsed.provider} is not ${parsed.tenant}'s`);
      const { provider } = parsed;
      return { tenant: parsed.tenant, email: parsed.email, ...(provider !== undefined && { provider }) };
    },

    async apply(_name, { tenant, email: text, provider }) {
      const email = canonicalEmail(text) ?? "";
      const directory = directoryOf(tenant);
      const known = await directory.get(userId(tenant, email));
      // An invitation without an account, and with no provider to sign in by, is half made: a crash came between.
      if (known && (known.sub !== undefined || known.provider !== undefined)) return { user: known.id };
      const { id } = await invite(
        { tenantId: tenant, directory, accounts },
        { email, groups: [ADMIN_GROUP], ...(provider !== undefined && { provider }) },
        UNBOUND,
      );
      return { user: id };
    },

    async remove(_name, { tenant }) {
      const directory = directoryOf(tenant);
      for (;;) {
        const { users } = await directory.list();
        if (users.length === 0) break;
        for (const user of users) {
          await directory.remove(user.id);
          await accounts.remove(tenant, user, UNBOUND);
          if (user.sub !== undefined) await forget(user.sub);
        }
      }
      await directory.forgetAdmins();
    },
  };
}

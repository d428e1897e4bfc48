import type { UserItem } from "../contract/registry.ts";
import { ADMIN_GROUP } from "../contract/registry.ts";
import { accountName, isTenantId, tenantOfIdentityProvider } from "../contract/names.ts";
import { log } from "../shared/log.ts";
import type { Claimant, Directory } from "../shared/users/directory.ts";
import { parsePerson } from "../shared/users/directory.ts";
import { canonicalEmail, userId } from "../shared/users/email.ts";
import type { Memberships } from "./memberships.ts";

/** An account of the pool that signs in, as the pool tells it. */
export interface Account {
  /** `<issuer>#<sub>` */
  readonly user: string;
  readonly username: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The user of a tenant who this account is, by membership or by an invitation that it claims now; undefined: nobody. */
export type AdmitPerson = (account: Account) => Promise<Pick<UserItem, "tenant_id" | "groups"> | undefined>;

/** @throws ConfigurationError if an item is not as it has to be; DependencyUnavailable, DependencyTimeout */
export function createAdmitPerson(
  memberships: Memberships,
  directoryOf: (tenantId: string) => Pick<Directory, "get" | "claim" | "addAdmin">,
): AdmitPerson {
  return async (account) => {
    const sub = account.user.slice(account.user.lastIndexOf("#") + 1);
    const item = await memberships.get(account.user);
    if (item) {
      const { tenant_id: tenant, member } = parsePerson(item, account.user);
      const known = await directoryOf(tenant).get(member);
      // The tenant's item names the account in turn: an invitation anew, or for somebody else, is none of this account's.
      if (known?.state === "active" && known.sub === sub) return known;
    }
    const claim = claimOf(account, sub);
    // An account has one tenant, ever.
    if (!claim || (item && item["tenant_id"] !== claim.tenantId)) return undefined;
    const directory = directoryOf(claim.tenantId);
    const claimed = await directory.claim(claim.id, claim.claimant);
    if (!claimed) return undefined;
    if (claimed.groups.includes(ADMIN_GROUP)) await directory.addAdmin(claimed.id);
    const membership = { user: account.user, tenant_id: claim.tenantId, member: claimed.id };
    if (!(await memberships.put(membership))) return undefined;
    log("audit", { function: "pre-token", outcome: "claimed", tenant: claim.tenantId, member: claimed.id });
    return claimed;
  };
}

interface Claim {
  readonly tenantId: string;
  readonly id: string;
  readonly claimant: Claimant;
}

/**
 * Which invitation an account may claim: one of the tenant that made the account. Who vouches for the address is the tenant's own
 * identity provider, by an attribute that says it has verified it; or the invitation's one-time password, without which there is no
 * sign-in. An address by itself claims nothing.
 */
function claimOf({ username, attributes }: Account, sub: string): Claim | undefined {
  const isFederated =
    attributes["identities"] !== undefined || attributes["cognito:user_status"] === "EXTERNAL_PROVIDER";
  return isFederated ? federated(username, attributes, sub) : native(username, sub);
}

function native(username: string, sub: string): Claim | undefined {
  const end = username.indexOf("/");
  const tenantId = username.slice(0, Math.max(end, 0));
  const email = canonicalEmail(username.slice(end + 1));
  // As this platform names accounts, and in no other way: an operator's account claims nothing.
  if (!isTenantId(tenantId) || email === undefined || username !== accountName(tenantId, email))
    return undefined;
  return { tenantId, id: userId(tenantId, email), claimant: { sub, username } };
}

function federated(
  username: string,
  attributes: Readonly<Record<string, string>>,
  sub: string,
): Claim | undefined {
  const provider = providerOf(attributes["identities"]);
  const tenantId = provider === undefined ? undefined : tenantOfIdentityProvider(provider);
  const email = canonicalEmail(attributes["email"] ?? "");
  if (provider === undefined || tenantId === undefined || email === undefined) return undefined;
  // The pool names federated accounts so; one that was linked to a provider later is another kind of account.
  if (!username.startsWith(`${provider}_`) || attributes["cognito:user_status"] !== "EXTERNAL_PROVIDER")
    return undefined;
  if (attributes["email_verified"] !== "true") return undefined;
  return { tenantId, id: userId(tenantId, email), claimant: { sub, username, provider } };
}

/** The pool's own record of where the account is from, JSON; no provider can set it. */
function providerOf(identities: string | undefined): string | undefined {
  try {
    const list: unknown = JSON.parse(identities ?? "");
    const [only] = Array.isArray(list) && list.length === 1 ? (list as unknown[]) : [];
    const name: unknown = (only as { providerName?: unknown } | undefined)?.providerName;
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}

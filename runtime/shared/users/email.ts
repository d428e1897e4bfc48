import { createHash } from "node:crypto";

/**
 * An address as it is compared and kept: lower case. Undefined for what is none, or holds anything beyond ASCII: letters that look like
 * others, or become others in lower case (`K`, the Kelvin sign), must not make one person's address another's.
 *
 * At most 100 characters: with the tenant's id before it, it is a user name, which has 128.
 */
export function canonicalEmail(text: string): string | undefined {
  return text.length <= MAX_EMAIL && EMAIL.test(text) ? text.toLowerCase() : undefined;
}

const MAX_EMAIL = 100;
// No quoted local parts, no comments, no address literals: nobody is invited by one.
const EMAIL =
  /^[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])$/;

/** The id of the person with this address in this tenant: 32 hexadecimal digits, another one in each tenant. */
export function userId(tenantId: string, email: string): string {
  return createHash("sha256").update(`${tenantId}/${email}`).digest("hex").slice(0, 32);
}

export const USER_ID = /^[0-9a-f]{32}$/;

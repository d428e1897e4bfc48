import { createHash, randomBytes } from "node:crypto";
import type { Account, Table } from "../../account/account.ts";

/** A sign-in that may be refreshed. Times are seconds since the epoch. */
export interface RefreshGrant {
  readonly poolId: string;
  readonly clientId: string;
  readonly username: string;
  readonly sub: string;
  readonly originJti: string;
  readonly authTime: number;
  readonly expires: number;
}

/** Refresh tokens are opaque here; the account keeps their hashes only. */
export class RefreshTokens {
  readonly #table: Table<RefreshGrant>;

  constructor(account: Account) {
    this.#table = account.table<RefreshGrant>("cognito-refresh-tokens");
  }

  issue(grant: RefreshGrant): string {
    const token = randomBytes(48).toString("base64url");
    this.#table.put(hash(token), grant);
    return token;
  }

  find(token: string): RefreshGrant | undefined {
    const grant = this.#table.get(hash(token));
    if (grant && grant.expires <= Date.now() / 1000) {
      this.#table.delete(hash(token));
      return undefined;
    }
    return grant;
  }

  revoke(token: string): void {
    this.#table.delete(hash(token));
  }

  /** Global sign-out: every refresh token of this user. */
  revokeUser(poolId: string, sub: string): void {
    for (const [key, grant] of [...this.#table.entries()])
      if (grant.poolId === poolId && grant.sub === sub) this.#table.delete(key);
  }
}

function hash(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

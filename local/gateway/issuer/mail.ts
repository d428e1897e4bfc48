import type { Account, Table } from "../../account/account.ts";

/** An invitation that a user pool sends: nothing leaves this machine, so it is kept in the account for whoever it is for. */
export interface Invitation {
  readonly poolId: string;
  readonly to: string;
  readonly username: string;
  /** Works once. */
  readonly password: string;
}

export class Mail {
  readonly #table: Table<Invitation>;

  constructor(account: Account) {
    this.#table = account.table<Invitation>("cognito-mail");
  }

  /** The last invitation of a user name is kept. */
  send(invitation: Invitation): void {
    this.#table.put(`${invitation.poolId}/${invitation.username}`, invitation);
  }

  find(poolId: string, username: string): Invitation | undefined {
    return this.#table.get(`${poolId}/${username}`);
  }
}

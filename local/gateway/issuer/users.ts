import { randomUUID } from "node:crypto";
import type { Account, Table } from "../../account/account.ts";
import { AwsError } from "../contract.ts";
import type { Authenticator } from "./authenticator.ts";
import type { PasswordHash } from "./passwords.ts";
import type { UserPool } from "./pools.ts";

/** A user of a pool. Times are milliseconds since the epoch. */
export interface User {
  readonly username: string;
  /** Never given to another user, even of the same name. */
  readonly sub: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly password: PasswordHash | undefined;
  readonly status: "CONFIRMED" | "FORCE_CHANGE_PASSWORD";
  readonly enabled: boolean;
  readonly created: number;
  readonly modified: number;
  /** When a temporary password was set. */
  readonly temporarySince?: number;
  readonly authenticator?: Authenticator;
}

/** Attributes of OpenID Connect that every pool has; `sub` is the pool's own to set. */
const STANDARD = new Set(
  "address birthdate email email_verified family_name gender given_name locale middle_name name nickname phone_number phone_number_verified picture preferred_username profile updated_at website zoneinfo".split(
    " ",
  ),
);

export class Users {
  readonly #table: Table<User>;

  constructor(account: Account) {
    this.#table = account.table<User>("cognito-users");
  }

  /** By username, or by the attribute that the pool uses as one, or by `sub`. */
  find(pool: UserPool, name: string): User | undefined {
    const direct = this.#table.get(key(pool, name));
    if (direct) return direct;
    const aliases = pool.usernameAttributes ?? [];
    for (const user of this.list(pool)) {
      if (user.sub === name) return user;
      if (aliases.some((alias) => fold(pool, user.attributes[alias] ?? "") === fold(pool, name))) return user;
    }
    return undefined;
  }

  /** @throws AwsError UserNotFoundException */
  get(pool: UserPool, name: string): User {
    const user = this.find(pool, name);
    if (!user) throw new AwsError("UserNotFoundException", "User does not exist.");
    return user;
  }

  create(
    pool: UserPool,
    name: string,
    attributes: Readonly<Record<string, string>>,
    password: PasswordHash,
  ): User {
    if (!/^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$/u.test(name))
      throw new AwsError("InvalidParameterException", "Username must be 1 to 128 printable characters.");
    if (this.find(pool, name)) throw new AwsError("UsernameExistsException", "User account already exists");
    const sub = randomUUID();
    const { username, all } = named(pool, name, sub, attributes);
    checkAttributes(pool, all);
    const now = Date.now();
    const user: User = {
      username,
      sub,
      attributes: all,
      password,
      status: "FORCE_CHANGE_PASSWORD",
      enabled: true,
      created: now,
      modified: now,
      temporarySince: now,
    };
    this.#table.put(key(pool, username), user);
    return user;
  }

  /** Changes the user as it is now: `user` may have been read before a wait. */
  update(pool: UserPool, user: User, change: Partial<User>): User {
    const current = this.#table.get(key(pool, user.username));
    if (current?.sub !== user.sub) throw new AwsError("UserNotFoundException", "User does not exist.");
    const changed = { ...current, ...change, modified: Date.now() };
    this.#table.put(key(pool, user.username), changed);
    return changed;
  }

  delete(pool: UserPool, user: User): void {
    this.#table.delete(key(pool, user.username));
  }

  *list(pool: UserPool): Generator<User> {
    for (const [, user] of this.#table.entries(`${pool.id}/`)) yield user;
  }
}

/** In a pool where people sign in with an address, the username proper is the `sub` and the address an attribute. */
function named(pool: UserPool, name: string, sub: string, attributes: Readonly<Record<string, string>>) {
  const kinds = pool.usernameAttributes ?? [];
  if (kinds.length === 0) return { username: name, all: attributes };
  const kind = name.startsWith("+") ? "phone_number" : "email";
  if (!kinds.includes(kind) || (kind === "email" && !name.includes("@")))
    throw new AwsError("InvalidParameterException", `Username should be an ${kinds.join(" or ")}.`);
  return { username: sub, all: { ...attributes, [kind]: name } };
}

function checkAttributes(pool: UserPool, attributes: Readonly<Record<string, string>>): void {
  const schemas = pool.schemas ?? [];
  const custom = new Set(schemas.map((schema) => `custom:${schema.name}`));
  for (const name of Object.keys(attributes))
    if (!STANDARD.has(name) && !custom.has(name))
      throw invalidAttributes(`${name}: Attribute does not exist in the schema.`);
  for (const { name, required } of schemas)
    if (required && !(name in attributes)) throw invalidAttributes(`${name}: The attribute is required`);
}

function invalidAttributes(what: string): AwsError {
  return new AwsError("InvalidParameterException", `Attributes did not conform to the schema: ${what}`);
}

function fold(pool: UserPool, name: string): string {
  return pool.usernameConfiguration?.caseSensitive === false ? name.toLowerCase() : name;
}

function key(pool: UserPool, name: string): string {
  return `${pool.id}/${fold(pool, name)}`;
}

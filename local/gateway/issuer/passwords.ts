import { randomBytes, randomInt, scrypt, timingSafeEqual } from "node:crypto";
import { AwsError } from "../contract.ts";
import type { UserPool } from "./pools.ts";

/** Cost of about 30 ms. `salt` and `key` are base64. */
const COST = { N: 16_384, r: 8, p: 1 };

export interface PasswordHash {
  readonly salt: string;
  readonly key: string;
}

export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(16);
  return { salt: salt.toString("base64"), key: (await derive(password, salt)).toString("base64") };
}

/** Without a hash (no such user) it takes as long as with one, and is false. */
export async function passwordMatches(password: string, hash: PasswordHash | undefined): Promise<boolean> {
  const key = await derive(password, hash ? Buffer.from(hash.salt, "base64") : randomBytes(16));
  return hash !== undefined && timingSafeEqual(key, Buffer.from(hash.key, "base64"));
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFC"), salt, 32, COST, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

/** @throws AwsError InvalidPasswordException, which says what is missing. */
export function checkPassword(pool: UserPool, password: string): void {
  // Cognito's defaults where a pool has no policy.
  const policy = pool.passwordPolicy ?? {
    minimumLength: 8,
    requireLowercase: true,
    requireUppercase: true,
    requireNumbers: true,
    requireSymbols: true,
  };
  const faults = [
    password.length < (policy.minimumLength ?? 8) && "Password not long enough",
    password.length > 256 && "Password too long",
    policy.requireLowercase && !/[a-z]/.test(password) && "Password must have lowercase characters",
    policy.requireUppercase && !/[A-Z]/.test(password) && "Password must have uppercase characters",
    policy.requireNumbers && !/[0-9]/.test(password) && "Password must have numeric characters",
    policy.requireSymbols &&
      !/[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+\- ]/.test(password) &&
      "Password must have symbol characters",
    password !== password.trim() && "Password must not begin or end with a space",
  ].filter((fault) => typeof fault === "string");
  if (faults.length > 0)
    throw new AwsError(
      "InvalidPasswordException",
      `Password did not conform with policy: ${faults.join("; ")}`,
    );
}

/** A temporary password that any policy takes, for an invitation. */
export function temporaryPassword(): string {
  const sets = ["abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "!@#%&*"];
  const pick = (set: string): string => set.charAt(randomInt(set.length));
  return sets.map(pick).join("") + Array.from({ length: 28 }, () => pick(sets.join(""))).join("");
}

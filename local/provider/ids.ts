/**
 * Ids of the shapes that AWS generates. They follow from a seed, so that a create that was killed after the account
 * had acknowledged it finds the same resource when it is run again.
 */
import { createHash } from "node:crypto";

export const LOWER = "abcdefghijklmnopqrstuvwxyz0123456789";
export const UPPER = LOWER.toUpperCase();
export const MIXED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** `length` (at most 32) characters of `alphabet`. */
export function characters(seed: string, alphabet: string, length: number): string {
  const bytes = createHash("sha256").update(seed).digest().subarray(0, length);
  return Array.from(bytes, (byte) => alphabet[byte % alphabet.length] ?? "").join("");
}

/** `length` (at most 64) hexadecimal digits. */
export function hex(seed: string, length: number): string {
  return createHash("sha256").update(seed).digest("hex").slice(0, length);
}

export function uuid(seed: string): string {
  const digits = hex(seed, 32);
  const variant = "89ab"[parseInt(digits.charAt(16), 16) % 4] ?? "8";
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    variant + digits.slice(17, 20),
    digits.slice(20),
  ].join("-");
}

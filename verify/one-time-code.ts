/** Codes of an authenticator app: TOTP (RFC 6238) with SHA-1, six digits and steps of 30 seconds, as Cognito has it. */
import { createHmac } from "node:crypto";

export const STEP_MS = 30_000;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Of the time steps since the epoch, the one that a time is in. */
export const timeStep = (time: number): number => Math.floor(time / STEP_MS);

/**
 * @param secret in base32 (RFC 4648), as it is shown to a person
 * @param step a {@link timeStep}
 */
export function oneTimeCode(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", fromBase32(secret)).update(counter).digest();
  const truncated = digest.readUInt32BE((digest.at(-1) ?? 0) & 0x0f) & 0x7fff_ffff;
  return String(truncated % 1_000_000).padStart(6, "0");
}

/** Without padding. */
export function toBase32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? [])
    .map((five) => ALPHABET[Number.parseInt(five.padEnd(5, "0"), 2)] ?? "")
    .join("");
}

function fromBase32(text: string): Buffer {
  const bits = Array.from(text.toUpperCase().replace(/=+$/, ""))
    .map((letter) => {
      const value = ALPHABET.indexOf(letter);
      if (value < 0) throw new Error("an authenticator's secret is base32");
      return value.toString(2).padStart(5, "0");
    })
    .join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

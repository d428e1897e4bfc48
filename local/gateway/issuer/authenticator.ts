import { randomBytes } from "node:crypto";
import { oneTimeCode, timeStep, toBase32 } from "../../../verify/one-time-code.ts";

/** An authenticator app of a user's. */
export interface Authenticator {
  /** Base32. */
  readonly secret: string;
  /** Time step of the last code that was taken: none is taken twice. */
  readonly used: number;
}

/** Time steps by which a device's clock may be off. */
const DRIFT = 1;

export function newSecret(): string {
  return toBase32(randomBytes(20));
}

/** @returns the time step that the code is of; undefined if it is of none now */
export function stepOf(secret: string, code: string, now = Date.now()): number | undefined {
  const current = timeStep(now);
  for (let step = current - DRIFT; step <= current + DRIFT; step++)
    if (oneTimeCode(secret, step) === code) return step;
  return undefined;
}

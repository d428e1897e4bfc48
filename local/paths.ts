import { dirname, join, resolve } from "node:path";
import process from "node:process";

/** The project's folder. */
export const PROJECT = dirname(import.meta.dirname);

/** The stack that the embedded account is for. */
export const LOCAL_STACK = "local";

/** The port that a staying account is served on. */
const DEFAULT_PORT = 4880;

/** Where an embedded account lives, and where it is served. */
export interface Place {
  /** Holds the account's data, the engine's state and logs. */
  readonly folder: string;
  /** 0: any free port. */
  readonly port: number;
}

/**
 * The place that a command uses. `npm start` and `npm run pulumi` share `.bulkhead/local` on a port that stays the same;
 * every demo starts afresh in `.bulkhead/demo`, on any free port. `BULKHEAD_ACCOUNT` (a folder) and `BULKHEAD_PORT` say
 * otherwise.
 * @throws Error if `BULKHEAD_PORT` is no port.
 */
export function defaultPlace(account: "local" | "demo", env: NodeJS.ProcessEnv = process.env): Place {
  const folder = env["BULKHEAD_ACCOUNT"]
    ? resolve(env["BULKHEAD_ACCOUNT"])
    : join(PROJECT, ".bulkhead", account);
  const text = env["BULKHEAD_PORT"];
  if (!text) return { folder, port: account === "local" ? DEFAULT_PORT : 0 };
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Error(`BULKHEAD_PORT is "${text}": it must be a port number from 1 to 65535`);
  }
  return { folder, port };
}

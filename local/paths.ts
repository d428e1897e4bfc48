import { dirname, join, resolve } from "node:path";
import process from "node:process";

/** The project's folder. */
export const PROJECT = dirname(import.meta.dirname);

/** The stack that the embedded account is for. */
export const LOCAL_STACK = "local";

/** The port that the embedded account is served on unless `BULKHEAD_PORT` names another. */
const DEFAULT_PORT = 4880;

/** Where an embedded account lives, and where it is served. */
export interface Place {
  /** Holds the account's data, the engine's state and logs. */
  readonly folder: string;
  readonly port: number;
}

/**
 * The place that the commands use: `.bulkhead/local` in the project, or `BULKHEAD_ACCOUNT`.
 * @throws Error if `BULKHEAD_PORT` is no port.
 */
export function defaultPlace(env: NodeJS.ProcessEnv = process.env): Place {
  const text = env["BULKHEAD_PORT"];
  const port = text === undefined || text === "" ? DEFAULT_PORT : Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Error(`BULKHEAD_PORT is "${text ?? ""}": it must be a port number from 1 to 65535`);
  }
  const home = env["BULKHEAD_ACCOUNT"];
  return { folder: home ? resolve(home) : join(PROJECT, ".bulkhead", "local"), port };
}

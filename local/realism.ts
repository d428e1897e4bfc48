/** How much of AWS's awkwardness an embedded account shows: from the environment. */
import process from "node:process";
import type { GatewayOptions } from "./gateway/index.ts";

/** Seconds. A little, so that a program that relies on policies acting at once is found out. */
const CONSISTENCY_SECONDS = 0.3;

/**
 * `BULKHEAD_CONSISTENCY_SECONDS`: how long a changed IAM policy takes to act, 0 to 300, default 0.3; a collection's policies
 * take three times as long. `BULKHEAD_THROTTLE`: the share of API calls that is throttled, 0 to 0.9, default 0.
 * @throws Error that names the variable
 */
export function realism(
  env: NodeJS.ProcessEnv = process.env,
): Pick<GatewayOptions, "consistencySeconds" | "throttle"> {
  return {
    consistencySeconds: number(env, "BULKHEAD_CONSISTENCY_SECONDS", CONSISTENCY_SECONDS, 300),
    throttle: { share: number(env, "BULKHEAD_THROTTLE", 0, 0.9) },
  };
}

function number(env: NodeJS.ProcessEnv, name: string, otherwise: number, most: number): number {
  const text = env[name];
  if (text === undefined || text === "") return otherwise;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0 || value > most)
    throw new Error(`${name} is "${text}": it must be a number from 0 to ${most}`);
  return value;
}

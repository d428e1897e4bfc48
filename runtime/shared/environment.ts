import type { FunctionEnvironments } from "../contract/environment.ts";
import type { FunctionName } from "../contract/names.ts";
import { ConfigurationError } from "./errors.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads a function's variables, all of which have to be set.
 * @throws ConfigurationError that names every one that is missing
 */
export function readEnvironment<F extends FunctionName, K extends string & keyof FunctionEnvironments[F]>(
  _function: F,
  names: readonly K[],
  env: Env,
): Readonly<Record<K | "AWS_REGION", string>> {
  const wanted = [...names, "AWS_REGION"] as const;
  const missing = wanted.filter((name) => !env[name]);
  if (missing.length > 0)
    throw new ConfigurationError(`environment variables are missing: ${missing.join(", ")}`);
  return Object.fromEntries(wanted.map((name) => [name, env[name]])) as Record<K | "AWS_REGION", string>;
}

/** A whole number from a variable. @throws ConfigurationError if it is none or out of range */
export function wholeNumber(name: string, value: string, min: number, max: number): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= min && number <= max))
    throw new ConfigurationError(`${name} is "${value}"; allowed: a whole number from ${min} to ${max}`);
  return number;
}

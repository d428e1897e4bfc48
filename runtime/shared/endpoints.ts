import type { Env } from "./environment.ts";
import { ConfigurationError } from "./errors.ts";

const LOOPBACK = new Set(["127.0.0.1", "[::1]", "localhost"]);

/**
 * Origin of the embedded account, if this function runs in one: `AWS_ENDPOINT_URL`, which every AWS SDK client honours by itself.
 * Because it also moves the key set that tokens are verified with, no `AWS_ENDPOINT_URL…` variable may lead off this machine.
 *
 * @returns `http://127.0.0.1:PORT`, or undefined where AWS is the real one
 * @throws ConfigurationError if one of these variables is set to anything but plain http on a loopback address
 */
export function localOrigin(env: Env): string | undefined {
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith("AWS_ENDPOINT_URL") || !value) continue;
    if (!isLoopback(value))
      throw new ConfigurationError(`${name} may only be http on a loopback address, not "${value}"`);
  }
  return env["AWS_ENDPOINT_URL"] ? new URL(env["AWS_ENDPOINT_URL"]).origin : undefined;
}

/**
 * An endpoint that came from data (a registry item, a collection): https, or loopback where the account itself is local.
 * @throws ConfigurationError otherwise
 */
export function checkedEndpoint(endpoint: string, local: string | undefined): URL {
  const url = URL.parse(endpoint);
  const plain = url && !url.username && !url.password && !url.search && !url.hash;
  if (plain && (url.protocol === "https:" || (local !== undefined && isLoopback(endpoint)))) return url;
  throw new ConfigurationError(`"${endpoint}" is not an https endpoint`);
}

/**
 * The address of a domain's endpoint, which AWS states without a scheme: https, or http on a loopback address of an
 * embedded account. `127.0.0.1:4566/_es/x` -> `http://127.0.0.1:4566/_es/x`. {@link checkedEndpoint} decides on its use.
 */
export function originOf(endpoint: string): string {
  const local = `http://${endpoint}`;
  return isLoopback(local) ? local : `https://${endpoint}`;
}

function isLoopback(value: string): boolean {
  const url = URL.parse(value);
  return url?.protocol === "http:" && LOOPBACK.has(url.hostname) && !url.username && !url.password;
}

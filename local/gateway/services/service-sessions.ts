/**
 * Sessions that an AWS service of the account took on for itself. Their credentials never leave this process, so a call
 * made with one comes from that service: what a network policy's `SourceServices` asks.
 */
import type { Context } from "../../../policies/isolation/types.ts";
import type { Gateway, Session } from "../contract.ts";

const services = new WeakMap<
  Gateway,
  Map<string, { readonly service: string; readonly expiresAt: number }>
>();

/** Takes on a role as a service, by the role's trust policy. */
export function serviceSession(
  gateway: Gateway,
  service: string,
  roleArn: string,
  sessionName: string,
  context: Context,
): Session {
  const session = gateway.assumeAsService(service, roleArn, sessionName, context);
  const known = services.get(gateway) ?? new Map<string, { service: string; expiresAt: number }>();
  services.set(gateway, known);
  for (const [key, { expiresAt }] of known) if (expiresAt < Date.now()) known.delete(key);
  known.set(session.accessKeyId, { service, expiresAt: session.expiresAt });
  return session;
}

/** The service that a session belongs to, if it is a service's own. */
export const serviceOf = (gateway: Gateway, session: Session | undefined): string | undefined =>
  session && services.get(gateway)?.get(session.accessKeyId)?.service;

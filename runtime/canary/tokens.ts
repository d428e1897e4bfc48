import { z } from "zod";

/** A machine client of a tenant's: what it asks for tokens with. */
export interface MachineClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

const Answer = z.object({ access_token: z.string() });

/**
 * A token by client credentials (RFC 6749 §4.4).
 * @param signIn the user pool's domain: `https://NAME.auth.REGION.amazoncognito.com`
 * @throws Error with the status alone: the answer may quote what was sent
 */
export async function machineToken(
  signIn: string,
  { clientId, clientSecret }: MachineClient,
  signal: AbortSignal,
): Promise<string> {
  const response = await fetch(`${signIn}/oauth2/token`, {
    method: "POST",
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "grant_type=client_credentials",
    signal,
  });
  if (!response.ok) throw new Error(`the token endpoint answered ${response.status}`);
  return Answer.parse(await response.json()).access_token;
}

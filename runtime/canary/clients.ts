import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import { CANARY_TENANTS } from "../contract/names.ts";
import { clientSettings } from "../shared/aws-clients.ts";
import { ownCredentials } from "../shared/aws-credentials.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import type { Env } from "../shared/environment.ts";
import { ConfigurationError } from "../shared/errors.ts";
import type { MachineClient } from "./tokens.ts";

const Clients = z.record(
  z.enum(CANARY_TENANTS),
  z.object({ clientId: z.string(), clientSecret: z.string() }),
);

/**
 * The machine clients of the canary's tenants, as the program stored them.
 * @throws ConfigurationError without the text, which is secret
 */
export async function readClients(
  env: Env,
  region: string,
  SecretId: string,
): Promise<Readonly<Record<(typeof CANARY_TENANTS)[number], MachineClient>>> {
  const secrets = new SecretsManagerClient(
    clientSettings(env, region, ownCredentials(env), DEPENDENCIES.administration),
  );
  const { SecretString = "" } = await secrets.send(new GetSecretValueCommand({ SecretId }));
  const parsed = Clients.safeParse(jsonOf(SecretString));
  if (!parsed.success) throw new ConfigurationError("the secret of the canary's clients is not valid");
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

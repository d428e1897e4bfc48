import { randomBytes } from "node:crypto";

import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-secrets-manager";
import { z } from "zod";

/** The password of a login: what its secret holds, or one that is made now and put there first. */
export type PasswordOf = (secret: string, login: string) => Promise<string>;

const value = z.object({ username: z.string(), password: z.string().regex(/^[\w-]{32,}$/) });

export function loginSecrets(client: Pick<SecretsManagerClient, "send">): PasswordOf {
  return async (secret, login) => {
    const known = await read(client, secret);
    if (known !== undefined) {
      const { username, password } = value.parse(JSON.parse(known));
      // A tenant's secret that names another login would be a way into it.
      if (username !== login)
        throw new Error(`the secret ${secret} names the login ${username}, not ${login}`);
      return password;
    }
    const password = randomBytes(32).toString("base64url");
    await client.send(
      new PutSecretValueCommand({
        SecretId: secret,
        SecretString: JSON.stringify({ username: login, password }),
      }),
    );
    return password;
  };
}

/** Undefined: it has no value yet. */
async function read(client: Pick<SecretsManagerClient, "send">, secret: string): Promise<string | undefined> {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secret }));
    return SecretString;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import {
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";

import { ConfigurationError } from "../shared/errors.ts";
import type { OriginServices } from "./rotate.ts";
import type { Version } from "./steps.ts";

/** Letters and digits: 285 bits, and nothing that a header or a rule would have to escape. */
const LENGTH = 48;

/** The versions of the secret, by Secrets Manager's own labels. */
export function secretVersions(
  client: SecretsManagerClient,
  secret: string,
): Pick<OriginServices, "readSecret" | "makeVersion" | "promote"> {
  const read = async (id: string): Promise<Version> => {
    const { SecretString } = await client.send(
      new GetSecretValueCommand({ SecretId: secret, VersionId: id }),
    );
    if (!SecretString) throw new ConfigurationError(`version ${id} of the origin's secret holds no text`);
    return { id, value: SecretString };
  };
  return {
    readSecret: async () => {
      const about = await client.send(new DescribeSecretCommand({ SecretId: secret }));
      const labelled = (label: string): string | undefined =>
        Object.entries(about.VersionIdsToStages ?? {}).find(([, labels]) => labels.includes(label))?.[0];
      const [current, pending] = [labelled("AWSCURRENT"), labelled("AWSPENDING")];
      return {
        current: current === undefined ? undefined : await read(current),
        pending: pending === undefined ? undefined : await read(pending),
        changedAt: (about.LastChangedDate ?? about.CreatedDate ?? new Date(0)).getTime(),
      };
    },
    makeVersion: async (stage) => {
      const random = await client.send(
        new GetRandomPasswordCommand({ PasswordLength: LENGTH, ExcludePunctuation: true }),
      );
      await client.send(
        new PutSecretValueCommand({
          SecretId: secret,
          SecretString: random.RandomPassword,
          VersionStages: [stage === "current" ? "AWSCURRENT" : "AWSPENDING"],
        }),
      );
    },
    promote: async (from, to) => {
      await client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: secret,
          VersionStage: "AWSCURRENT",
          // Refused if it is another one by now.
          RemoveFromVersionId: from.id,
          MoveToVersionId: to.id,
        }),
      );
    },
  };
}

import { CloudFrontClient } from "@aws-sdk/client-cloudfront";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { WAFV2Client } from "@aws-sdk/client-wafv2";

import type { OriginSecretRequest } from "../contract/edge.ts";
import { clientSettings } from "../shared/aws-clients.ts";
import { ownCredentials } from "../shared/aws-credentials.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import { readEnvironment } from "../shared/environment.ts";
import { log } from "../shared/log.ts";
import { edgeHeader } from "./distribution.ts";
import { acceptedValues } from "./firewall.ts";
import { readRequest } from "./request.ts";
import { rotate } from "./rotate.ts";
import { secretVersions } from "./secret.ts";

const env = process.env;
const { AWS_REGION: region } = readEnvironment("origin-secret", ["ENVIRONMENT"], env);
const settings = clientSettings(env, region, ownCredentials(env), DEPENDENCIES.administration);
const secrets = new SecretsManagerClient(settings);
const firewall = new WAFV2Client(settings);
const cloudFront = new CloudFrontClient(settings);

/** Takes the rotation as far as it goes now; its answer names steps, and no value. */
export const handler = async (event: unknown): Promise<{ readonly steps: readonly string[] }> => {
  const request: OriginSecretRequest = readRequest(event);
  const { secret, ruleGroup, distribution } = request;
  const steps = await rotate(
    {
      ...secretVersions(secrets, secret),
      readAccepted: () => acceptedValues(firewall, ruleGroup),
      readEdge: () =>
        distribution === undefined ? Promise.resolve(undefined) : edgeHeader(cloudFront, distribution),
    },
    () => Date.now(),
  );
  log("audit", { function: "origin-secret", steps });
  return { steps };
};

import { Client } from "@opensearch-project/opensearch";
import { AwsSigv4Signer } from "@opensearch-project/opensearch/aws-v3";

import type { AwsCredentials } from "./aws-credentials.ts";
import { checkedEndpoint, localOrigin } from "./endpoints.ts";
import type { Env } from "./environment.ts";

/**
 * A client of one OpenSearch Serverless collection that signs with these credentials.
 * @throws ConfigurationError if the endpoint is neither https nor, in an embedded account, loopback
 */
export function collectionClient(
  env: Env,
  region: string,
  endpoint: string,
  credentials: AwsCredentials,
  timeoutMs: number,
): Client {
  const url = checkedEndpoint(endpoint, localOrigin(env));
  return new Client({
    ...AwsSigv4Signer({ region, service: "aoss", getCredentials: () => Promise.resolve(credentials) }),
    node: url.href.replace(/\/$/, ""),
    requestTimeout: timeoutMs,
    maxRetries: 2,
  });
}

import { Client } from "@opensearch-project/opensearch";
import { AwsSigv4Signer } from "@opensearch-project/opensearch/aws-v3";

import type { AwsCredentials } from "./aws-credentials.ts";
import { checkedEndpoint, localOrigin } from "./endpoints.ts";
import type { Env } from "./environment.ts";

/** Where an OpenSearch API is: `aoss` is a Serverless collection, `es` a provisioned domain. */
export interface SearchEndpoint {
  readonly service: "aoss" | "es";
  readonly endpoint: string;
}

/**
 * A client of one collection or domain that signs with these credentials.
 * @throws ConfigurationError if the endpoint is neither https nor, in an embedded account, loopback
 */
export function searchClient(
  env: Env,
  region: string,
  { service, endpoint }: SearchEndpoint,
  credentials: AwsCredentials,
  timeoutMs: number,
): Client {
  const url = checkedEndpoint(endpoint, localOrigin(env));
  return new Client({
    ...AwsSigv4Signer({ region, service, getCredentials: () => Promise.resolve(credentials) }),
    node: url.href.replace(/\/$/, ""),
    requestTimeout: timeoutMs,
    maxRetries: 2,
  });
}

import { Client } from "@opensearch-project/opensearch";
import { AwsSigv4Signer } from "@opensearch-project/opensearch/aws-v3";
import { LOCAL_REGION } from "../../../local/account/identity.ts";
import type { TestGateway } from "./support.ts";

/** The OpenSearch client on what the gateway serves at `path`, signed as a role's session. */
export function openSearchAt(
  test: TestGateway,
  service: "aoss" | "es",
  path: string,
  role: string,
  tags: Readonly<Record<string, string>> = {},
): Client {
  const { credentials } = test.as(role, tags);
  return new Client({
    ...AwsSigv4Signer({ region: LOCAL_REGION, service, getCredentials: () => Promise.resolve(credentials) }),
    node: test.gateway.origin + path,
    maxRetries: 0,
  });
}

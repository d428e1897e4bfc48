import { BedrockAgentClient } from "@aws-sdk/client-bedrock-agent";
import { OpenSearchServerlessClient } from "@aws-sdk/client-opensearchserverless";

import { crud } from "../shared/admin.ts";
import { clientSettings } from "../shared/aws-clients.ts";
import { ownCredentials } from "../shared/aws-credentials.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import { createGetItem } from "../shared/dynamodb.ts";
import { readEnvironment, wholeNumber } from "../shared/environment.ts";
import { searchClient } from "../shared/opensearch.ts";
import { collectionIndex } from "./collection-index.ts";
import { domainAudit } from "./domain-audit.ts";
import { domainByRegistry } from "./domain.ts";
import { ingestion } from "./ingestion.ts";
import { poolIndex } from "./pool-index.ts";
import { poolRole } from "./pool-role.ts";

const env = process.env;
const { AWS_REGION: region, REGISTRY_TABLE: table } = readEnvironment(
  "search-admin",
  ["ENVIRONMENT", "REGISTRY_TABLE"],
  env,
);
const seconds = (name: string, otherwise: string) => wholeNumber(name, env[name] ?? otherwise, 0, 600);
const own = ownCredentials(env);
const settings = clientSettings(env, region, own, DEPENDENCIES.administration);

/** Lambda ends a call after 15 minutes: two waits of an ingestion have to fit in. */
const INGESTION_WAIT_SECONDS = 400;

const policies = { seconds: seconds("POLICY_WAIT_SECONDS", "300") };
const domain = {
  find: domainByRegistry(createGetItem(env, region), table, own),
  connect: (endpoint: string) =>
    searchClient(env, region, { service: "es", endpoint }, own, DEPENDENCIES.administration),
  wait: policies,
};

export const handler = crud({
  "collection-index": collectionIndex({
    collections: new OpenSearchServerlessClient(settings),
    connect: (endpoint) =>
      searchClient(env, region, { service: "aoss", endpoint }, own, DEPENDENCIES.administration),
    policies,
    settleSeconds: seconds("INDEX_SETTLE_SECONDS", "20"),
  }),
  "domain-audit": domainAudit(domain),
  ingestion: ingestion(new BedrockAgentClient(settings), {
    seconds: INGESTION_WAIT_SECONDS,
    everySeconds: 2,
  }),
  "pool-index": poolIndex(domain),
  "pool-role": poolRole(domain),
});

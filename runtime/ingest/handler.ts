import { STSClient } from "@aws-sdk/client-sts";
import type { Context } from "aws-lambda";

import { createAssumeTenantRole } from "../shared/assume-role.ts";
import { clientSettings } from "../shared/aws-clients.ts";
import { ownCredentials } from "../shared/aws-credentials.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import { createGetItem } from "../shared/dynamodb.ts";
import { readEnvironment, wholeNumber } from "../shared/environment.ts";
import { createTenantOfBucket } from "./event.ts";
import type { IngestResult } from "./ingest.ts";
import { createIngest } from "./ingest.ts";
import { createOpenTenant } from "./sessions.ts";

const env = process.env;
const settings = readEnvironment(
  "ingest",
  [
    "REGISTRY_TABLE",
    "BUCKET_TEMPLATE",
    "INGEST_ROLE_ARN_TEMPLATE",
    "EMBEDDING_MODEL_ID",
    "EMBEDDING_DIMENSIONS",
  ],
  env,
);
const region = settings.AWS_REGION;

/** Left for the last lines of the log. */
const MARGIN_MS = 1000;

const ingest = createIngest(
  createTenantOfBucket(settings.BUCKET_TEMPLATE),
  createOpenTenant(
    env,
    region,
    {
      registryTable: settings.REGISTRY_TABLE,
      embeddingModelId: settings.EMBEDDING_MODEL_ID,
      embeddingDimensions: wholeNumber("EMBEDDING_DIMENSIONS", settings.EMBEDDING_DIMENSIONS, 1, 16_000),
    },
    createAssumeTenantRole(
      new STSClient(clientSettings(env, region, ownCredentials(env), DEPENDENCIES.sts)),
      "INGEST_ROLE_ARN_TEMPLATE",
      settings.INGEST_ROLE_ARN_TEMPLATE,
    ),
    createGetItem(env, region),
  ),
);

export const handler = (event: unknown, context: Context): Promise<IngestResult> =>
  ingest(event, AbortSignal.timeout(Math.max(1, context.getRemainingTimeInMillis() - MARGIN_MS)));

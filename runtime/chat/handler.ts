import { createContextForToken } from "../shared/credentials.ts";
import { createGetItem } from "../shared/dynamodb.ts";
import { readEnvironment, wholeNumber } from "../shared/environment.ts";
import { httpHandler } from "../shared/http.ts";
import { createReferenceSearch } from "../shared/reference.ts";
import { readRoute } from "../shared/registry.ts";
import { openStore } from "../shared/store.ts";
import { chatRoutes } from "./chat.ts";
import { createModels } from "./models.ts";

const env = process.env;
const settings = readEnvironment(
  "chat",
  [
    "BROKER_FUNCTION",
    "REGISTRY_TABLE",
    "REFERENCE_KNOWLEDGE_BASE_ID",
    "EMBEDDING_MODEL_ID",
    "EMBEDDING_DIMENSIONS",
    "GUARDRAIL_ID",
    "GUARDRAIL_VERSION",
  ],
  env,
);
const region = settings.AWS_REGION;
const getItem = createGetItem(env, region);

export const handler = httpHandler(
  chatRoutes({
    contextForToken: createContextForToken(env, region, settings.BROKER_FUNCTION),
    readRoute: (context) => readRoute(getItem, settings.REGISTRY_TABLE, context),
    openStore: (item) => openStore(env, region, item),
    searchReference: createReferenceSearch(env, region, settings.REFERENCE_KNOWLEDGE_BASE_ID),
    models: createModels(env, region, {
      embeddingModelId: settings.EMBEDDING_MODEL_ID,
      embeddingDimensions: wholeNumber("EMBEDDING_DIMENSIONS", settings.EMBEDDING_DIMENSIONS, 1, 16_000),
      guardrail: { id: settings.GUARDRAIL_ID, version: settings.GUARDRAIL_VERSION },
    }),
  }),
);

import { createContextForToken } from "../shared/credentials.ts";
import { createGetItem } from "../shared/dynamodb.ts";
import { readEnvironment } from "../shared/environment.ts";
import { httpHandler } from "../shared/http.ts";
import { readRoute } from "../shared/registry.ts";
import { documentRoutes } from "./documents.ts";
import { createStartIngestion } from "./ingestion.ts";
import { createDocumentObjects } from "./objects.ts";
import { createStatesOf } from "./states.ts";

const env = process.env;
const settings = readEnvironment("documents", ["BROKER_FUNCTION", "REGISTRY_TABLE"], env);
const region = settings.AWS_REGION;
const getItem = createGetItem(env, region);

export const handler = httpHandler(
  documentRoutes({
    contextForToken: createContextForToken(env, region, settings.BROKER_FUNCTION),
    readRoute: (context) => readRoute(getItem, settings.REGISTRY_TABLE, context),
    objects: createDocumentObjects(env, region),
    startIngestion: createStartIngestion(env, region),
    statesOf: createStatesOf(env, region),
  }),
);

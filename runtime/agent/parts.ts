import type { FunctionEnvironments } from "../contract/environment.ts";
import { createBudgets, SETTLE } from "../shared/budgets.ts";
import { createClaims } from "../shared/claims.ts";
import { createDynamoDbCall, createGetItem } from "../shared/dynamodb.ts";
import type { Env } from "../shared/environment.ts";
import { wholeNumber } from "../shared/environment.ts";
import { createReferenceSearch } from "../shared/reference.ts";
import { readRoute } from "../shared/registry.ts";
import { openStore } from "../shared/store.ts";
import type { TenantContext } from "../shared/tenant-context.ts";
import type { AnswerParts } from "./answer.ts";
import { createConversations } from "./conversations.ts";
import { claimRecords } from "./claim-records.ts";
import { MAX_TOKENS } from "./loop.ts";
import { createModels } from "./model.ts";

/** What whoever answers questions finds in its environment. */
export const ANSWER_VARIABLES = [
  "BROKER_FUNCTION",
  "REGISTRY_TABLE",
  "REFERENCE_KNOWLEDGE_BASE_ID",
  "EMBEDDING_MODEL_ID",
  "EMBEDDING_DIMENSIONS",
  "GUARDRAIL_ID",
  "GUARDRAIL_VERSION",
  "BUDGETS_TABLE",
  "CHAT_MODEL_ID",
] as const satisfies readonly (keyof FunctionEnvironments["chat"])[];

export type AnswerSettings = Readonly<Record<(typeof ANSWER_VARIABLES)[number] | "AWS_REGION", string>>;

/** {@link AnswerParts} over AWS. @throws ConfigurationError */
export function answerParts(env: Env, settings: AnswerSettings): AnswerParts {
  const region = settings.AWS_REGION;
  const getItem = createGetItem(env, region);
  const routeOf = (context: TenantContext) => readRoute(getItem, settings.REGISTRY_TABLE, context);
  const clusterArn = env["CLAIMS_CLUSTER_ARN"];
  const memoryId = env["MEMORY_ID"];
  return {
    readRoute: routeOf,
    openStore: (item) => openStore(env, region, item),
    searchReference: createReferenceSearch(env, region, settings.REFERENCE_KNOWLEDGE_BASE_ID),
    models: createModels(env, region, {
      embeddingModelId: settings.EMBEDDING_MODEL_ID,
      embeddingDimensions: wholeNumber("EMBEDDING_DIMENSIONS", settings.EMBEDDING_DIMENSIONS, 1, 16_000),
      guardrail: { id: settings.GUARDRAIL_ID, version: settings.GUARDRAIL_VERSION },
    }),
    budgets: createBudgets(createDynamoDbCall(env, region), createDynamoDbCall(env, region, SETTLE), {
      table: settings.BUDGETS_TABLE,
      model: settings.CHAT_MODEL_ID,
      most: MAX_TOKENS,
    }),
    ...(memoryId && { conversations: createConversations(env, region, memoryId) }),
    ...(clusterArn && {
      claims: claimRecords(createClaims(env, region, { readRoute: routeOf, clusterArn })),
    }),
  };
}

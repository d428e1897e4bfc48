/** All APIs of the account. A request goes to the first one that serves it, so S3, whose paths can be anything, is last. */
import type { Gateway, Service } from "../contract.ts";
import { createAgentCoreService } from "./agentcore.ts";
import { createAgentCoreMemoryService } from "./agentcore-memory.ts";
import { createAossService } from "./aoss.ts";
import { createApiService } from "./api.ts";
import { createBedrockService } from "./bedrock.ts";
import { createCognitoService } from "./cognito.ts";
import { createCodeBuildService } from "./codebuild.ts";
import { createDecidedOnlyService } from "./decided-only.ts";
import { createDomainService } from "./domain.ts";
import { createDynamoDbService } from "./dynamodb.ts";
import { createEcrService } from "./ecr.ts";
import { createLambdaService } from "./lambda.ts";
import { createOpenSearchService } from "./opensearch.ts";
import { createOpenSearchServerlessService } from "./opensearchserverless.ts";
import { createRdsDataService } from "./rds-data/index.ts";
import { createS3Service } from "./s3.ts";
import { createSecretsManagerService } from "./secretsmanager.ts";
import { createSqsService } from "./sqs.ts";
import { createStsService } from "./sts.ts";
import { createWafService } from "./wafv2.ts";

type Factory = (gateway: Gateway) => Service;

const FACTORIES: readonly Factory[] = [
  createDecidedOnlyService,
  createStsService,
  createDynamoDbService,
  createLambdaService,
  createSqsService,
  createCognitoService,
  createApiService,
  createAgentCoreMemoryService,
  createAgentCoreService,
  createAossService,
  createBedrockService,
  createCodeBuildService,
  createEcrService,
  createOpenSearchServerlessService,
  createDomainService,
  createOpenSearchService,
  createRdsDataService,
  createSecretsManagerService,
  createWafService,
  createS3Service,
];

export function createServices(gateway: Gateway): Service[] {
  return FACTORIES.map((create) => create(gateway));
}

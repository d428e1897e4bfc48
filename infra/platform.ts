import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { join } from "node:path";
import { platformNames, type Place } from "../runtime/contract/names.ts";
import { tenantBoundary } from "../tenants/documents/tenant-boundary.ts";
import type { Shared } from "../tenants/shared.ts";
import { Api } from "./api.ts";
import { bundleFunctions } from "./bundle.ts";
import { platformBoundary } from "./documents/platform-boundary.ts";
import { Identity } from "./identity.ts";
import { PlatformFunction, type FunctionDefaults } from "./platform-function.ts";
import { PoolPlatform } from "./pool-platform.ts";
import { ReferenceCorpus } from "./reference-corpus.ts";
import { Registry } from "./registry.ts";
import type { Settings } from "./settings.ts";

export interface PlatformArgs {
  readonly place: Place;
  readonly settings: Settings;
  /** Whether any tenant is in the pool: only then is there a domain. */
  readonly pooled: boolean;
  /** The project's folder. */
  readonly root: string;
}

/** What all tenants share: identity, registry, API and functions, the reference corpus. */
export class Platform extends pulumi.ComponentResource {
  readonly apiUrl: pulumi.Output<string>;
  readonly userPoolId: pulumi.Output<string>;
  readonly clientId: pulumi.Output<string>;
  readonly membershipsTable: pulumi.Output<string>;
  readonly shared: Shared;

  constructor(
    name: string,
    { place, settings, pooled, root }: PlatformArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("bulkhead:infra:Platform", name, {}, opts);
    const names = platformNames(place);
    const inside = { parent: this };
    const protect = settings.protectTenants;
    const { deploymentRoleArns, embeddingModelId, embeddingDimensions, chatModelId } = settings;

    const boundary = new aws.iam.Policy(
      "platform-boundary",
      { name: names.platformBoundaryName, policy: platformBoundary(place, embeddingModelId) },
      inside,
    );
    const functions: FunctionDefaults = {
      place,
      bundles: bundleFunctions(root),
      boundaryArn: boundary.arn,
      subnetIds: settings.functionSubnetIds,
      securityGroupIds: settings.functionSecurityGroupIds,
    };
    const registry = new Registry("registry", { place, deploymentRoleArns, protect }, inside);
    const identity = new Identity(
      "identity",
      {
        functions,
        membershipsTable: registry.membershipsTable,
        passwordSignIn: settings.passwordSignIn,
        protect,
      },
      inside,
    );

    const tokens = {
      ENVIRONMENT: place.environment,
      USER_POOL_ID: identity.userPoolId,
      CLIENT_IDS: identity.clientId,
      REGISTRY_TABLE: registry.registryTable,
    };
    const authorizer = new PlatformFunction(
      { fn: "authorizer", defaults: functions, environment: tokens, timeout: 10 },
      inside,
    );
    const broker = new PlatformFunction(
      {
        fn: "broker",
        defaults: functions,
        environment: {
          ...tokens,
          DATA_ROLE_ARN_TEMPLATE: names.dataRoleArnTemplate,
          SESSION_SECONDS: String(settings.dataSessionSeconds),
        },
        timeout: 10,
      },
      inside,
    );
    const searchAdmin = new PlatformFunction(
      {
        fn: "search-admin",
        defaults: functions,
        environment: {
          ENVIRONMENT: place.environment,
          INDEX_SETTLE_SECONDS: String(settings.indexSettleSeconds),
        },
        timeout: 840, // Lambda's limit is 900
      },
      inside,
    );
    const group = new aws.opensearch.ServerlessCollectionGroup(
      "collection-group",
      {
        name: names.collectionGroup,
        standbyReplicas: settings.redundantCollections ? "ENABLED" : "DISABLED",
        // Knowledge bases are reported to fail on the next generation.
        generation: "CLASSIC",
        capacityLimits: [
          {
            minIndexingCapacityInOcu: 1,
            maxIndexingCapacityInOcu: settings.collectionCapacity,
            minSearchCapacityInOcu: 1,
            maxSearchCapacityInOcu: settings.collectionCapacity,
          },
        ],
      },
      inside,
    );
    const reference = new ReferenceCorpus(
      "reference",
      {
        place,
        deploymentRoleArns,
        boundaryArn: boundary.arn,
        embeddingModelId,
        embeddingDimensions,
        collectionGroup: group.name,
        vpcEndpointIds: settings.collectionVpcEndpointIds,
        searchAdminFunction: searchAdmin.functionName,
        folder: settings.referenceFolder === "" ? undefined : join(root, settings.referenceFolder),
        protect,
      },
      inside,
    );
    const requests = {
      ENVIRONMENT: place.environment,
      BROKER_FUNCTION: broker.functionName,
      REGISTRY_TABLE: registry.registryTable,
    };
    const chat = new PlatformFunction(
      {
        fn: "chat",
        defaults: functions,
        environment: {
          ...requests,
          REFERENCE_KNOWLEDGE_BASE_ID: reference.knowledgeBaseId,
          EMBEDDING_MODEL_ID: embeddingModelId,
          EMBEDDING_DIMENSIONS: String(embeddingDimensions),
          CHAT_MODEL_ID: chatModelId,
        },
      },
      inside,
    );
    const documents = new PlatformFunction(
      { fn: "documents", defaults: functions, environment: requests },
      inside,
    );
    const api = new Api(
      "api",
      { place, authorizer, chat, documents, authorizerCacheSeconds: settings.authorizerCacheSeconds },
      inside,
    );
    const boundaryOfTenants = new aws.iam.Policy(
      "tenant-boundary",
      {
        name: names.tenantBoundaryName,
        policy: reference.knowledgeBaseArn.apply((arn) =>
          tenantBoundary(place, [embeddingModelId, chatModelId], arn),
        ),
      },
      inside,
    );

    const pool = pooled
      ? new PoolPlatform(
          "pool",
          {
            place,
            functions,
            registryTable: registry.registryTable,
            embeddingModelId,
            embeddingDimensions,
            instanceType: settings.poolInstanceType,
            instanceCount: settings.poolInstanceCount,
            volumeGiB: settings.poolVolumeGiB,
            protect,
          },
          // The domain's master user is the admin function's role, which has to be there.
          { parent: this, dependsOn: [searchAdmin] },
        )
      : undefined;

    this.apiUrl = api.url;
    this.userPoolId = identity.userPoolId;
    this.clientId = identity.clientId;
    this.membershipsTable = registry.membershipsTable;
    this.shared = {
      place,
      deploymentRoleArns,
      embeddingModelId,
      embeddingDimensions,
      chatModelId,
      vpcEndpointIds: settings.collectionVpcEndpointIds,
      protectTenants: protect,
      registryTable: registry.registryTable,
      tenantBoundaryArn: boundaryOfTenants.arn,
      collectionGroup: group.name,
      referenceKnowledgeBaseArn: reference.knowledgeBaseArn,
      searchAdminFunction: searchAdmin.functionName,
      pool,
    };
    this.registerOutputs({
      apiUrl: this.apiUrl,
      userPoolId: this.userPoolId,
      clientId: this.clientId,
      membershipsTable: this.membershipsTable,
    });
  }
}

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { FUNCTIONS, platformNames, type Place } from "../runtime/contract/names.ts";
import { tenantBoundary } from "../tenants/documents/tenant-boundary.ts";
import type { Shared } from "../tenants/shared.ts";
import type { AgentHostArgs } from "./agent-host.ts";
import { Audit } from "./audit.ts";
import { bundleFunctions } from "./bundle.ts";
import { Conversations } from "./conversations.ts";
import { ClaimsDatabase } from "./claims-database.ts";
import { administrationBoundary, platformBoundary } from "./documents/platform-boundary.ts";
import { Edge } from "./edge.ts";
import { Identity } from "./identity.ts";
import { Models } from "./models.ts";
import { Network } from "./network.ts";
import { Operators } from "./operators.ts";
import { PlatformKey } from "./platform-key.ts";
import type { FunctionDefaults } from "./platform-function.ts";
import { PoolPlatform } from "./pool-platform.ts";
import { Registry } from "./registry.ts";
import { RequestPath } from "./request-path.ts";
import { Search } from "./search.ts";
import type { Settings } from "./settings.ts";

export interface PlatformArgs {
  readonly place: Place;
  readonly settings: Settings;
  /** Whether any tenant is in the pool: only then is there a domain. */
  readonly pooled: boolean;
  /** The project's folder. */
  readonly root: string;
}

/** What all tenants share: identity, registry, search, the path of a request. */
export class Platform extends pulumi.ComponentResource {
  readonly apiUrl: pulumi.Output<string>;
  readonly userPoolId: pulumi.Output<string>;
  readonly clientId: pulumi.Output<string>;
  readonly membershipsTable: pulumi.Output<string>;
  readonly usersTable: pulumi.Output<string>;
  /** What is told of alarms, if there is an audit. */
  readonly alarmTopicArn: pulumi.Output<string> | undefined;
  readonly functions: FunctionDefaults;
  /** What the agent is hosted with, if it is: it comes after the tenants, whose clients it lets in. */
  readonly agent: Omit<AgentHostArgs, "clientIds"> | undefined;
  readonly agentMemoryId: pulumi.Output<string> | undefined;
  readonly shared: Shared;

  constructor(
    name: string,
    { place, settings, pooled, root }: PlatformArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("bulkhead:infra:Platform", name, {}, opts);
    const names = platformNames(place);
    const inside = { parent: this };
    const { deploymentRoleArns, embeddingModelId, embeddingDimensions, chatModelId } = settings;
    const protect = settings.protectTenants;

    const operators = new Operators(
      "operators",
      {
        place,
        readerPrincipalArns: settings.readerPrincipalArns,
        breakGlassUserArns: settings.breakGlassUserArns,
      },
      inside,
    );
    const boundary = new aws.iam.Policy(
      "platform-boundary",
      { name: names.platformBoundaryName, policy: platformBoundary(place, embeddingModelId) },
      inside,
    );
    const administration = new aws.iam.Policy(
      "administration-boundary",
      { name: names.administrationBoundaryName, policy: administrationBoundary(place) },
      inside,
    );
    const { arn: keyArn } = new PlatformKey(
      "platform-key",
      { place, deploymentRoleArns, auditReaderArns: operators.readerArns, protect },
      inside,
    );
    const network = settings.omit.includes("network")
      ? undefined
      : new Network("network", { place, settings, pooled, keyArn }, inside);
    const vpcEndpointIds = network?.collectionVpcEndpointIds ?? settings.collectionVpcEndpointIds;
    const functions: FunctionDefaults = {
      place,
      bundles: bundleFunctions(root),
      boundaryArn: boundary.arn,
      administrationBoundaryArn: administration.arn,
      network: network?.functions,
      keyArn,
      logRetentionDays: settings.logRetentionDays,
      reservedConcurrency: settings.reservedConcurrency,
    };
    const registry = new Registry("registry", { place, deploymentRoleArns, keyArn, protect }, inside);
    const { registryTable, membershipsTable, usersTable, budgetsTable } = registry;
    const identity = new Identity("identity", { functions, membershipsTable, usersTable, settings }, inside);
    const search = new Search("search", { functions, settings, registryTable, vpcEndpointIds, root }, inside);
    const models = new Models("models", { place, settings, boundaryArn: boundary.arn, keyArn }, inside);
    const conversations = settings.omit.includes("agent")
      ? undefined
      : new Conversations("conversations", { place, keyArn, protect }, inside);
    const requests = new RequestPath(
      "requests",
      {
        functions,
        settings,
        userPoolId: identity.userPoolId,
        clientId: identity.clientId,
        registryTable,
        usersTable,
        budgetsTable,
        referenceKnowledgeBaseId: search.reference.knowledgeBaseId,
        guardrail: models.guardrail,
        memoryId: conversations?.memoryId,
      },
      inside,
    );
    const edge = settings.omit.includes("edge")
      ? undefined
      : new Edge("edge", { functions, settings, api: requests.api }, inside);
    this.agentMemoryId = conversations?.memoryId;
    this.agent = settings.omit.includes("agent")
      ? undefined
      : {
          functions,
          settings,
          placement: network?.agent,
          userPoolId: identity.userPoolId,
          environment: { ...requests.answering, SESSIONS_TABLE: registry.sessionsTable },
          root,
        };
    const boundaryOfTenants = new aws.iam.Policy(
      "tenant-boundary",
      {
        name: names.tenantBoundaryName,
        policy: tenantBoundary(place, { embeddingModelId, chatModelId }),
      },
      inside,
    );
    const pool = pooled
      ? new PoolPlatform(
          "pool",
          {
            functions,
            registryTable,
            settings,
            keyArn,
            searchAdminFunction: search.admin.functionName,
            placement: network?.domain,
          },
          // The domain's master user is the admin function's role, which has to be there.
          { parent: this, dependsOn: [search.admin] },
        )
      : undefined;

    const claims = settings.omit.includes("claims")
      ? undefined
      : new ClaimsDatabase("claims", { settings, functions, placement: network?.database }, inside);

    if (!settings.omit.includes("audit")) {
      this.alarmTopicArn = new Audit(
        "audit",
        {
          place,
          settings,
          keyArn,
          // The canary, if there is one, brings its own alarms.
          functions: FUNCTIONS.filter(
            (fn) => fn !== "canary" && (pooled || fn !== "ingest") && (claims || fn !== "db-admin"),
          ),
          deadLetters: [...(pooled ? ["ingest" as const] : []), ...(edge ? ["origin-secret" as const] : [])],
        },
        inside,
      ).topicArn;
    }

    this.functions = functions;
    // With an edge, the stage answers nobody else.
    this.apiUrl = edge?.url ?? requests.apiUrl;
    this.userPoolId = identity.userPoolId;
    this.clientId = identity.clientId;
    this.membershipsTable = membershipsTable;
    this.usersTable = usersTable;
    this.shared = {
      place,
      deploymentRoleArns,
      embeddingModelId,
      embeddingDimensions,
      chatModelId,
      vpcEndpointIds,
      protectTenants: protect,
      registryTable,
      tenantBoundaryArn: boundaryOfTenants.arn,
      collectionGroup: search.collectionGroup,
      searchAdminFunction: search.admin.functionName,
      usagePlanIds: requests.api.usagePlanIds,
      userPoolId: identity.userPoolId,
      membershipsTable,
      userAdminFunction: identity.userAdminFunction,
      consoleUrls: settings.consoleUrls,
      claims,
      clientSecretOf: (id) => new pulumi.Config().requireSecret(`oidcClientSecret.${id}`),
      pool,
    };
    this.registerOutputs({
      apiUrl: this.apiUrl,
      userPoolId: this.userPoolId,
      clientId: this.clientId,
      membershipsTable: this.membershipsTable,
      usersTable: this.usersTable,
    });
  }
}

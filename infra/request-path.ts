import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { FunctionEnvironments } from "../runtime/contract/environment.ts";
import { platformNames, tenantPatterns } from "../runtime/contract/names.ts";
import { Api } from "./api.ts";
import { membersPolicy, membersTrust } from "./documents/members-role.ts";
import { formerly } from "./formerly.ts";
import type { Guardrail } from "./models.ts";
import { PlatformFunction, type FunctionDefaults } from "./platform-function.ts";
import type { Settings } from "./settings.ts";

export interface RequestPathArgs {
  readonly functions: FunctionDefaults;
  readonly settings: Settings;
  readonly userPoolId: pulumi.Input<string>;
  /** App clients whose access tokens are accepted. */
  readonly clientId: pulumi.Input<string>;
  readonly registryTable: pulumi.Input<string>;
  readonly usersTable: pulumi.Input<string>;
  readonly budgetsTable: pulumi.Input<string>;
  readonly referenceKnowledgeBaseId: pulumi.Input<string>;
  readonly guardrail: Guardrail;
  /** Where conversations are kept, if they are. */
  readonly memoryId: pulumi.Input<string> | undefined;
}

/** What a request passes: the API, its authorizer, the handlers, and the broker that gives them the tenant's credentials. */
export class RequestPath extends pulumi.ComponentResource {
  readonly apiUrl: pulumi.Output<string>;
  readonly api: Api;
  /** Variables of whoever answers questions. */
  readonly answering: { readonly [Key in keyof FunctionEnvironments["chat"]]: pulumi.Input<string> };

  constructor(name: string, args: RequestPathArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:RequestPath", name, {}, opts);
    const { functions: defaults, settings } = args;
    const { place } = defaults;
    const inside = { parent: this, aliases: formerly(opts?.parent) };
    const tokens = {
      ENVIRONMENT: place.environment,
      USER_POOL_ID: args.userPoolId,
      CLIENT_IDS: args.clientId,
      REGISTRY_TABLE: args.registryTable,
    };
    const authorizer = new PlatformFunction(
      { fn: "authorizer", defaults, environment: tokens, timeout: 10 },
      inside,
    );
    const broker = new PlatformFunction(
      {
        fn: "broker",
        defaults,
        environment: {
          ...tokens,
          DATA_ROLE_ARN_TEMPLATE: tenantPatterns(place, "placeholder").dataRoleArn,
          MEMBERS_ROLE_ARN: platformNames(place).membersRoleArn,
          SESSION_SECONDS: String(settings.dataSessionSeconds),
          PLAN_BUDGETS: JSON.stringify(settings.planBudgets),
        },
        timeout: 10,
      },
      inside,
    );
    const requests = {
      ENVIRONMENT: place.environment,
      BROKER_FUNCTION: broker.functionName,
      REGISTRY_TABLE: args.registryTable,
    };
    this.answering = {
      ...requests,
      REFERENCE_KNOWLEDGE_BASE_ID: args.referenceKnowledgeBaseId,
      EMBEDDING_MODEL_ID: settings.embeddingModelId,
      EMBEDDING_DIMENSIONS: String(settings.embeddingDimensions),
      GUARDRAIL_ID: args.guardrail.id,
      GUARDRAIL_VERSION: args.guardrail.version,
      BUDGETS_TABLE: args.budgetsTable,
      CHAT_MODEL_ID: settings.chatModelId,
      ...(settings.omit.includes("claims")
        ? {}
        : { CLAIMS_CLUSTER_ARN: platformNames(place).claimsClusterArn }),
      ...(args.memoryId === undefined ? {} : { MEMORY_ID: args.memoryId }),
    };
    const chat = new PlatformFunction({ fn: "chat", defaults, environment: this.answering }, inside);
    const documents = new PlatformFunction({ fn: "documents", defaults, environment: requests }, inside);
    // Its trust names the broker's role, which has to be there.
    const members = new aws.iam.Role(
      "members-role",
      {
        name: platformNames(place).membersRoleName,
        assumeRolePolicy: membersTrust(place),
        permissionsBoundary: defaults.boundaryArn,
        maxSessionDuration: 3600,
      },
      { parent: this, dependsOn: [broker] },
    );
    new aws.iam.RolePolicy(
      "members-policy",
      { name: "members", role: members.name, policy: membersPolicy(place) },
      { parent: this },
    );
    const users = new PlatformFunction(
      {
        fn: "users",
        defaults,
        environment: { ...requests, USERS_TABLE: args.usersTable, USER_POOL_ID: args.userPoolId },
      },
      { parent: this },
    );
    const api = new Api(
      "api",
      { place, functions: { authorizer, chat, documents, users }, settings, keyArn: defaults.keyArn },
      inside,
    );
    this.apiUrl = api.url;
    this.api = api;
    this.registerOutputs({ apiUrl: this.apiUrl });
  }
}

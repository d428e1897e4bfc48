import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { platformNames, type Place } from "../runtime/contract/names.ts";
import type { Plan } from "../runtime/contract/registry.ts";
import { after } from "../tenants/after.ts";
import { accessLogFormat } from "./documents/api-access-log.ts";
import { openApi, type ApiFunction } from "./documents/open-api.ts";
import type { PlatformFunction } from "./platform-function.ts";
import type { Settings } from "./settings.ts";
import { UsagePlans } from "./usage-plans.ts";

const STAGE = "live";
/** TLS 1.2 with forward secrecy, or 1.3: for those who call the stage's own address, CloudFront above all. */
const SECURITY_POLICY = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09";

export interface ApiArgs {
  readonly place: Place;
  readonly functions: { readonly [Fn in ApiFunction]: PlatformFunction<Fn> };
  readonly settings: Settings;
  readonly keyArn: pulumi.Input<string>;
}

/** The REST API: every route behind the Lambda authorizer, within the tenant's usage plan. */
export class Api extends pulumi.ComponentResource {
  readonly url: pulumi.Output<string>;
  readonly apiId: pulumi.Output<string>;
  /** Last part of every address of the API before the routes. */
  readonly stageName = STAGE;
  readonly stageArn: pulumi.Output<string>;
  readonly usagePlanIds: Readonly<Record<Plan, pulumi.Output<string>>>;

  constructor(name: string, args: ApiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:Api", name, {}, opts);
    const inside = { parent: this };
    const { place, settings } = args;
    const names = platformNames(place);
    const functions = Object.entries(args.functions);
    const body = pulumi
      .all(Object.fromEntries(functions.map(([fn, { invokeArn }]) => [fn, invokeArn])))
      .apply((invokeArns) =>
        openApi(names.api, invokeArns as Record<ApiFunction, string>, settings.authorizerCacheSeconds),
      );
    const api = new aws.apigateway.RestApi(
      `${name}-rest`,
      {
        name: names.api,
        body,
        apiKeySource: "AUTHORIZER",
        endpointConfiguration: { types: "REGIONAL" },
        securityPolicy: SECURITY_POLICY,
        endpointAccessMode: "BASIC",
        // A body replaces what was there, so that a route removed here is gone.
        putRestApiMode: "overwrite",
      },
      inside,
    );
    const permissions = functions.map(([, fn]) =>
      fn.allow("apigateway.amazonaws.com", pulumi.interpolate`${api.executionArn}/*`),
    );
    const deployment = new aws.apigateway.Deployment(
      `${name}-deployment`,
      {
        restApi: api.id,
        triggers: { body: body.apply((text) => createHash("sha256").update(text).digest("hex")) },
      },
      inside,
    );
    const logs = new aws.cloudwatch.LogGroup(
      `${name}-logs`,
      { name: names.apiLogGroup, retentionInDays: settings.logRetentionDays, kmsKeyId: args.keyArn },
      inside,
    );
    const stage = new aws.apigateway.Stage(
      `${name}-stage`,
      {
        restApi: api.id,
        deployment: deployment.id,
        stageName: STAGE,
        xrayTracingEnabled: true,
        accessLogSettings: { destinationArn: logs.arn, format: accessLogFormat() },
      },
      { parent: this, dependsOn: permissions },
    );
    new aws.apigateway.MethodSettings(
      `${name}-every-method`,
      {
        restApi: api.id,
        stageName: stage.stageName,
        methodPath: "*/*",
        settings: {
          throttlingRateLimit: settings.apiRequestsPerSecond,
          throttlingBurstLimit: settings.apiBurst,
          metricsEnabled: true,
          // What API Gateway would log of an execution are headers and bodies: tokens and questions.
          loggingLevel: "OFF",
          dataTraceEnabled: false,
        },
      },
      inside,
    );
    const plans = new UsagePlans(
      `${name}-plans`,
      { place, plans: settings.planLimits, apiId: api.id, stage: after(stage.stageName, stage) },
      inside,
    );
    this.url = stage.invokeUrl;
    this.apiId = api.id;
    this.stageArn = stage.arn;
    this.usagePlanIds = plans.ids;
    this.registerOutputs({
      url: this.url,
      apiId: this.apiId,
      stageArn: this.stageArn,
      usagePlanIds: this.usagePlanIds,
    });
  }
}

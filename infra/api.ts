import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { isPerTenant, platformNames, type Place } from "../runtime/contract/names.ts";
import { gatewayResponses } from "./documents/gateway-responses.ts";
import type { PlatformFunction } from "./platform-function.ts";

/** Every route and the function that serves it. */
export const ROUTES = [
  { method: "post", path: "/v1/chat", fn: "chat" },
  { method: "get", path: "/v1/me", fn: "chat" },
  { method: "get", path: "/v1/documents", fn: "documents" },
  { method: "post", path: "/v1/documents", fn: "documents" },
  { method: "delete", path: "/v1/documents/{id}", fn: "documents" },
  { method: "get", path: "/v1/users", fn: "users" },
  { method: "post", path: "/v1/users", fn: "users" },
  { method: "put", path: "/v1/users/{id}", fn: "users" },
  { method: "delete", path: "/v1/users/{id}", fn: "users" },
] as const;

const STAGE = "live";
const AUTHORIZER = "token";
/** By which API Gateway tells Lambda whose environment to run a function in. */
const TENANT_HEADER = "integration.request.header.X-Amz-Tenant-Id";

export interface ApiArgs {
  readonly place: Place;
  readonly authorizer: PlatformFunction<"authorizer">;
  readonly chat: PlatformFunction<"chat">;
  readonly documents: PlatformFunction<"documents">;
  readonly users: PlatformFunction<"users">;
  /** How long a decision is reused; a suspension acts within it. */
  readonly authorizerCacheSeconds: number;
}

/** The REST API: every route behind the Lambda authorizer. */
export class Api extends pulumi.ComponentResource {
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: ApiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:Api", name, {}, opts);
    const inside = { parent: this };
    const body = pulumi
      .all([args.authorizer.invokeArn, args.chat.invokeArn, args.documents.invokeArn, args.users.invokeArn])
      .apply(([authorizer, chat, documents, users]) =>
        openApi(
          platformNames(args.place).api,
          { authorizer, chat, documents, users },
          args.authorizerCacheSeconds,
        ),
      );
    const api = new aws.apigateway.RestApi(
      `${name}-rest`,
      {
        name: platformNames(args.place).api,
        body,
        endpointConfiguration: { types: "REGIONAL" },
        // A body replaces what was there, so that a route removed here is gone.
        putRestApiMode: "overwrite",
      },
      inside,
    );
    const permissions = [args.authorizer, args.chat, args.documents, args.users].map((fn) =>
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
    const stage = new aws.apigateway.Stage(
      `${name}-stage`,
      { restApi: api.id, deployment: deployment.id, stageName: STAGE, xrayTracingEnabled: true },
      { parent: this, dependsOn: permissions },
    );
    this.url = stage.invokeUrl;
    this.registerOutputs({ url: this.url });
  }
}

interface InvokeArns {
  readonly authorizer: string;
  readonly chat: string;
  readonly documents: string;
  readonly users: string;
}

/** The API as OpenAPI 3 with API Gateway's extensions. */
export function openApi(title: string, invokeArns: InvokeArns, cacheSeconds: number): string {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { method, path, fn } of ROUTES) {
    (paths[path] ??= {})[method] = {
      security: [{ [AUTHORIZER]: [] }],
      responses: {},
      "x-amazon-apigateway-integration": {
        type: "aws_proxy",
        httpMethod: "POST",
        uri: invokeArns[fn],
        // Which tenant's environment: the verified token's, in the authorizer's words. Nothing of the request's own is mapped.
        ...(isPerTenant(fn) ? { requestParameters: { [TENANT_HEADER]: "context.authorizer.tenantId" } } : {}),
      },
    };
  }
  return JSON.stringify({
    openapi: "3.0.1",
    info: { title, version: "1" },
    paths,
    components: {
      securitySchemes: {
        [AUTHORIZER]: {
          type: "apiKey",
          name: "Authorization",
          in: "header",
          "x-amazon-apigateway-authtype": "custom",
          "x-amazon-apigateway-authorizer": {
            type: "token",
            authorizerUri: invokeArns.authorizer,
            authorizerResultTtlInSeconds: cacheSeconds,
            identityValidationExpression: "^Bearer [A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$",
          },
        },
      },
    },
    "x-amazon-apigateway-gateway-responses": gatewayResponses(),
  });
}

import type { FunctionName } from "../../runtime/contract/names.ts";
import { isPerTenant } from "../../runtime/contract/names.ts";
import bodies from "../../runtime/contract/request-bodies.json" with { type: "json" };
import { gatewayResponses } from "./gateway-responses.ts";

/** Every route and the function that serves it. */
export const ROUTES = [
  { method: "post", path: "/v1/chat", fn: "chat" },
  { method: "get", path: "/v1/me", fn: "chat" },
  { method: "get", path: "/v1/usage", fn: "chat" },
  { method: "get", path: "/v1/documents", fn: "documents" },
  { method: "post", path: "/v1/documents", fn: "documents" },
  { method: "delete", path: "/v1/documents/{id}", fn: "documents" },
  { method: "get", path: "/v1/users", fn: "users" },
  { method: "post", path: "/v1/users", fn: "users" },
  { method: "put", path: "/v1/users/{id}", fn: "users" },
  { method: "delete", path: "/v1/users/{id}", fn: "users" },
] as const satisfies readonly { readonly method: string; readonly path: string; readonly fn: FunctionName }[];

type Route = (typeof ROUTES)[number];
/** Functions that the API calls: those of the routes, and its authorizer. */
export type ApiFunction = Route["fn"] | "authorizer";

const AUTHORIZER = "token";
const API_KEY = "usage";
const VALIDATOR = "all";
/** By which API Gateway tells Lambda whose environment to run a function in. */
const TENANT_HEADER = "integration.request.header.X-Amz-Tenant-Id";

/** The API as OpenAPI 3 with API Gateway's extensions. */
export function openApi(
  title: string,
  invokeArns: Readonly<Record<ApiFunction, string>>,
  cacheSeconds: number,
): string {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of ROUTES) (paths[route.path] ??= {})[route.method] = operation(route, invokeArns);
  return JSON.stringify({
    openapi: "3.0.1",
    info: { title, version: "1" },
    // Whose usage plan a request counts against is the authorizer's word: a key that a client sends is not looked at.
    "x-amazon-apigateway-api-key-source": "AUTHORIZER",
    "x-amazon-apigateway-request-validators": {
      [VALIDATOR]: { validateRequestBody: true, validateRequestParameters: true },
    },
    "x-amazon-apigateway-request-validator": VALIDATOR,
    paths,
    components: {
      schemas: Object.fromEntries(
        Object.entries(bodies).map(([route, schema]) => [schemaName(route), schema]),
      ),
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
        [API_KEY]: { type: "apiKey", name: "x-api-key", in: "header" },
      },
    },
    "x-amazon-apigateway-gateway-responses": gatewayResponses(),
  });
}

function operation({ method, path, fn }: Route, invokeArns: Readonly<Record<ApiFunction, string>>): object {
  const route = `${method.toUpperCase()} ${path}`;
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  return {
    security: [{ [AUTHORIZER]: [], [API_KEY]: [] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route in bodies
      ? {
          requestBody: {
            required: true,
            content: {
              "application/json": { schema: { $ref: `#/components/schemas/${schemaName(route)}` } },
            },
          },
        }
      : {}),
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

/** `POST /v1/users/{id}` -> `PostV1UsersId`: API Gateway's names of models are letters and digits. */
function schemaName(route: string): string {
  return route
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1).toLowerCase())
    .join("");
}

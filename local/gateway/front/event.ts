import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../../account/identity.ts";
import { shortId } from "./definition.ts";
import type { Route } from "./route.ts";

/** A request to a stage, before anyone has judged it. */
export interface FrontRequest {
  readonly apiId: string;
  readonly stage: string;
  readonly deploymentId: string;
  readonly stageVariables: Readonly<Record<string, string>> | null;
  readonly requestId: string;
  readonly verb: string;
  /** Below the stage, as on the wire; starts with `/`. */
  readonly path: string;
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** The gateway listens on the loopback interface only. */
export const SOURCE_IP = "127.0.0.1";

/** Of one connection, or set anew on the next: API Gateway does not pass them on, in either direction. */
export const CONNECTION_HEADERS = new Set([
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** What a REQUEST authorizer's event and a proxy integration's event have in common. */
export function requestParts(
  request: FrontRequest,
  route: Route,
  authorizer?: Readonly<Record<string, unknown>>,
) {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    if (!CONNECTION_HEADERS.has(name)) headers[name] = value;
  const forwarded = headers["x-forwarded-for"];
  headers["x-forwarded-for"] = forwarded === undefined ? SOURCE_IP : `${forwarded}, ${SOURCE_IP}`;
  const query = queryOf(request.rawQuery);
  const { resource } = route.operation;
  return {
    resource,
    path: request.path,
    httpMethod: request.verb,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters:
      query && Object.fromEntries(Object.entries(query).map(([name, all]) => [name, all.at(-1)])),
    multiValueQueryStringParameters: query,
    pathParameters: route.pathParameters,
    stageVariables: request.stageVariables,
    requestContext: {
      resourceId: shortId(request.apiId, resource),
      ...(authorizer && { authorizer }),
      resourcePath: resource,
      httpMethod: request.verb,
      extendedRequestId: request.requestId,
      requestTime: requestTime(request.time),
      path: `/${request.stage}${request.path}`,
      accountId: LOCAL_ACCOUNT,
      protocol: "HTTP/1.1",
      stage: request.stage,
      domainPrefix: request.apiId,
      requestTimeEpoch: request.time,
      requestId: request.requestId,
      identity: {
        cognitoIdentityPoolId: null,
        accountId: null,
        cognitoIdentityId: null,
        caller: null,
        sourceIp: SOURCE_IP,
        principalOrgId: null,
        accessKey: null,
        cognitoAuthenticationType: null,
        cognitoAuthenticationProvider: null,
        userArn: null,
        userAgent: request.headers["user-agent"] ?? null,
        user: null,
      },
      domainName: `${request.apiId}.execute-api.${LOCAL_REGION}.amazonaws.com`,
      deploymentId: request.deploymentId,
      apiId: request.apiId,
    },
  };
}

/** ARN of what a request asks to invoke; with a resource's template and `*` for its parameters, the source of an integration. */
export function executeApiArn(apiId: string, ...rest: readonly string[]): string {
  return `arn:${LOCAL_PARTITION}:execute-api:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${[apiId, ...rest].join("/")}`;
}

/** Every value of each parameter, decoded; null if there are none. */
export function queryOf(rawQuery: string): Record<string, string[]> | null {
  const query: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(rawQuery)) {
    Object.defineProperty(query, name, {
      value: [...(Object.hasOwn(query, name) ? (query[name] ?? []) : []), value],
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return Object.keys(query).length > 0 ? query : null;
}

/** `22/Nov/2026:06:42:41 +0000`, the format of the common log. */
function requestTime(time: number): string {
  const [, day = "", month = "", year = "", clock = ""] =
    /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(time).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${clock} +0000`;
}

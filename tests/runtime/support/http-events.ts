import type { APIGatewayProxyEvent, Context } from "aws-lambda";

import type { Problem } from "../../../runtime/contract/api.ts";
import type { Routes } from "../../../runtime/shared/http.ts";
import { httpHandler } from "../../../runtime/shared/http.ts";

export interface TestRequest {
  readonly method?: string;
  readonly path?: string;
  /** As API Gateway names it; default: the path. */
  readonly resource?: string;
  /** In the path. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly body?: string | object | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly authorizedTenant?: string;
  /** Whose the execution environment is. @default the authorized tenant */
  readonly environmentTenant?: string | null;
  readonly base64?: boolean;
}

/** What API Gateway (REST, proxy integration) sends. */
export function proxyEvent(request: TestRequest): APIGatewayProxyEvent {
  const {
    method = "POST",
    path = "/v1/chat",
    body = null,
    headers = { Authorization: "Bearer t" },
  } = request;
  const text = typeof body === "object" && body !== null ? JSON.stringify(body) : body;
  return {
    httpMethod: method,
    path,
    resource: request.resource ?? path,
    pathParameters: request.parameters ?? null,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: request.query ?? null,
    body: text !== null && request.base64 ? Buffer.from(text).toString("base64") : text,
    isBase64Encoded: request.base64 ?? false,
    requestContext: { requestId: "request-1", authorizer: { tenantId: request.authorizedTenant ?? "acme" } },
  } as unknown as APIGatewayProxyEvent;
}

/** Sends a request through the HTTP wrapper; `lines` is what was logged meanwhile. */
export async function send(routes: Routes, request: TestRequest) {
  const lines: Record<string, unknown>[] = [];
  const original = console.log;
  console.log = (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>);
  try {
    const { authorizedTenant = "acme", environmentTenant = authorizedTenant } = request;
    const context = {
      getRemainingTimeInMillis: () => 5000,
      ...(environmentTenant !== null && { tenantId: environmentTenant }),
    } as Context;
    const result = await httpHandler(routes)(proxyEvent(request), context);
    const json = JSON.parse(result.body) as Record<string, unknown> & Partial<Problem>;
    return { status: result.statusCode, headers: result.headers ?? {}, json, lines, raw: result.body };
  } finally {
    console.log = original;
  }
}

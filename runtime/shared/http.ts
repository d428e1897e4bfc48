import { performance } from "node:perf_hooks";

import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from "aws-lambda";

import type { Problem } from "../contract/api.ts";
import { REQUEST_MS } from "./dependencies.ts";
import {
  BudgetExceeded,
  BulkheadError,
  InvalidRequest,
  MethodNotAllowed,
  NotFound,
  PayloadTooLarge,
} from "./errors.ts";
import { describeError, log } from "./log.ts";
import { measured } from "./metrics.ts";

/** One request while it is answered. */
export interface Exchange {
  readonly event: APIGatewayProxyEvent;
  /** As in {@link Routes}. */
  readonly route: string;
  readonly requestId: string;
  /** The only tenant that this execution environment serves, by Lambda's word. */
  readonly environmentTenant: string | undefined;
  /** Aborts shortly before API Gateway or Lambda would give up. */
  readonly signal: AbortSignal;
  /** Fields for the request's audit line; add to it as they become known. */
  readonly audit: Record<string, unknown>;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** `POST /v1/chat`, `DELETE /v1/documents/{id}` (as API Gateway names its resource) -> what answers it. */
export type Routes = Readonly<
  Record<`${"GET" | "POST" | "PUT" | "DELETE"} /${string}`, (exchange: Exchange) => Promise<Answer>>
>;

/** Left for the answer and the last lines of the log. */
const MARGIN_MS = 500;
/** Seconds after which a client may ask again, where a service failed. */
const RETRY_AFTER = "2";

/**
 * A Lambda handler for API Gateway (REST, proxy integration): dispatches, writes one audit line per request, and turns every error into
 * a problem document (RFC 9457) that tells nothing of the inside.
 */
export function httpHandler(
  routes: Routes,
): (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult> {
  return async (event, context) => {
    const started = performance.now();
    const requestId = event.requestContext.requestId;
    const path = event.resource.includes("+}") ? event.path : event.resource;
    const audit: Record<string, unknown> = {};
    const budget = Math.min(context.getRemainingTimeInMillis(), REQUEST_MS) - MARGIN_MS;
    const finish = (status: number, outcome: string) => {
      const ms = Math.round((performance.now() - started) * 10) / 10;
      log("audit", {
        function: context.functionName,
        requestId,
        action: `${event.httpMethod} ${path}`,
        ...audit,
        status,
        ms,
        ...measured(outcome, ms),
      });
    };
    const failed = new AbortController();
    try {
      const answerTo = routeFor(routes, event.httpMethod, path);
      const signal = AbortSignal.any([AbortSignal.timeout(Math.max(1, Math.floor(budget))), failed.signal]);
      const { status, body } = await answerTo({
        event,
        route: `${event.httpMethod} ${path}`,
        requestId,
        environmentTenant: context.tenantId,
        signal,
        audit,
      });
      finish(status, "ok");
      return reply(status, "application/json", body);
    } catch (error) {
      // Nothing of a request goes on once it is answered.
      failed.abort();
      log("error", { requestId, error: describeError(error) });
      const { code, problem } = problemOf(error, requestId);
      finish(problem.status, code);
      return reply(problem.status, "application/problem+json", problem, headersOf(error));
    }
  };
}

function routeFor(routes: Routes, method: string, path: string) {
  const allowed = Object.entries(routes).filter(([route]) => route.split(" ")[1] === path);
  if (allowed.length === 0) throw new NotFound("no such route");
  const found = allowed.find(([route]) => route.startsWith(`${method} `));
  if (!found) throw new MethodNotAllowed(allowed.map(([route]) => route.split(" ")[0] ?? ""));
  return found[1];
}

/** What a client is told of an error: nothing of the inside. */
export function problemOf(
  error: unknown,
  requestId: string,
): { readonly code: string; readonly problem: Problem } {
  const { status, code, title, detail } =
    error instanceof BulkheadError
      ? error
      : { status: 500, code: "internal", title: "The request could not be completed", detail: undefined };
  const type = `urn:bulkhead:problem:${code}`;
  return { code, problem: { type, title, status, ...(detail !== undefined && { detail }), requestId } };
}

/** What a client is told beside the problem: how to sign in, when to ask again. */
export function headersOf(error: unknown): Record<string, string> {
  if (!(error instanceof BulkheadError)) return {};
  if (error instanceof MethodNotAllowed) return { allow: error.allow.join(", ") };
  if (error.status === 401) return { "www-authenticate": 'Bearer error="invalid_token"' };
  if (error instanceof BudgetExceeded)
    return { "retry-after": String(Math.max(1, Math.ceil((error.until.getTime() - Date.now()) / 1000))) };
  if (error.status === 503 || error.status === 504) return { "retry-after": RETRY_AFTER };
  return {};
}

/** Headers of every answer: it is for who asked, and is what it says that it is. */
export const answerHeaders = (contentType: string): Readonly<Record<string, string>> => ({
  "content-type": contentType,
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
});

function reply(
  statusCode: number,
  contentType: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyResult {
  return {
    statusCode,
    headers: { ...answerHeaders(contentType), ...headers },
    body: JSON.stringify(body),
  };
}

/** The only value of a header; undefined if it is absent. @throws InvalidRequest if it is there more than once */
export function singleHeader(event: APIGatewayProxyEvent, name: string): string | undefined {
  const of = <T>(headers: Readonly<Record<string, T | undefined>> | null): T[] =>
    Object.entries(headers ?? {}).flatMap(([key, value]) =>
      key.toLowerCase() === name && value !== undefined ? [value] : [],
    );
  // Test consoles and some proxies leave one of the two out.
  const many = of(event.multiValueHeaders as APIGatewayProxyEvent["multiValueHeaders"] | null).flat();
  const values = many.length > 0 ? many : of(event.headers as APIGatewayProxyEvent["headers"] | null);
  if (values.length > 1) throw new InvalidRequest(`The header ${name} may occur once only.`);
  return values[0];
}

/** The only value of a parameter in the query; undefined if it is absent. @throws InvalidRequest if it is there more than once */
export function queryParameter(event: APIGatewayProxyEvent, name: string): string | undefined {
  const many = event.multiValueQueryStringParameters?.[name];
  if (many && many.length > 1) throw new InvalidRequest(`The parameter ${name} may occur once only.`);
  return many?.[0] ?? event.queryStringParameters?.[name];
}

/** A parameter in the path, decoded; empty if it is absent or not UTF-8. */
export function pathParameter(event: APIGatewayProxyEvent, name: string): string {
  try {
    return decodeURIComponent(event.pathParameters?.[name] ?? "");
  } catch {
    return "";
  }
}

/** The body as JSON. @throws InvalidRequest, PayloadTooLarge */
export function jsonBody(event: APIGatewayProxyEvent, limitBytes: number): unknown {
  const raw = event.body ?? "";
  if (raw.length > limitBytes * 2) throw new PayloadTooLarge(limitBytes);
  const bytes = Buffer.from(raw, event.isBase64Encoded ? "base64" : "utf8");
  if (bytes.length > limitBytes) throw new PayloadTooLarge(limitBytes);
  return parseJson(bytes);
}

/** @throws InvalidRequest */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) throw new InvalidRequest("The body is empty; it has to be a JSON object.");
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch (cause) {
    throw new InvalidRequest("The body is not valid JSON in UTF-8.", { cause });
  }
}

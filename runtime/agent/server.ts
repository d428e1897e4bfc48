import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { performance } from "node:perf_hooks";

import type { AnswerParts } from "./answer.ts";
import { answerQuestion, auditOf, invocationRequest, MAX_QUESTION_BODY } from "./answer.ts";
import type { ChatResponse } from "../contract/api.ts";
import { bearerToken } from "../shared/bearer.ts";
import type { ContextForToken } from "../shared/credentials.ts";
import { REQUEST_MS } from "../shared/dependencies.ts";
import { Forbidden, InvalidToken, MethodNotAllowed, NotFound, PayloadTooLarge } from "../shared/errors.ts";
import { answerHeaders, headersOf, parseJson, problemOf } from "../shared/http.ts";
import { describeError, log } from "../shared/log.ts";
import { parseBody } from "../shared/request-context.ts";
import { isInScope } from "../shared/scopes.ts";
import { EventStream, wantsEvents } from "./events.ts";
import type { BindSession } from "./sessions.ts";
import { SESSION_HEADER } from "./sessions.ts";

export interface AgentParts extends AnswerParts {
  readonly contextForToken: ContextForToken;
  readonly bindSession: BindSession;
}

/** Whoever may ask by the API may ask here. */
const CHAT_ROUTE = "POST /v1/chat";
/** Milliseconds for a request's head and body. */
const RECEIVE_MS = 10_000;

/**
 * What AgentCore asks of a container: `POST /invocations` with the caller's `Authorization` and the session's id, `GET /ping`. AgentCore has
 * verified the token and checks nothing else: whose it is, whether the tenant is active and what it may ask, the broker says anew, from
 * the raw token; and a session is its first user's. Answers in JSON, or as an {@link EventStream} to a client that asks for one.
 */
export function createAgentServer(parts: AgentParts): Server {
  const server = createServer((request, response) => {
    void answer(parts, request, response);
  });
  server.requestTimeout = RECEIVE_MS;
  server.headersTimeout = RECEIVE_MS;
  return server;
}

async function answer(parts: AgentParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const started = performance.now();
  const requestId = randomUUID();
  const audit: Record<string, unknown> = {};
  const finish = (status: number, outcome: string): void => {
    const ms = Math.round((performance.now() - started) * 10) / 10;
    log("audit", {
      function: "agent",
      requestId,
      action: "POST /invocations",
      ...audit,
      status,
      outcome,
      ms,
    });
  };
  const events = wantsEvents(request.headers.accept) ? new EventStream(response) : undefined;
  const gone = new AbortController();
  response.once("close", () => {
    gone.abort();
  });
  try {
    if (route(request) === "ping") {
      const body = { status: "Healthy", time_of_last_update: Math.floor(Date.now() / 1000) };
      reply(response, 200, "application/json", body);
      return;
    }
    const { question } = parseBody(invocationRequest, await jsonOf(request));
    const context = await parts.contextForToken(bearerToken(onlyHeader(request, "authorization")));
    Object.assign(audit, { tenant: context.tenantId, sub: context.user.sub });
    if (context.user.scopes && !isInScope(CHAT_ROUTE, context.user.scopes))
      throw new Forbidden("asking is in none of the client's scopes");
    const session = await parts.bindSession(context, onlyHeader(request, SESSION_HEADER));
    audit["session"] = session;
    const signal = AbortSignal.any([AbortSignal.timeout(REQUEST_MS), gone.signal]);
    const { corpora, tools, ...found } = await answerQuestion(parts, context, question, {
      signal,
      conversation: session,
      ...(events && {
        onProgress: ({ type, ...data }) => {
          events.send(type, data);
        },
      }),
    });
    Object.assign(audit, auditOf({ corpora, tools, ...found }));
    finish(200, "ok");
    const body: ChatResponse = { ...found, requestId };
    if (events) {
      events.send("answer", body);
      events.end();
    } else reply(response, 200, "application/json", body);
  } catch (error) {
    log("error", { function: "agent", requestId, error: describeError(error) });
    const { code, problem } = problemOf(error, requestId);
    finish(problem.status, code);
    if (events?.begun) {
      events.send("problem", problem);
      events.end();
      return;
    }
    // What is left of a body that was not read is not another request.
    response.setHeader("connection", "close");
    for (const [name, value] of Object.entries(headersOf(error))) response.setHeader(name, value);
    reply(response, problem.status, "application/problem+json", problem);
  }
}

function route({ method = "", url = "" }: IncomingMessage): "ping" | "invocations" {
  const path = url.split("?")[0] ?? "";
  const allowed = path === "/ping" ? "GET" : path === "/invocations" ? "POST" : undefined;
  if (allowed === undefined) throw new NotFound("no such route");
  if (method !== allowed) throw new MethodNotAllowed([allowed]);
  return path === "/ping" ? "ping" : "invocations";
}

/** A header that came twice is nobody's. */
function onlyHeader(request: IncomingMessage, name: string): string | undefined {
  const values = request.headersDistinct[name] ?? [];
  if (values.length > 1) throw new InvalidToken("missing");
  return values[0];
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_QUESTION_BODY) throw new PayloadTooLarge(MAX_QUESTION_BODY);
    parts.push(part);
  }
  return parseJson(Buffer.concat(parts));
}

function reply(response: ServerResponse, status: number, contentType: string, body: object): void {
  response.writeHead(status, answerHeaders(contentType));
  response.end(JSON.stringify(body));
}

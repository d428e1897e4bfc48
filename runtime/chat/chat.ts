import type { ChatResponse, MeResponse } from "../contract/api.ts";
import { ADMIN_GROUP } from "../contract/registry.ts";
import type { ContextForToken } from "../shared/credentials.ts";
import { monthOf } from "../shared/budgets.ts";
import { Forbidden, InvalidRequest } from "../shared/errors.ts";
import type { Routes } from "../shared/http.ts";
import { jsonBody, queryParameter } from "../shared/http.ts";
import { contextOf, parseBody } from "../shared/request-context.ts";
import type { AnswerParts } from "../agent/answer.ts";
import { answerQuestion, auditOf, chatRequest, MAX_QUESTION_BODY } from "../agent/answer.ts";

export interface ChatParts extends AnswerParts {
  readonly contextForToken: ContextForToken;
}

/** `POST /v1/chat` and `GET /v1/me`. */
export function chatRoutes(parts: ChatParts): Routes {
  return {
    "POST /v1/chat": async (exchange) => {
      const { question, conversation } = parseBody(chatRequest, jsonBody(exchange.event, MAX_QUESTION_BODY));
      const context = await contextOf(exchange, parts.contextForToken);
      const { audit, requestId, signal } = exchange;
      const { corpora, tools, ...found } = await answerQuestion(parts, context, question, {
        signal,
        conversation,
      });
      Object.assign(audit, auditOf({ corpora, tools, ...found }));
      const body: ChatResponse = { ...found, requestId };
      return { status: 200, body };
    },
    "GET /v1/usage": async (exchange) => {
      const month = monthOf(new Date());
      const asked = queryParameter(exchange.event, "month") ?? month;
      if (!/^20\d\d-(0[1-9]|1[0-2])$/.test(asked) || asked > month)
        throw new InvalidRequest("month has to be this one or one before, as 2026-03.");
      const context = await contextOf(exchange, parts.contextForToken);
      if (!context.user.groups.includes(ADMIN_GROUP)) throw new Forbidden("the user is no admin");
      return { status: 200, body: await parts.budgets.usage(context, asked) };
    },
    "GET /v1/me": async (exchange) => {
      const context = await contextOf(exchange, parts.contextForToken);
      const { name } = await parts.readRoute(context);
      const { sub, username, groups } = context.user;
      const body: MeResponse = { tenant: { id: context.tenantId, name }, user: { sub, username, groups } };
      return { status: 200, body };
    },
  };
}

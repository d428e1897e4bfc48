import { z } from "zod";

import type { ChatRequest, ChatResponse } from "../contract/api.ts";
import { NO_ANSWER } from "../contract/api.ts";
import type { Budgets } from "../shared/budgets.ts";
import { within } from "../shared/deadline.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import { DependencyUnavailable, IsolationFault } from "../shared/errors.ts";
import { describeError, log } from "../shared/log.ts";
import type { TenantContext } from "../shared/tenant-context.ts";
import type { Conversations, Turn } from "./conversations.ts";
import { CONVERSATION_ID } from "./conversations.ts";
import { BoundedModel } from "./bounded-model.ts";
import { CitedStream } from "./cited-stream.ts";
import { searchKnowledge } from "./knowledge.ts";
import type { Spoken } from "./loop.ts";
import { converse, MAX_TOKENS } from "./loop.ts";
import type { Models } from "./model.ts";
import { NOT_FINISHED, prompt, readAnswer } from "./prompt.ts";
import { Shown, sources } from "./sources.ts";
import type { ToolParts } from "./tools.ts";
import { toolsFor } from "./tools.ts";

export interface AnswerParts extends ToolParts {
  readonly models: Models;
  readonly budgets: Budgets;
  /** Absent: this deployment keeps no conversations. */
  readonly conversations?: Conversations;
}

/** Bytes of a request with a question. */
export const MAX_QUESTION_BODY = 32_768;

// Line breaks and tabs are text; other control characters are not (they could forge structure in logs and prompts).
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u2028\u2029]/;

const question = z
  .string("has to be text")
  .trim()
  .min(1, "must not be empty")
  .max(2000, "may have at most 2,000 characters")
  .refine((text) => !CONTROL.test(text) && text.isWellFormed(), "holds control or broken characters");
const conversation = z
  .string("has to be text")
  .regex(CONVERSATION_ID, "has to have 33 to 100 letters, digits, hyphens and underscores");

export const chatRequest: z.ZodType<ChatRequest> = z.strictObject({
  question,
  conversation: conversation.exactOptional(),
});
/** To AgentCore: its session is the conversation. */
export const invocationRequest: z.ZodType<Pick<ChatRequest, "question">> = z.strictObject({ question });

/** An answer, how many passages of each corpus were found before the model spoke, and which tools it used. */
export type Answered = Omit<ChatResponse, "requestId"> & {
  readonly corpora: { readonly tenant: number; readonly shared: number };
  readonly tools: readonly string[];
};

/** What a request's audit line says of its answer: nothing of its words. */
export function auditOf({ corpora, tools, answered, citations, conversation }: Answered): object {
  return {
    corpora,
    tools,
    answered,
    citations: citations.length,
    ...(conversation && { conversation: { known: conversation.known, kept: conversation.kept } }),
  };
}

/** While an answer comes about: words to show, or that those shown so far are void. */
export type Progress = { readonly type: "text"; readonly text: string } | { readonly type: "restart" };

export interface AskOptions {
  readonly signal: AbortSignal;
  /** What the question is a part of; absent: of nothing, and nothing is kept. */
  readonly conversation?: string | undefined;
  /** Told of words as they come. */
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * The agent: both corpora are searched before the model speaks, then the model answers, or uses tools and answers. Everything is done as
 * the tenant and within the user's groups; what the model says decides on words, never on whose data are read.
 */
export async function answerQuestion(
  parts: AnswerParts,
  context: TenantContext,
  question: string,
  { signal, conversation: id, onProgress }: AskOptions,
): Promise<Answered> {
  // Before anything is asked of a model, the one that embeds the question included.
  const reservation = await parts.budgets.reserve(context);
  let model: BoundedModel | undefined;
  try {
    if (id === undefined) return (await answered(Promise.resolve([]))).answer;
    const recalled = recall(parts, context, id, signal);
    const { answer, withheld } = await answered(recalled.then(({ turns }) => turns));
    const turn = { question, answer: answer.answer };
    // What the guardrail withholds is not remembered either.
    const kept = !withheld && (await keep(parts, context, id, turn, signal));
    return { ...answer, conversation: { id, known: (await recalled).known, kept } };
  } finally {
    await reservation.settle(model?.taken ?? NOTHING);
  }

  async function answered(
    before: Promise<readonly Turn[]>,
  ): Promise<{ answer: Answered; withheld: boolean }> {
    const [found, turns] = await Promise.all([searchKnowledge(parts, context, question, signal), before]);
    const corpora = { tenant: found.tenant.length, shared: found.shared.length };
    const shown = new Shown(sources(found.tenant, found.shared));
    // Nothing to quote, and no tool that could find what a search did not.
    if (shown.all.length === 0 && !parts.claims)
      return { answer: { ...readAnswer("", []), corpora, tools: [] }, withheld: false };
    const stream = new CitedStream(() => shown.all);
    const asked = parts.models.chat(context, found.chatProfile, onProgress !== undefined);
    const bounded = (model = new BoundedModel(asked, MAX_TOKENS));
    const spoken = await within(DEPENDENCIES.chatModel, signal, ({ abortSignal }) =>
      converse({
        model: bounded,
        message: prompt(question, shown.all, turns),
        toolsFor: (onFatal) => toolsFor(parts, { context, shown, signal: abortSignal, onFatal }),
        signal: abortSignal,
        onText: (text) => {
          const words = stream.push(text);
          if (words !== "") onProgress?.({ type: "text", text: words });
        },
        onTools: () => {
          if (stream.shown) onProgress?.({ type: "restart" });
          stream.restart();
        },
      }),
    );
    const answer = { ...read(spoken, shown), corpora, tools: spoken.tools };
    return { answer, withheld: spoken.end === "withheld" };
  }
}

/** Without what was said before there still is an answer, which says so; another's words are no answer to anybody. */
async function recall(
  { conversations }: AnswerParts,
  context: TenantContext,
  id: string,
  signal: AbortSignal,
): Promise<{ readonly turns: readonly Turn[]; readonly known: boolean }> {
  if (!conversations) return { turns: [], known: false };
  try {
    return { turns: await conversations.recall(context, id, signal), known: true };
  } catch (error) {
    if (error instanceof IsolationFault) throw error;
    log("error", {
      what: "a conversation was not read",
      tenant: context.tenantId,
      error: describeError(error),
    });
    return { turns: [], known: false };
  }
}

async function keep(
  { conversations }: AnswerParts,
  context: TenantContext,
  id: string,
  turn: Turn,
  signal: AbortSignal,
): Promise<boolean> {
  if (!conversations) return false;
  try {
    await conversations.keep(context, id, turn, signal);
    return true;
  } catch (error) {
    log("error", { what: "a turn was not kept", tenant: context.tenantId, error: describeError(error) });
    return false;
  }
}

const NOTHING = { inputTokens: 0, outputTokens: 0 };

function read({ end, text }: Spoken, shown: Shown): ReturnType<typeof readAnswer> {
  switch (end) {
    case "withheld":
      // What the guardrail withholds has no answer, and nothing says why: that would help whoever tries it out.
      return readAnswer(NO_ANSWER, []);
    case "limit":
      return { answer: NOT_FINISHED, answered: false, citations: [] };
    case "said": {
      // A reply that is empty must not pass for "no document says".
      if (text.trim() !== "") return readAnswer(text, shown.all);
      throw new DependencyUnavailable(DEPENDENCIES.chatModel.name, {
        cause: new Error("the reply was empty"),
      });
    }
  }
}

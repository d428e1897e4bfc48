import type { Model, Tool } from "@strands-agents/sdk";
import { Agent, ModelError, NullConversationManager } from "@strands-agents/sdk";

import { DEPENDENCIES } from "../shared/dependencies.ts";
import { DependencyTimeout, DependencyUnavailable } from "../shared/errors.ts";
import { TokenLimit } from "./bounded-model.ts";
import { SYSTEM_PROMPT } from "./prompt.ts";

/** Replies of the model for one question: the last one answers, those before ask for tools. */
const MAX_TURNS = 4;
/** What the model may read and write for one question, in all its replies. */
export const MAX_TOKENS = 60_000;

export interface Conversation {
  readonly model: Model;
  readonly message: string;
  /** @param onFatal ends the conversation with this error */
  readonly toolsFor: (onFatal: (error: unknown) => void) => Tool[];
  readonly signal: AbortSignal;
  readonly onText: (text: string) => void;
  /** The model asked for tools: what it said before is no answer. */
  readonly onTools: () => void;
}

/** How a conversation ended, the last reply, and which tools were called in which order. */
export interface Spoken {
  /** `withheld`: by the guardrail; `limit`: the model wanted more turns or tokens than there are. */
  readonly end: "said" | "withheld" | "limit";
  readonly text: string;
  readonly tools: readonly string[];
}

/** One question to the model, with its tools, until it answers. @throws what the model or `onFatal` threw; DependencyUnavailable, DependencyTimeout */
export async function converse(conversation: Conversation): Promise<Spoken> {
  const { model, message, signal, onText, onTools } = conversation;
  const fatal = new AbortController();
  const tools: string[] = [];
  const agent = new Agent({
    model,
    systemPrompt: SYSTEM_PROMPT,
    tools: conversation.toolsFor((error) => {
      fatal.abort(error);
    }),
    printer: false,
    // The SDK client repeats what may pass, within the time that there is.
    retryStrategy: null,
    // Nothing is left out silently: what is too long is a fault.
    conversationManager: new NullConversationManager(),
    sandbox: false,
  });
  const cancelSignal = AbortSignal.any([signal, fatal.signal]);
  try {
    const run = agent.stream(message, { limits: { turns: MAX_TURNS }, cancelSignal });
    for (;;) {
      const step = await run.next();
      if (step.done) {
        if (fatal.signal.aborted) throw fatal.signal.reason;
        return { ...ending(step.value), tools };
      }
      const event = step.value;
      if (event.type === "modelStreamUpdateEvent") {
        const { event: update } = event;
        if (update.type === "modelContentBlockDeltaEvent" && update.delta.type === "textDelta")
          onText(update.delta.text);
      } else if (event.type === "beforeToolCallEvent") tools.push(event.toolUse.name);
      else if (event.type === "beforeToolsEvent") onTools();
    }
  } catch (error) {
    if (fatal.signal.aborted) throw fatal.signal.reason;
    const fault = unwrapped(error);
    if (fault instanceof TokenLimit) return { end: "limit", text: "", tools };
    throw fault;
  }
}

/** What the model threw: the SDK wraps it. */
function unwrapped(error: unknown): unknown {
  return error instanceof ModelError && error.cause instanceof Error ? unwrapped(error.cause) : error;
}

type Result = Awaited<ReturnType<Agent["invoke"]>>;

/** Why a conversation ends, where that is no fault. */
const ENDS: Readonly<Record<string, Spoken["end"]>> = {
  endTurn: "said",
  stopSequence: "said",
  guardrailIntervened: "withheld",
  limitTurns: "limit",
};

function ending({ stopReason, lastMessage }: Result): Omit<Spoken, "tools"> {
  if (stopReason === "cancelled") throw new DependencyTimeout(DEPENDENCIES.chatModel.name);
  const end = ENDS[stopReason];
  // Cut short, or a reason that there is none for: it must not pass for "no document says".
  if (end === undefined) {
    const cause = new Error(`the reply ended by ${stopReason}`);
    throw new DependencyUnavailable(DEPENDENCIES.chatModel.name, { cause });
  }
  const text = lastMessage.content.map((block) => (block.type === "textBlock" ? block.text : "")).join("");
  return { end, text };
}

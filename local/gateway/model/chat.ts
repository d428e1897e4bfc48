/** The chat model behind Converse: messages in, one text out, the same every time. */
import { answer } from "./answer.ts";
import { parsePrompt } from "./prompt.ts";
import { tokenCount } from "./words.ts";

export interface ChatInput {
  readonly system: string;
  /** Text of the messages, in order; the last one is the user's. */
  readonly messages: readonly string[];
  /** In estimated tokens. */
  readonly maxTokens?: number;
  readonly stopSequences?: readonly string[];
}

export interface ChatOutput {
  readonly text: string;
  readonly stopReason: "end_turn" | "max_tokens" | "stop_sequence";
  readonly usage: {
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly totalTokens: number;
  };
}

export function chat({ system, messages, maxTokens = Infinity, stopSequences = [] }: ChatInput): ChatOutput {
  const last = messages.at(-1) ?? "";
  const prompt = parsePrompt(last);
  let text = prompt ? answer(prompt) : freeText(last);
  let stopReason: ChatOutput["stopReason"] = "end_turn";
  for (const sequence of stopSequences) {
    const at = sequence === "" ? -1 : text.indexOf(sequence);
    if (at < 0) continue;
    text = text.slice(0, at);
    stopReason = "stop_sequence";
  }
  if (tokenCount(text) > maxTokens) {
    text = cut(text, maxTokens);
    stopReason = "max_tokens";
  }
  const inputTokens = [system, ...messages].reduce((total, part) => total + tokenCount(part), 0);
  const outputTokens = tokenCount(text);
  return { text, stopReason, usage: { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens } };
}

/** Without passages there is nothing to quote, and this model knows nothing. */
const freeText = (message: string): string =>
  `This stand-in for a chat model answers only from passages that it is given. It was asked ${tokenCount(message)} tokens without any.`;

/** Whole words, up to a number of tokens. */
function cut(text: string, maxTokens: number): string {
  let kept = "";
  for (const [word] of text.matchAll(/\S+\s*/g)) {
    if (tokenCount(kept + word) > maxTokens) break;
    kept += word;
  }
  return kept.trimEnd();
}

/** The chat model behind Converse: messages in, a text or a use of a tool out, the same every time. */
import { answer, NO_ANSWER, quoteWhole } from "./answer.ts";
import { parsePassages, parsePrompt, type Passage } from "./prompt.ts";
import { chooseTool, RECORD_TOOLS, type ToolUse } from "./tool-choice.ts";
import { tokenCount } from "./words.ts";

/** What one message says, in order. */
export interface ChatMessage {
  readonly text: string;
  /** Of the model's own messages. */
  readonly toolUses?: readonly (ToolUse & { readonly id: string })[];
  /** Of the user's messages: what tools answered. */
  readonly toolResults?: readonly { readonly id: string; readonly text: string }[];
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of its input. */
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface ChatInput {
  readonly system: string;
  /** In order; the last one is the user's. */
  readonly messages: readonly ChatMessage[];
  /** Tools that may be used. */
  readonly tools?: readonly Tool[];
  /** In estimated tokens. */
  readonly maxTokens?: number;
  readonly stopSequences?: readonly string[];
}

export interface ChatOutput {
  readonly text: string;
  readonly toolUse?: ToolUse;
  readonly stopReason: "end_turn" | "max_tokens" | "stop_sequence" | "tool_use";
  readonly usage: {
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly totalTokens: number;
  };
}

export function chat({
  system,
  messages,
  tools = [],
  maxTokens = Infinity,
  stopSequences = [],
}: ChatInput): ChatOutput {
  const said = reply(messages, new Set(tools.map(({ name }) => name)));
  let { text } = said;
  const { toolUse } = said;
  let stopReason: ChatOutput["stopReason"] = toolUse ? "tool_use" : "end_turn";
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
  const parts = [system, ...messages.flatMap(textsOf)];
  const inputTokens = parts.reduce((total, part) => total + tokenCount(part), 0);
  const outputTokens = tokenCount(toolUse ? JSON.stringify(toolUse) : text);
  const usage = { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
  return { text, ...(toolUse && { toolUse }), stopReason, usage };
}

function reply(
  messages: readonly ChatMessage[],
  offered: ReadonlySet<string>,
): { readonly text: string; readonly toolUse?: ToolUse } {
  // The last question counts; what follows it are tools' answers to it.
  const at = messages.findLastIndex(({ text }) => parsePrompt(text) !== undefined);
  const prompt = parsePrompt(messages[at]?.text ?? "");
  if (!prompt) return { text: freeText(messages.at(-1)?.text ?? "") };
  const after = messages.slice(at + 1);
  const uses = after.flatMap(({ toolUses = [] }) => toolUses);
  const results = after.flatMap(({ toolResults = [] }) => toolResults);
  const foundBy = (records: boolean): Passage[] =>
    results
      .filter(({ id }) => RECORD_TOOLS.has(uses.find((use) => use.id === id)?.name ?? "") === records)
      .flatMap(({ text }) => parsePassages(text));
  const records = foundBy(true);
  if (records.length > 0) return { text: quoteWhole(records) };
  const text = answer({ ...prompt, passages: [...prompt.passages, ...foundBy(false)] });
  const toolUse = chooseTool(prompt, offered, new Set(uses.map(({ name }) => name)), text === NO_ANSWER);
  return toolUse ? { text: "", toolUse } : { text };
}

const textsOf = ({ text, toolUses = [], toolResults = [] }: ChatMessage): string[] => [
  text,
  ...toolUses.map((use) => JSON.stringify(use)),
  ...toolResults.map((result) => result.text),
];

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

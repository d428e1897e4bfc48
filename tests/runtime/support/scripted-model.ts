import type { BaseModelConfig, Message, ModelStreamEvent, StreamOptions } from "@strands-agents/sdk";
import { Model } from "@strands-agents/sdk";

/** One reply of a scripted model: words, or tools that it wants used, or both; or a fault. */
export interface Reply {
  readonly text?: string;
  readonly tools?: readonly { readonly name: string; readonly input: unknown }[];
  /** @default endTurn, or toolUse where there are tools */
  readonly stopReason?: string;
  readonly fault?: Error;
}

/** What a scripted model was asked with. */
export interface Asked {
  readonly messages: readonly Message[];
  readonly options: StreamOptions | undefined;
}

/** A chat model that replies what it is told to; asked more often, the last reply again. */
export class ScriptedModel extends Model {
  readonly asked: Asked[] = [];
  readonly #reply: (asked: Asked, turn: number) => Reply | Promise<Reply>;

  constructor(replies: readonly Reply[] | ((asked: Asked, turn: number) => Reply | Promise<Reply>)) {
    super();
    this.#reply = Array.isArray(replies)
      ? (_, turn) => replies[Math.min(turn, replies.length - 1)] as Reply
      : (replies as (asked: Asked, turn: number) => Reply);
  }

  override updateConfig(): void {
    // It has none.
  }

  override getConfig(): BaseModelConfig {
    return { modelId: "scripted" };
  }

  override async *stream(messages: Message[], options?: StreamOptions): AsyncGenerator<ModelStreamEvent> {
    const asked: Asked = { messages: [...messages], options };
    this.asked.push(asked);
    const { text = "", tools = [], stopReason, fault } = await this.#reply(asked, this.asked.length - 1);
    if (fault) throw fault;
    yield { type: "modelMessageStartEvent", role: "assistant" };
    if (text !== "" || tools.length === 0) {
      yield { type: "modelContentBlockStartEvent" };
      for (const word of text.match(/\S+\s*|\s+/g) ?? [])
        yield { type: "modelContentBlockDeltaEvent", delta: { type: "textDelta", text: word } };
      yield { type: "modelContentBlockStopEvent" };
    }
    for (const [i, { name, input }] of tools.entries()) {
      const toolUseId = `use-${this.asked.length}-${i}`;
      yield { type: "modelContentBlockStartEvent", start: { type: "toolUseStart", name, toolUseId } };
      const json = JSON.stringify(input);
      yield { type: "modelContentBlockDeltaEvent", delta: { type: "toolUseInputDelta", input: json } };
      yield { type: "modelContentBlockStopEvent" };
    }
    yield {
      type: "modelMessageStopEvent",
      stopReason: stopReason ?? (tools.length > 0 ? "toolUse" : "endTurn"),
    };
    yield {
      type: "modelMetadataEvent",
      usage: { inputTokens: 100, outputTokens: 10, totalTokens: 110 },
    };
  }
}

/** The text of everything that a model was asked with, its tools' answers included. */
export function textOf({ messages }: Asked): string {
  return messages
    .flatMap(({ content }) => content)
    .flatMap((block) => {
      if (block.type === "textBlock") return [block.text];
      if (block.type !== "toolResultBlock") return [];
      return block.content.map((part) => (part.type === "textBlock" ? part.text : JSON.stringify(part)));
    })
    .join("\n");
}

import type { BaseModelConfig, Message, ModelStreamEvent, StreamOptions } from "@strands-agents/sdk";
import { Model } from "@strands-agents/sdk";

import type { TokenUsage } from "../shared/budgets.ts";
import { MAX_REPLY_TOKENS } from "./model.ts";

/** The next reply could take more than is left for the question. */
export class TokenLimit extends Error {
  override readonly name = "TokenLimit";
}

/**
 * A model for one question, which is not asked once its answer could take more than the question may: a token is at least a byte of what
 * is sent, and a reply is bounded. Counts what was taken.
 */
export class BoundedModel extends Model {
  readonly #model: Model;
  readonly #most: number;
  #input = 0;
  #output = 0;

  constructor(model: Model, most: number) {
    super();
    this.#model = model;
    this.#most = most;
  }

  /** So far; a reply that came without its figures counts as the most that it could have been. */
  get taken(): TokenUsage {
    return { inputTokens: this.#input, outputTokens: this.#output };
  }

  override updateConfig(config: BaseModelConfig): void {
    this.#model.updateConfig(config);
  }

  override getConfig(): BaseModelConfig {
    return this.#model.getConfig();
  }

  override async *stream(messages: Message[], options?: StreamOptions): AsyncGenerator<ModelStreamEvent> {
    const { systemPrompt, toolSpecs } = options ?? {};
    const bytes = Buffer.byteLength(JSON.stringify([messages, systemPrompt, toolSpecs]));
    if (this.#input + this.#output + bytes + MAX_REPLY_TOKENS > this.#most) throw new TokenLimit();
    const before = this.taken;
    this.#input += bytes;
    this.#output += MAX_REPLY_TOKENS;
    for await (const event of this.#model.stream(messages, options)) {
      if (event.type === "modelMetadataEvent" && event.usage) {
        const { inputTokens, outputTokens } = event.usage;
        // Figures that are none would give back more than was counted.
        if (isCount(inputTokens) && isCount(outputTokens)) {
          this.#input = before.inputTokens + inputTokens;
          this.#output = before.outputTokens + outputTokens;
        }
      }
      yield event;
    }
  }
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

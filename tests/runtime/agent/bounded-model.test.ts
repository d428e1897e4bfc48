import assert from "node:assert/strict";

import type { BaseModelConfig, Message, ModelStreamEvent } from "@strands-agents/sdk";
import { Model } from "@strands-agents/sdk";

import { BoundedModel, TokenLimit } from "../../../runtime/agent/bounded-model.ts";
import { MAX_REPLY_TOKENS } from "../../../runtime/agent/model.ts";

/** A model that says these figures of itself, or none, and may end in a fault. */
class Telling extends Model {
  readonly #usage: { inputTokens: number; outputTokens: number } | undefined;
  readonly #fault: Error | undefined;
  asked = 0;

  constructor(usage?: { inputTokens: number; outputTokens: number }, fault?: Error) {
    super();
    this.#usage = usage;
    this.#fault = fault;
  }

  override updateConfig(): void {
    // It has none.
  }

  override getConfig(): BaseModelConfig {
    return {};
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- it has everything at once
  override async *stream(): AsyncGenerator<ModelStreamEvent> {
    this.asked += 1;
    yield { type: "modelMessageStartEvent", role: "assistant" };
    if (this.#fault) throw this.#fault;
    if (this.#usage) {
      const { inputTokens, outputTokens } = this.#usage;
      yield {
        type: "modelMetadataEvent",
        usage: { ...this.#usage, totalTokens: inputTokens + outputTokens },
      };
    }
  }
}

const messages: Message[] = [];
const BYTES = Buffer.byteLength(JSON.stringify([messages, undefined, undefined]));
const MOST = { inputTokens: BYTES, outputTokens: MAX_REPLY_TOKENS };

/** @param events that are taken before the reader is gone */
async function ask(model: BoundedModel, events = Infinity): Promise<void> {
  const reply = model.stream(messages);
  for (let taken = 0; taken < events; taken++) if ((await reply.next()).done === true) return;
  await reply.return(undefined);
}

describe("a model within bounds", () => {
  it("counts what the model says that it took, reply by reply", async () => {
    const bounded = new BoundedModel(new Telling({ inputTokens: 3, outputTokens: 2 }), 10_000);
    await ask(bounded);
    await ask(bounded);
    assert.deepEqual(bounded.taken, { inputTokens: 6, outputTokens: 4 });
  });

  for (const [what, usage] of [
    ["none", undefined],
    ["fewer than none", { inputTokens: -1_000_000, outputTokens: 0 }],
    ["fewer than none of what was written", { inputTokens: 1, outputTokens: -1 }],
    ["no number", { inputTokens: Number.NaN, outputTokens: 1 }],
    ["without end", { inputTokens: Infinity, outputTokens: 1 }],
    ["a part of one", { inputTokens: 0.5, outputTokens: 0 }],
  ] as const)
    it(`counts the most that it could have been where the figures are ${what}`, async () => {
      const bounded = new BoundedModel(new Telling(usage), 10_000);
      await ask(bounded);
      assert.deepEqual(bounded.taken, MOST);
    });

  it("counts the most where the stream is cut off, or fails", async () => {
    const cut = new BoundedModel(new Telling({ inputTokens: 1, outputTokens: 1 }), 10_000);
    await ask(cut, 1);
    assert.deepEqual(cut.taken, MOST);
    const failing = new BoundedModel(new Telling(undefined, new Error("gone")), 10_000);
    await assert.rejects(ask(failing), /gone/);
    assert.deepEqual(failing.taken, MOST);
  });

  it("is not asked once the next reply could take more than is left", async () => {
    const model = new Telling();
    const bounded = new BoundedModel(model, 2 * (BYTES + MAX_REPLY_TOKENS));
    await ask(bounded);
    await ask(bounded);
    await assert.rejects(ask(bounded), TokenLimit);
    assert.equal(model.asked, 2);
  });
});

import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";

import { clientSettings } from "../shared/aws-clients.ts";
import { within } from "../shared/deadline.ts";
import type { EmbeddingSettings } from "../shared/embedding.ts";
import { createEmbed } from "../shared/embedding.ts";
import type { Env } from "../shared/environment.ts";
import type { TenantContext } from "../shared/tenant-context.ts";
import { SYSTEM_PROMPT } from "./prompt.ts";

/** The models, called with the tenant's credentials. */
export interface Models {
  /** A text's embedding, normalised to length 1. */
  embed(context: TenantContext, text: string, signal: AbortSignal): Promise<readonly number[]>;
  /** The chat model's reply to one user message. */
  converse(context: TenantContext, message: string, signal: AbortSignal): Promise<string>;
}

export interface ModelSettings extends EmbeddingSettings {
  readonly chatModelId: string;
}

const CHAT_TIMEOUT_MS = 22_000;
const MAX_ANSWER_TOKENS = 800;

export function createModels(env: Env, region: string, settings: ModelSettings): Models {
  const { chatModelId } = settings;
  const embed = createEmbed(settings);
  const clientOf = (context: TenantContext) =>
    context.once(
      "bedrock-runtime",
      (credentials) => new BedrockRuntimeClient(clientSettings(env, region, credentials)),
    );
  return {
    embed: (context, text, signal) => embed(clientOf(context), text, signal),
    converse: (context, message, signal) =>
      within("chat model", CHAT_TIMEOUT_MS, signal, async (abortSignal) => {
        const answer = await clientOf(context).send(
          new ConverseCommand({
            modelId: chatModelId,
            system: [{ text: SYSTEM_PROMPT }],
            messages: [{ role: "user", content: [{ text: message }] }],
            inferenceConfig: { temperature: 0, maxTokens: MAX_ANSWER_TOKENS },
          }),
          { abortSignal },
        );
        return (answer.output?.message?.content ?? []).map((block) => block.text ?? "").join("");
      }),
  };
}

import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import type { Model } from "@strands-agents/sdk";
import { BedrockModel, configureLogging } from "@strands-agents/sdk";

import { clientSettings } from "../shared/aws-clients.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import type { EmbeddingSettings } from "../shared/embedding.ts";
import { createEmbed } from "../shared/embedding.ts";
import type { Env } from "../shared/environment.ts";
import type { TenantContext } from "../shared/tenant-context.ts";

/** The models, called with the tenant's credentials. */
export interface Models {
  /** A text's embedding, normalised to length 1. */
  embed(context: TenantContext, text: string, signal: AbortSignal): Promise<readonly number[]>;
  /**
   * The chat model, as this tenant asks it.
   * @param chatProfile - the tenant's inference profile, by whose ARN the model is asked
   * @param streaming - whether its words are wanted as they come, or its reply as a whole
   */
  chat(context: TenantContext, chatProfile: string, streaming: boolean): Model;
}

export interface ModelSettings extends EmbeddingSettings {
  /** What requests and answers are filtered by. */
  readonly guardrail: { readonly id: string; readonly version: string };
}

/** Of one reply of the model's. */
export const MAX_REPLY_TOKENS = 800;

const ignored = (): void => undefined;
// The SDK's own warnings quote messages, and with them what was asked and answered.
configureLogging({ debug: ignored, info: ignored, warn: ignored, error: ignored });

export function createModels(env: Env, region: string, settings: ModelSettings): Models {
  const { id: guardrailIdentifier, version: guardrailVersion } = settings.guardrail;
  const embed = createEmbed(settings, DEPENDENCIES.embeddingModel);
  const clientOf = (context: TenantContext) =>
    context.once(
      "bedrock-runtime",
      (credentials) =>
        new BedrockRuntimeClient(clientSettings(env, region, credentials, DEPENDENCIES.chatModel)),
    );
  return {
    embed: (context, text, signal) => embed(clientOf(context), text, signal),
    chat: (context, modelId, stream) =>
      context.once(
        `chat model ${modelId} ${String(stream)}`,
        (credentials) =>
          new BedrockModel({
            modelId,
            stream,
            temperature: 0,
            maxTokens: MAX_REPLY_TOKENS,
            // What a stream shows has passed the guardrail; and nothing tells why it withheld something.
            guardrailConfig: {
              guardrailIdentifier,
              guardrailVersion,
              trace: "disabled",
              ...(stream && { streamProcessingMode: "sync" }),
            },
            clientConfig: clientSettings(env, region, credentials, DEPENDENCIES.chatModel),
          }),
      ),
  };
}

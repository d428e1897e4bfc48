import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";

import { NO_ANSWER } from "../contract/api.ts";
import { clientSettings } from "../shared/aws-clients.ts";
import { within } from "../shared/deadline.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import type { EmbeddingSettings } from "../shared/embedding.ts";
import { createEmbed } from "../shared/embedding.ts";
import type { Env } from "../shared/environment.ts";
import { DependencyUnavailable } from "../shared/errors.ts";
import type { TenantContext } from "../shared/tenant-context.ts";
import { SYSTEM_PROMPT } from "./prompt.ts";

/** The models, called with the tenant's credentials. */
export interface Models {
  /** A text's embedding, normalised to length 1. */
  embed(context: TenantContext, text: string, signal: AbortSignal): Promise<readonly number[]>;
  /**
   * The chat model's whole reply to one user message; never empty.
   * @param chatProfile - the tenant's inference profile, by whose ARN the model is asked
   */
  converse(
    context: TenantContext,
    chatProfile: string,
    message: string,
    signal: AbortSignal,
  ): Promise<string>;
}

export interface ModelSettings extends EmbeddingSettings {
  /** What requests and answers are filtered by. */
  readonly guardrail: { readonly id: string; readonly version: string };
}

const MAX_ANSWER_TOKENS = 800;
/** Reasons for which a model stops when it has said all. */
const WHOLE: ReadonlySet<string> = new Set(["end_turn", "stop_sequence"]);

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
    converse: (context, chatProfile, message, signal) =>
      within(DEPENDENCIES.chatModel, signal, async (options) => {
        const answer = await clientOf(context).send(
          new ConverseCommand({
            modelId: chatProfile,
            guardrailConfig: { guardrailIdentifier, guardrailVersion },
            system: [{ text: SYSTEM_PROMPT }],
            messages: [{ role: "user", content: [{ text: message }] }],
            inferenceConfig: { temperature: 0, maxTokens: MAX_ANSWER_TOKENS },
          }),
          options,
        );
        // What the guardrail withholds has no answer, and nothing says why: that would help whoever tries it out.
        if (answer.stopReason === "guardrail_intervened") return NO_ANSWER;
        const text = (answer.output?.message?.content ?? []).map((block) => block.text ?? "").join("");
        // A reply that is cut short, withheld or empty must not pass for "no document says".
        if (!WHOLE.has(answer.stopReason ?? "") || text.trim() === "") {
          const cause = new Error(`the reply ended by ${answer.stopReason ?? "nothing"}`);
          throw new DependencyUnavailable(DEPENDENCIES.chatModel.name, { cause });
        }
        return text;
      }),
  };
}

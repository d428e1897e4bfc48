import type { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { z } from "zod";

import { within } from "./deadline.ts";
import type { Dependency } from "./dependencies.ts";

export interface EmbeddingSettings {
  readonly embeddingModelId: string;
  readonly embeddingDimensions: number;
}

/** A text's embedding, normalised to length 1. @throws DependencyUnavailable, DependencyTimeout */
export type Embed = (
  client: Pick<BedrockRuntimeClient, "send">,
  text: string,
  signal: AbortSignal,
) => Promise<readonly number[]>;

/**
 * The same for documents and for questions: their vectors are compared. Titan's request format.
 * @param model how long and how often it is asked, which differs between the two
 */
export function createEmbed(
  { embeddingModelId, embeddingDimensions: dimensions }: EmbeddingSettings,
  model: Dependency,
): Embed {
  // A vector of zeros has no direction: whatever it is compared with would be equally near.
  const embedding = z.array(z.number()).length(dimensions);
  const answered = z.object({ embedding: embedding.refine((vector) => vector.some((each) => each !== 0)) });
  return (client, inputText, signal) =>
    within(model, signal, async (options) => {
      const answer = await client.send(
        new InvokeModelCommand({
          modelId: embeddingModelId,
          contentType: "application/json",
          accept: "application/json",
          body: JSON.stringify({ inputText, dimensions, normalize: true }),
        }),
        options,
      );
      return answered.parse(JSON.parse(answer.body.transformToString())).embedding;
    });
}

import type { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { z } from "zod";

import { within } from "./deadline.ts";

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

const EMBEDDING_TIMEOUT_MS = 5000;

/** The same for documents and for questions: their vectors are compared. Titan's request format. */
export function createEmbed({ embeddingModelId, embeddingDimensions: dimensions }: EmbeddingSettings): Embed {
  const answered = z.object({ embedding: z.array(z.number()).length(dimensions) });
  return (client, inputText, signal) =>
    within("embedding model", EMBEDDING_TIMEOUT_MS, signal, async (abortSignal) => {
      const answer = await client.send(
        new InvokeModelCommand({
          modelId: embeddingModelId,
          contentType: "application/json",
          accept: "application/json",
          body: JSON.stringify({ inputText, dimensions, normalize: true }),
        }),
        { abortSignal },
      );
      return answered.parse(JSON.parse(answer.body.transformToString())).embedding;
    });
}

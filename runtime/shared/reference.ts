import { BedrockAgentRuntimeClient, RetrieveCommand } from "@aws-sdk/client-bedrock-agent-runtime";

import { clientSettings } from "./aws-clients.ts";
import { within } from "./deadline.ts";
import type { Env } from "./environment.ts";
import type { Passage } from "./store.ts";
import type { TenantContext } from "./tenant-context.ts";

/** Searches the reference corpus that all tenants share and none can write, with the tenant's credentials. Best first. */
export type SearchReference = (
  context: TenantContext,
  question: string,
  size: number,
  signal: AbortSignal,
) => Promise<readonly Passage[]>;

const RETRIEVE_TIMEOUT_MS = 8000;
/** Bedrock's limit for `KnowledgeBaseQuery.text`, in characters; a question may be longer. */
const MAX_QUERY_LENGTH = 1000;

/** The part of a question that the corpus is searched for: whole characters, at most the limit. */
export function queryOf(question: string): string {
  return Array.from(question).slice(0, MAX_QUERY_LENGTH).join("");
}

export function createReferenceSearch(env: Env, region: string, knowledgeBaseId: string): SearchReference {
  return (context, question, size, signal) =>
    within("reference corpus", RETRIEVE_TIMEOUT_MS, signal, async (abortSignal) => {
      const client = context.once(
        "bedrock-agent-runtime",
        (credentials) => new BedrockAgentRuntimeClient(clientSettings(env, region, credentials)),
      );
      const answer = await client.send(
        new RetrieveCommand({
          knowledgeBaseId,
          retrievalQuery: { text: queryOf(question) },
          retrievalConfiguration: { vectorSearchConfiguration: { numberOfResults: size } },
        }),
        { abortSignal },
      );
      return (answer.retrievalResults ?? []).flatMap((result, index) => {
        const uri = result.location?.s3Location?.uri;
        const text = result.content?.text;
        return uri && text ? [{ id: `${index} ${uri}`, uri, text }] : [];
      });
    });
}

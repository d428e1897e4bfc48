import { BedrockAgentRuntimeClient, RetrieveCommand } from "@aws-sdk/client-bedrock-agent-runtime";

import { clientSettings } from "./aws-clients.ts";
import { within } from "./deadline.ts";
import { DEPENDENCIES } from "./dependencies.ts";
import type { Env } from "./environment.ts";
import { DependencyUnavailable } from "./errors.ts";
import type { Passage } from "./store.ts";
import type { TenantContext } from "./tenant-context.ts";

/** Searches the reference corpus that all tenants share and none can write, with the tenant's credentials. Best first. */
export type SearchReference = (
  context: TenantContext,
  question: string,
  size: number,
  signal: AbortSignal,
) => Promise<readonly Passage[]>;

/** Bedrock's limit for `KnowledgeBaseQuery.text`, in characters; a question may be longer. */
const MAX_QUERY_LENGTH = 1000;

/** The part of a question that the corpus is searched for: whole characters, at most the limit. */
export function queryOf(question: string): string {
  return Array.from(question).slice(0, MAX_QUERY_LENGTH).join("");
}

export function createReferenceSearch(env: Env, region: string, knowledgeBaseId: string): SearchReference {
  return (context, question, size, signal) =>
    within(DEPENDENCIES.referenceCorpus, signal, async (options) => {
      const client = context.once(
        "bedrock-agent-runtime",
        (credentials) =>
          new BedrockAgentRuntimeClient(
            clientSettings(env, region, credentials, DEPENDENCIES.referenceCorpus),
          ),
      );
      const answer = await client.send(
        new RetrieveCommand({
          knowledgeBaseId,
          retrievalQuery: { text: queryOf(question) },
          retrievalConfiguration: { vectorSearchConfiguration: { numberOfResults: size } },
        }),
        options,
      );
      // An answer without a list, or a result without a source, is none: an empty one would say that there is nothing to find.
      if (!answer.retrievalResults) throw malformed("no results");
      return answer.retrievalResults.map((result, index) => {
        const uri = result.location?.s3Location?.uri;
        const text = result.content?.text;
        if (!uri || !text) throw malformed("a result without text or source");
        return { id: `${index} ${uri}`, uri, text };
      });
    });
}

function malformed(what: string): DependencyUnavailable {
  return new DependencyUnavailable(DEPENDENCIES.referenceCorpus.name, { cause: new Error(what) });
}

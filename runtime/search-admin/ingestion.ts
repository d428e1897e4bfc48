import type { BedrockAgentClient, IngestionJob } from "@aws-sdk/client-bedrock-agent";
import {
  ConflictException,
  GetIngestionJobCommand,
  paginateListDataSources,
  paginateListKnowledgeBases,
  StartIngestionJobCommand,
} from "@aws-sdk/client-bedrock-agent";
import { z } from "zod";

import type { IngestionInput } from "../contract/admin-payloads.ts";
import type { AdminKind } from "../shared/admin.ts";
import type { Wait } from "../shared/wait.ts";
import { waitFor } from "../shared/wait.ts";

type Body = IngestionInput["body"];

const body: z.ZodType<Body> = z.strictObject({
  knowledgeBase: z.string().min(1).max(100),
  dataSource: z.string().min(1).max(100),
});

/** An ingestion job, from start to end; what it took in goes with the store, so that there is nothing to remove. */
export function ingestion(client: BedrockAgentClient, wait: Wait): AdminKind<Body> {
  return {
    parse: (input) => body.parse(input),
    apply: async (_name, { knowledgeBase, dataSource }) => {
      const knowledgeBaseId = await knowledgeBaseByName(client, knowledgeBase);
      const dataSourceId = await dataSourceByName(client, knowledgeBaseId, dataSource);
      const what = `ingestion of ${knowledgeBase}`;
      // One job at a time per knowledge base: one that runs already may have missed what was just written.
      const started = await waitFor(what, wait, async () => {
        try {
          const answer = await client.send(new StartIngestionJobCommand({ knowledgeBaseId, dataSourceId }));
          return answer.ingestionJob ?? "no job was started";
        } catch (error) {
          if (error instanceof ConflictException) return "another job is running";
          throw error;
        }
      });
      const ended = await waitFor(what, wait, async () => {
        const { ingestionJobId } = started;
        const { ingestionJob } = await client.send(
          new GetIngestionJobCommand({ knowledgeBaseId, dataSourceId, ingestionJobId }),
        );
        const running = !["COMPLETE", "FAILED", "STOPPED"].includes(ingestionJob?.status ?? "");
        return running || !ingestionJob ? `the job is ${ingestionJob?.status ?? "unknown"}` : ingestionJob;
      });
      return outcome(what, ended);
    },
    remove: async () => {
      // Nothing to do: see above.
    },
  };
}

/** A job's counts. @throws Error if it failed, or if it is complete but documents failed */
export function outcome(what: string, job: IngestionJob) {
  const {
    numberOfDocumentsScanned: scanned = 0,
    numberOfDocumentsFailed: failed = 0,
    numberOfNewDocumentsIndexed: added = 0,
    numberOfModifiedDocumentsIndexed: modified = 0,
    numberOfDocumentsDeleted: deleted = 0,
  } = job.statistics ?? {};
  if (job.status !== "COMPLETE" || failed > 0) {
    const reasons = job.failureReasons?.slice(0, 3).join("; ") ?? "";
    throw new Error(
      `${what}: job ${job.ingestionJobId ?? ""} is ${job.status ?? "unknown"}; ${failed} of ${scanned} documents failed. ${reasons}`,
    );
  }
  return { job: job.ingestionJobId ?? "", scanned, added, modified, deleted };
}

async function knowledgeBaseByName(client: BedrockAgentClient, name: string): Promise<string> {
  for await (const page of paginateListKnowledgeBases({ client }, {}))
    for (const found of page.knowledgeBaseSummaries ?? [])
      if (found.name === name && found.knowledgeBaseId) return found.knowledgeBaseId;
  throw new Error(`there is no knowledge base named "${name}"`);
}

async function dataSourceByName(
  client: BedrockAgentClient,
  knowledgeBaseId: string,
  name: string,
): Promise<string> {
  for await (const page of paginateListDataSources({ client }, { knowledgeBaseId }))
    for (const found of page.dataSourceSummaries ?? [])
      if (found.name === name && found.dataSourceId) return found.dataSourceId;
  throw new Error(`the knowledge base has no data source named "${name}"`);
}

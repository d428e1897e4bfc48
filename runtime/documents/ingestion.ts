import { setTimeout as sleep } from "node:timers/promises";

import {
  BedrockAgentClient,
  ConflictException,
  StartIngestionJobCommand,
} from "@aws-sdk/client-bedrock-agent";

import type { PutDocumentResponse } from "../contract/api.ts";
import type { RegistryItem } from "../contract/registry.ts";
import { clientSettings } from "../shared/aws-clients.ts";
import type { CallOptions } from "../shared/deadline.ts";
import { within } from "../shared/deadline.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import type { Env } from "../shared/environment.ts";
import { DependencyUnavailable } from "../shared/errors.ts";
import type { TenantContext } from "../shared/tenant-context.ts";

/**
 * Starts the tenant's ingestion job. While another one runs, which may or may not have seen the new document, it waits
 * a few seconds; if that one still runs, the answer is {@link NOT_STARTED}: the document is stored, and the next job takes it in.
 */
export type StartIngestion = (
  context: TenantContext,
  store: RegistryItem["store"],
  signal: AbortSignal,
) => Promise<PutDocumentResponse["ingestion"]>;

/** In the pool the bucket's event starts the ingestion. */
const BY_EVENT: PutDocumentResponse["ingestion"] = { id: "", status: "PENDING" };
export const NOT_STARTED: PutDocumentResponse["ingestion"] = { id: "", status: "NOT_STARTED" };

/** Waits between tries; a knowledge base runs one job at a time. */
const WAITS_MS = [500, 1500, 3000, 5000];

export function createStartIngestion(env: Env, region: string, waitsMs = WAITS_MS): StartIngestion {
  return async (context, store, signal) => {
    if (store.kind === "pool") return BY_EVENT;
    const { knowledgeBaseId, dataSourceId } = store;
    const client = context.once(
      "bedrock-agent",
      (credentials) =>
        new BedrockAgentClient(clientSettings(env, region, credentials, DEPENDENCIES.ingestionStart)),
    );
    for (const wait of [...waitsMs, undefined]) {
      const started = await within(DEPENDENCIES.ingestionStart, signal, (options) =>
        start(client, knowledgeBaseId, dataSourceId, options),
      );
      if (started) return started;
      // No time left to wait for the other job: what the request was for is done.
      if (wait === undefined || !(await slept(wait, signal))) break;
    }
    return NOT_STARTED;
  };
}

/** Undefined: another job runs. */
async function start(
  client: BedrockAgentClient,
  knowledgeBaseId: string,
  dataSourceId: string,
  options: CallOptions,
): Promise<PutDocumentResponse["ingestion"] | undefined> {
  try {
    const { ingestionJob: job } = await client.send(
      new StartIngestionJobCommand({ knowledgeBaseId, dataSourceId }),
      options,
    );
    if (!job?.ingestionJobId) {
      const cause = new Error("an answer without a job");
      throw new DependencyUnavailable(DEPENDENCIES.ingestionStart.name, { cause });
    }
    return { id: job.ingestionJobId, status: job.status ?? "STARTING" };
  } catch (error) {
    if (error instanceof ConflictException) return undefined;
    throw error;
  }
}

/** False if the signal came first. */
async function slept(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal }).catch(() => false);
}

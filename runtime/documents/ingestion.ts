import { setTimeout as sleep } from "node:timers/promises";

import {
  BedrockAgentClient,
  ConflictException,
  StartIngestionJobCommand,
} from "@aws-sdk/client-bedrock-agent";

import type { PutDocumentResponse } from "../contract/api.ts";
import type { RegistryItem } from "../contract/registry.ts";
import { clientSettings } from "../shared/aws-clients.ts";
import { within } from "../shared/deadline.ts";
import type { Env } from "../shared/environment.ts";
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

const START_TIMEOUT_MS = 5000;
/** Waits between tries; a knowledge base runs one job at a time. */
const WAITS_MS = [500, 1500, 3000, 5000];

export function createStartIngestion(env: Env, region: string, waitsMs = WAITS_MS): StartIngestion {
  return async (context, store, signal) => {
    if (store.kind === "pool") return BY_EVENT;
    const { knowledgeBaseId, dataSourceId } = store;
    const client = context.once(
      "bedrock-agent",
      (credentials) => new BedrockAgentClient(clientSettings(env, region, credentials)),
    );
    for (const wait of [...waitsMs, undefined]) {
      const started = await within("ingestion", START_TIMEOUT_MS, signal, (abortSignal) =>
        client
          .send(new StartIngestionJobCommand({ knowledgeBaseId, dataSourceId }), { abortSignal })
          .catch((error: unknown) => {
            if (error instanceof ConflictException) return undefined;
            throw error;
          }),
      );
      if (started?.ingestionJob) {
        const { ingestionJobId, status } = started.ingestionJob;
        return { id: ingestionJobId ?? "", status: status ?? "STARTING" };
      }
      if (wait !== undefined) await sleep(wait);
    }
    return NOT_STARTED;
  };
}

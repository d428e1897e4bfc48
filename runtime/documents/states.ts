import {
  AccessDeniedException,
  BedrockAgentClient,
  paginateListIngestionJobs,
  paginateListKnowledgeBaseDocuments,
} from "@aws-sdk/client-bedrock-agent";
import type { KnowledgeBaseDocumentDetail } from "@aws-sdk/client-bedrock-agent";
import { z } from "zod";

import type { DocumentEntry, DocumentState } from "../contract/api.ts";
import type { RegistryItem, SiloStore } from "../contract/registry.ts";
import { TENANT_TAG } from "../contract/names.ts";
import { clientSettings } from "../shared/aws-clients.ts";
import type { CallOptions } from "../shared/deadline.ts";
import { within } from "../shared/deadline.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import type { Env } from "../shared/environment.ts";
import { DependencyUnavailable } from "../shared/errors.ts";
import { describeError, log } from "../shared/log.ts";
import { searchAnswer } from "../shared/opensearch.ts";
import { DOCUMENT_RECORD, documentId, POOL_FIELDS } from "../shared/pool-index.ts";
import { placeOf, searchAs } from "../shared/store.ts";
import type { TenantContext } from "../shared/tenant-context.ts";

/** A document as it is stored now. */
export interface Present {
  readonly key: string;
  readonly uri: string;
  readonly etag: string;
  readonly sidecarEtag: string;
  /** When document or metadata were last written, whichever was later. */
  readonly modified: Date;
}

export type State = Pick<DocumentEntry, "state" | "reason">;

/** What became of documents, by their keys: of these versions of them; an older one's state is no state of theirs. */
export type StatesOf = (
  context: TenantContext,
  tenant: RegistryItem,
  documents: readonly Present[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, State>>;

const PENDING: State = { state: "pending" };

export function createStatesOf(env: Env, region: string): StatesOf {
  return async (context, tenant, documents, signal) => {
    if (documents.length === 0) return new Map();
    const { store } = tenant;
    return within(DEPENDENCIES.documentStates, signal, async (options) => {
      if (store.kind === "silo") {
        const client = context.once(
          "bedrock-agent",
          (credentials) =>
            new BedrockAgentClient(clientSettings(env, region, credentials, DEPENDENCIES.documentStates)),
        );
        return siloStates(client, store, documents, options);
      }
      const body = {
        size: documents.length,
        query: {
          bool: {
            filter: [
              { term: { [TENANT_TAG]: context.tenantId } },
              { term: { [POOL_FIELDS.record]: DOCUMENT_RECORD } },
              { terms: { [POOL_FIELDS.key]: documents.map(({ key }) => key) } },
            ],
          },
        },
        _source: [
          POOL_FIELDS.key,
          POOL_FIELDS.etag,
          POOL_FIELDS.sidecar,
          POOL_FIELDS.state,
          POOL_FIELDS.reason,
        ],
      };
      const answer = await searchAs(context, env, region, placeOf(tenant), body, options);
      return poolStates(answer, documents);
    });
  };
}

const records = searchAnswer(
  z.object({
    [POOL_FIELDS.key]: z.string(),
    [POOL_FIELDS.etag]: z.string(),
    [POOL_FIELDS.sidecar]: z.string().optional(),
    [POOL_FIELDS.state]: z.enum(["pending", "indexed", "failed"] satisfies DocumentState[]),
    [POOL_FIELDS.reason]: z.string().optional(),
  }),
);

/** States from the pool's records: one of another version than the present means that the present one is still to come. */
export function poolStates(answer: unknown, documents: readonly Present[]): ReadonlyMap<string, State> {
  const byId = new Map(records.parse(answer).hits.hits.map(({ _id, _source }) => [_id, _source]));
  return new Map(
    documents.map(({ key, etag, sidecarEtag }) => {
      const record = byId.get(documentId(key));
      if (record?.etag !== etag || record.sidecar !== sidecarEtag) return [key, PENDING];
      const { state, reason } = record;
      return [key, { state, ...(reason !== undefined && { reason }) }];
    }),
  );
}

/**
 * Bedrock's statuses of documents. A partly indexed document is a failed one: its missing parts would never be found, and missing
 * metadata could show it to the wrong group. Whatever is not named here is pending.
 */
const STATUSES: Readonly<Record<string, State>> = {
  INDEXED: { state: "indexed" },
  PARTIALLY_INDEXED: { state: "failed", reason: "only a part of it could be indexed" },
  METADATA_PARTIALLY_INDEXED: { state: "failed", reason: "only a part of its metadata could be indexed" },
  METADATA_UPDATE_FAILED: { state: "failed", reason: "its metadata could not be updated" },
  FAILED: { state: "failed", reason: "it could not be ingested" },
  IGNORED: { state: "failed", reason: "it was left out of the ingestion" },
};

/** What Bedrock says of one document. `lastRun`: when the last ingestion began that has ended well. */
export function siloState(
  detail: Pick<KnowledgeBaseDocumentDetail, "status" | "statusReason" | "updatedAt"> | undefined,
  modified: Date,
  lastRun: Date | undefined,
): State {
  const known = STATUSES[detail?.status ?? ""];
  if (!detail || !known) return PENDING;
  // A document that is written anew with the same content is not ingested again, and keeps its date.
  const seen = Math.max(detail.updatedAt?.getTime() ?? 0, lastRun?.getTime() ?? 0);
  if (seen < toSeconds(modified)) return PENDING;
  return known.state === "failed" && detail.statusReason ? { ...known, reason: detail.statusReason } : known;
}

/** S3 states times of objects in whole seconds. */
function toSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000) * 1000;
}

async function siloStates(
  client: BedrockAgentClient,
  { knowledgeBaseId, dataSourceId }: SiloStore,
  documents: readonly Present[],
  options: CallOptions,
): Promise<ReadonlyMap<string, State>> {
  const source = { knowledgeBaseId, dataSourceId };
  const wanted = new Map(documents.map((document) => [document.uri, document]));
  const details = new Map<string, KnowledgeBaseDocumentDetail>();
  for await (const page of paginateListKnowledgeBaseDocuments({ client, pageSize: 1000 }, source, options)) {
    for (const detail of whole(page.documentDetails)) {
      const uri = detail.identifier?.s3?.uri;
      if (uri !== undefined && wanted.has(uri)) details.set(uri, detail);
    }
    if (details.size === wanted.size) break;
  }
  const isOld = ({ uri, modified }: Present) =>
    siloState(details.get(uri), modified, modified).state !==
    siloState(details.get(uri), modified, undefined).state;
  const lastRun = documents.some(isOld) ? await lastRunOf(client, source, options) : undefined;
  return new Map(
    documents.map(({ key, uri, modified }) => [key, siloState(details.get(uri), modified, lastRun)]),
  );
}

async function lastRunOf(
  client: BedrockAgentClient,
  source: { knowledgeBaseId: string; dataSourceId: string },
  options: CallOptions,
): Promise<Date | undefined> {
  let last: Date | undefined;
  try {
    for await (const page of paginateListIngestionJobs({ client, pageSize: 1000 }, source, options))
      for (const { status, startedAt } of whole(page.ingestionJobSummaries))
        if (status === "COMPLETE" && startedAt && (!last || startedAt > last)) last = startedAt;
  } catch (error) {
    if (!(error instanceof AccessDeniedException)) throw error;
    // Without the jobs a document that was written anew stays pending until Bedrock says otherwise: no reason to list none.
    log("error", { error: describeError(error) });
  }
  return last;
}

/** A page's list, which is there even if it is empty. @throws DependencyUnavailable if the answer is not one of this operation */
function whole<T>(listed: readonly T[] | undefined): readonly T[] {
  if (listed) return listed;
  const cause = new Error("a page without its list");
  throw new DependencyUnavailable(DEPENDENCIES.documentStates.name, { cause });
}

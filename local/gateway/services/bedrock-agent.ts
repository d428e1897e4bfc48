/** bedrock-agent: what the runtime asks of knowledge bases' control plane. Making them is the provider's part. */
import type { ResourceRecord } from "../../account/account.ts";
import type { Call, Gateway, Reply } from "../contract.ts";
import { unserved } from "./bedrock-errors.ts";
import { readJson, reply } from "./bedrock-json.ts";
import type { IngestionJobs } from "./bedrock-jobs.ts";
import { handleDocuments } from "./bedrock-ledger.ts";
import { page } from "./bedrock-page.ts";
import {
  authorizeKnowledgeBase,
  dataSourceId,
  dataSources,
  findDataSource,
  KNOWLEDGE_BASE,
  knowledgeBaseArn,
} from "./bedrock-records.ts";

/** @param path Decoded segments after `/knowledgebases`. */
export function handleAgent(
  gateway: Gateway,
  jobs: IngestionJobs,
  call: Call,
  path: readonly string[],
): Reply {
  const [knowledgeBaseId, sources, sourceId, ingestion, jobId] = path;
  const { method } = call;
  if (knowledgeBaseId === undefined) {
    if (method !== "POST") throw unserved(call);
    gateway.authorize(call, { action: "bedrock:ListKnowledgeBases", resource: "*" });
    const { items, nextToken } = page(call, gateway.account.resources(KNOWLEDGE_BASE));
    return reply(call, { knowledgeBaseSummaries: items.map(knowledgeBaseSummary), nextToken });
  }
  const authorize = (action: string): ResourceRecord =>
    authorizeKnowledgeBase(gateway, call, `bedrock:${action}`, knowledgeBaseId);
  if (sources === undefined) {
    if (method !== "GET") throw unserved(call);
    return reply(call, { knowledgeBase: knowledgeBaseDetail(authorize("GetKnowledgeBase")) });
  }
  if (sources !== "datasources") throw unserved(call);
  if (sourceId === undefined) {
    if (method !== "POST") throw unserved(call);
    authorize("ListDataSources");
    const { items, nextToken } = page(call, dataSources(gateway.account, knowledgeBaseId));
    return reply(call, { dataSourceSummaries: items.map(dataSourceSummary), nextToken });
  }
  if (ingestion === undefined) {
    if (method !== "GET") throw unserved(call);
    authorize("GetDataSource");
    return reply(call, {
      dataSource: dataSourceDetail(findDataSource(gateway.account, knowledgeBaseId, sourceId)),
    });
  }
  if (ingestion === "documents") {
    const known = path.length === 4 || (path.length === 5 && jobId === "getDocuments");
    if (method !== "POST" || !known) throw unserved(call);
    const operation = path.length === 4 ? "list" : "get";
    authorize(operation === "list" ? "ListKnowledgeBaseDocuments" : "GetKnowledgeBaseDocuments");
    findDataSource(gateway.account, knowledgeBaseId, sourceId);
    return handleDocuments(gateway, call, { knowledgeBaseId, dataSourceId: sourceId }, operation);
  }
  if (ingestion !== "ingestionjobs" || path.length > 5) throw unserved(call);
  if (jobId !== undefined) {
    if (method !== "GET") throw unserved(call);
    authorize("GetIngestionJob");
    return reply(call, { ingestionJob: jobs.get(knowledgeBaseId, sourceId, jobId) });
  }
  if (method === "PUT") {
    const knowledgeBase = authorize("StartIngestionJob");
    const dataSource = findDataSource(gateway.account, knowledgeBaseId, sourceId);
    const { clientToken, description } = readJson(call, ["clientToken", "description"]);
    const job = jobs.start(knowledgeBase, dataSource, {
      ...(typeof clientToken === "string" ? { clientToken } : {}),
      ...(typeof description === "string" ? { description } : {}),
    });
    return reply(call, { ingestionJob: job }, 202);
  }
  if (method !== "POST") throw unserved(call);
  authorize("ListIngestionJobs");
  findDataSource(gateway.account, knowledgeBaseId, sourceId);
  const { items, nextToken } = page(call, jobs.list(knowledgeBaseId, sourceId));
  return reply(call, { ingestionJobSummaries: items, nextToken });
}

const EPOCH = new Date(0).toISOString();
const dates = ({ outputs }: ResourceRecord): object => ({
  createdAt: outputs["createdAt"] ?? EPOCH,
  updatedAt: outputs["updatedAt"] ?? outputs["createdAt"] ?? EPOCH,
});

const knowledgeBaseSummary = (record: ResourceRecord): object => ({
  knowledgeBaseId: record.id,
  name: record.outputs["name"],
  description: record.outputs["description"],
  status: "ACTIVE",
  ...dates(record),
});

const knowledgeBaseDetail = (record: ResourceRecord): object => ({
  ...knowledgeBaseSummary(record),
  knowledgeBaseArn: knowledgeBaseArn(record.id),
  roleArn: record.outputs["roleArn"],
  knowledgeBaseConfiguration: record.outputs["knowledgeBaseConfiguration"],
  storageConfiguration: record.outputs["storageConfiguration"],
});

const dataSourceSummary = (record: ResourceRecord): object => ({
  knowledgeBaseId: record.outputs["knowledgeBaseId"],
  dataSourceId: dataSourceId(record),
  name: record.outputs["name"],
  description: record.outputs["description"],
  status: "AVAILABLE",
  ...dates(record),
});

const dataSourceDetail = (record: ResourceRecord): object => ({
  ...dataSourceSummary(record),
  dataSourceConfiguration: record.outputs["dataSourceConfiguration"],
  vectorIngestionConfiguration: record.outputs["vectorIngestionConfiguration"],
  dataDeletionPolicy: record.outputs["dataDeletionPolicy"],
});

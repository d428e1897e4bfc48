/** Deployed knowledge bases and data sources, read into what serving them needs. */
import type { Account, ResourceRecord } from "../../account/account.ts";
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../../account/identity.ts";
import { AwsError, type Call, type Gateway } from "../contract.ts";
import { tagsOf } from "../roles.ts";
import { invalid, isJson, type Json } from "./bedrock-json.ts";

export const KNOWLEDGE_BASE = "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase";
export const DATA_SOURCE = "aws:bedrock/agentDataSource:AgentDataSource";

export interface KnowledgeBase {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly embeddingModelArn: string;
  readonly dimensions: number;
  readonly collectionId: string;
  readonly index: string;
  readonly fields: { readonly vector: string; readonly text: string; readonly metadata: string };
  readonly record: ResourceRecord;
}

export interface DataSource {
  readonly id: string;
  readonly name: string;
  readonly bucket: string;
  /** Empty: the whole bucket. */
  readonly prefix: string;
  readonly chunking: { readonly maxTokens: number; readonly overlapPercentage: number } | "NONE";
  readonly record: ResourceRecord;
}

export const knowledgeBaseArn = (id: string): string =>
  `arn:${LOCAL_PARTITION}:bedrock:${LOCAL_REGION}:${LOCAL_ACCOUNT}:knowledge-base/${id}`;

/**
 * Decides on a knowledge base by its ARN and tags, then finds it: who may not ask doesn't learn whether it exists.
 * @throws AwsError AccessDenied, ResourceNotFoundException
 */
export function authorizeKnowledgeBase(
  gateway: Gateway,
  call: Call,
  action: string,
  id: string,
): ResourceRecord {
  if (!/^[0-9A-Za-z]{10}$/.test(id)) throw invalid(`'${id}' is not a knowledge base id.`);
  const record = gateway.account.resource(KNOWLEDGE_BASE, id);
  const context: Record<string, string> = {};
  for (const [key, value] of Object.entries(record ? tagsOf(record) : {}))
    context[`aws:ResourceTag/${key}`] = value;
  gateway.authorize(call, { action, resource: knowledgeBaseArn(id), context });
  if (!record) throw notFound(`Knowledge base with id ${id} is not found.`);
  return record;
}

export const notFound = (message: string): AwsError =>
  new AwsError("ResourceNotFoundException", message, 404);

/** @throws AwsError ValidationException naming what the embedded account can't serve. */
export function readKnowledgeBase(record: ResourceRecord): KnowledgeBase {
  const where = `knowledge base ${record.id}`;
  const configuration = at(record.outputs, "knowledgeBaseConfiguration");
  if (configuration["type"] !== "VECTOR")
    throw invalid(`${where}: only type VECTOR is supported by the embedded account.`);
  const vector = at(configuration, "vectorKnowledgeBaseConfiguration");
  const storage = at(record.outputs, "storageConfiguration");
  if (storage["type"] !== "OPENSEARCH_SERVERLESS")
    throw invalid(`${where}: only storage OPENSEARCH_SERVERLESS is supported by the embedded account.`);
  const store = at(storage, "opensearchServerlessConfiguration");
  const mapping = at(store, "fieldMapping");
  const embedding = at(at(vector, "embeddingModelConfiguration"), "bedrockEmbeddingModelConfiguration");
  const collectionArn = text(store, "collectionArn");
  return {
    id: record.id,
    arn: knowledgeBaseArn(record.id),
    name: text(record.outputs, "name"),
    roleArn: text(record.outputs, "roleArn"),
    embeddingModelArn: text(vector, "embeddingModelArn"),
    dimensions: Number(embedding["dimensions"] ?? 1024),
    collectionId: collectionArn.slice(collectionArn.lastIndexOf("/") + 1),
    index: text(store, "vectorIndexName"),
    fields: {
      vector: text(mapping, "vectorField"),
      text: text(mapping, "textField"),
      metadata: text(mapping, "metadataField"),
    },
    record,
  };
}

export function dataSources(account: Account, knowledgeBaseId: string): ResourceRecord[] {
  return account
    .resources(DATA_SOURCE)
    .filter(({ outputs }) => outputs["knowledgeBaseId"] === knowledgeBaseId);
}

export const dataSourceId = (record: ResourceRecord): string => text(record.outputs, "dataSourceId");

/** @throws AwsError ResourceNotFoundException */
export function findDataSource(account: Account, knowledgeBaseId: string, id: string): ResourceRecord {
  const found = dataSources(account, knowledgeBaseId).find((record) => dataSourceId(record) === id);
  if (!found) throw notFound(`DataSource with id ${id} is not found in knowledge base ${knowledgeBaseId}.`);
  return found;
}

/** Default chunking of Bedrock: about 300 tokens, 20% overlap. */
const DEFAULT_CHUNKING = { maxTokens: 300, overlapPercentage: 20 };

/** @throws AwsError ValidationException naming what the embedded account can't serve. */
export function readDataSource(record: ResourceRecord): DataSource {
  const id = dataSourceId(record);
  const configuration = at(record.outputs, "dataSourceConfiguration");
  if (configuration["type"] !== "S3")
    throw invalid(`data source ${id}: only type S3 is supported by the embedded account.`);
  const s3 = at(configuration, "s3Configuration");
  const prefixes = Array.isArray(s3["inclusionPrefixes"]) ? s3["inclusionPrefixes"] : [];
  const ingestion = at(record.outputs, "vectorIngestionConfiguration");
  for (const name of ["parsingConfiguration", "customTransformationConfiguration"])
    if (Object.keys(at(ingestion, name)).length > 0)
      throw invalid(`data source ${id}: ${name} is not supported by the embedded account.`);
  return {
    id,
    name: text(record.outputs, "name"),
    bucket: text(s3, "bucketArn").replace(/^arn:[a-z-]+:s3:::/, ""),
    prefix: prefixes.length > 0 ? String(prefixes[0]) : "",
    chunking: readChunking(id, at(ingestion, "chunkingConfiguration")),
    record,
  };
}

function readChunking(id: string, chunking: Json): DataSource["chunking"] {
  const strategy = chunking["chunkingStrategy"] ?? "FIXED_SIZE";
  if (strategy === "NONE") return "NONE";
  if (strategy !== "FIXED_SIZE")
    throw invalid(
      `data source ${id}: chunking ${JSON.stringify(strategy)} is not supported by the embedded account; use FIXED_SIZE or NONE.`,
    );
  const fixed = at(chunking, "fixedSizeChunkingConfiguration");
  return {
    maxTokens: Number(fixed["maxTokens"] ?? DEFAULT_CHUNKING.maxTokens),
    overlapPercentage: Number(fixed["overlapPercentage"] ?? DEFAULT_CHUNKING.overlapPercentage),
  };
}

/** An object inside; the Terraform-based provider shows a block that may occur once as a list. */
function at(object: Json, name: string): Json {
  const value = object[name];
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return isJson(one) ? one : {};
}

function text(object: Json, name: string): string {
  const value = object[name];
  if (typeof value !== "string" || value === "") throw invalid(`the deployed configuration has no ${name}.`);
  return value;
}

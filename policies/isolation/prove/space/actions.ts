/** What can be asked of each kind of resource. */

/** Source of names and of what each acts on: AWS's service authorization reference. */
export const ON_OBJECTS = [
  "GetObject",
  "GetObjectVersion",
  "GetObjectAcl",
  "GetObjectAttributes",
  "GetObjectTagging",
  "GetObjectTorrent",
  "GetObjectLegalHold",
  "PutObject",
  "PutObjectAcl",
  "PutObjectTagging",
  "PutObjectRetention",
  "DeleteObject",
  "DeleteObjectVersion",
  "RestoreObject",
  "ReplicateObject",
  "AbortMultipartUpload",
  "BypassGovernanceRetention",
  "InitiateReplication",
].map((name) => `s3:${name}`);
export const ON_LISTING = ["ListBucket", "ListBucketVersions", "ListBucketMultipartUploads"].map(
  (name) => `s3:${name}`,
);
export const ON_KEYS = [
  "Decrypt",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "GenerateDataKeyPair",
  "ReEncryptFrom",
  "ReEncryptTo",
  "DeriveSharedSecret",
].map((name) => `kms:${name}`);
/** Operations that name partition keys. */
export const ON_ITEMS = [
  "GetItem",
  "BatchGetItem",
  "Query",
  "PutItem",
  "UpdateItem",
  "DeleteItem",
  "BatchWriteItem",
  "ConditionCheckItem",
  "PartiQLSelect",
  "PartiQLInsert",
  "PartiQLUpdate",
  "PartiQLDelete",
].map((name) => `dynamodb:${name}`);
/** Operations that name none. */
export const ON_TABLES = ["Scan", "PartiQLSelect"].map((name) => `dynamodb:${name}`);
/** Every action that reads a knowledge base or what is in it, or changes that. */
export const ON_BASES = [
  "Retrieve",
  "RetrieveAndGenerate",
  "RetrieveAndGenerateStream",
  "AgenticRetrieve",
  "AgenticRetrieveStream",
  "GetDocumentContent",
  "GetKnowledgeBaseDocuments",
  "ListKnowledgeBaseDocuments",
  "IngestKnowledgeBaseDocuments",
  "DeleteKnowledgeBaseDocuments",
  "StartIngestionJob",
  "StopIngestionJob",
  "GetIngestionJob",
  "ListIngestionJobs",
  "GenerateQuery",
].map((name) => `bedrock:${name}`);
export const ON_PROFILES = ["InvokeModel", "InvokeModelWithResponseStream"].map((name) => `bedrock:${name}`);
export const ON_SECRETS = ["GetSecretValue", "BatchGetSecretValue", "PutSecretValue"].map(
  (name) => `secretsmanager:${name}`,
);
export const ON_CLUSTERS = [
  "ExecuteStatement",
  "BatchExecuteStatement",
  "BeginTransaction",
  "ExecuteSql",
].map((name) => `rds-data:${name}`);
/** Operations that name an actor. */
export const ON_CONVERSATIONS = [
  "ListEvents",
  "GetEvent",
  "CreateEvent",
  "DeleteEvent",
  "ListSessions",
  "StartMemoryExtractionJob",
].map((name) => `bedrock-agentcore:${name}`);
/** Operations that name none. */
export const ON_MEMORIES = [
  "ListActors",
  "ListMemoryExtractionJobs",
  "ListMemoryRecords",
  "RetrieveMemoryRecords",
  "GetMemoryRecord",
  "DeleteMemoryRecord",
  "BatchCreateMemoryRecords",
  "BatchUpdateMemoryRecords",
  "BatchDeleteMemoryRecords",
].map((name) => `bedrock-agentcore:${name}`);
export const IN_COLLECTIONS = [
  "aoss:ReadDocument",
  "aoss:WriteDocument",
  "aoss:DescribeIndex",
  "aoss:CreateIndex",
  "aoss:UpdateIndex",
  "aoss:DeleteIndex",
];

/** A verb and a path of a domain, and what the engine makes of them. */
export const IN_DOMAINS: readonly (readonly [verb: string, path: string, action: string])[] = [
  ["Post", "{alias}/_search", "indices:data/read/search"],
  ["Get", "{alias}/_search", "indices:data/read/search"],
  ["Post", "{index}/_search", "indices:data/read/search"],
  ["Post", "_search", "indices:data/read/search"],
  ["Post", "_all/_search", "indices:data/read/search"],
  ["Post", "*/_search", "indices:data/read/search"],
  ["Post", "kb.*/_search", "indices:data/read/search"],
  ["Post", "{other},{alias}/_search", "indices:data/read/search"],
  ["Post", "{alias},{other}/_search", "indices:data/read/search"],
  ["Post", "{alias}/_count", "indices:data/read/search"],
  ["Post", "{alias}/_msearch", "indices:data/read/search"],
  ["Post", "_msearch", "indices:data/read/search"],
  ["Post", "_plugins/_sql", "indices:data/read/search"],
  ["Post", "_plugins/_ppl", "indices:data/read/search"],
  ["Post", "_search/scroll", "indices:data/read/scroll"],
  ["Get", "{alias}/_doc/x", "indices:data/read/get"],
  ["Post", "{alias}/_mget", "indices:data/read/get"],
  ["Get", "{alias}/_mapping", "indices:admin/mappings/get"],
  ["Post", "{alias}/_bulk", "indices:data/write/index"],
  ["Put", "{alias}/_bulk", "indices:data/write/index"],
  ["Put", "{alias}/_bulk", "indices:data/write/delete"],
  ["Post", "_bulk", "indices:data/write/index"],
  ["Put", "{alias}/_doc/x", "indices:data/write/index"],
  ["Delete", "{alias}/_doc/x", "indices:data/write/delete"],
  ["Post", "{alias}/_delete_by_query", "indices:data/write/delete/byquery"],
  ["Post", "_reindex", "indices:data/write/reindex"],
  ["Post", "_aliases", "indices:admin/aliases"],
  ["Put", "{index}", "indices:admin/create"],
  ["Delete", "{index}", "indices:admin/delete"],
];

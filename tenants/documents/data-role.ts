import {
  CORPUS_TAG,
  platformNames,
  TENANT_TAG,
  tenantNames,
  type Place,
} from "../../runtime/contract/names.ts";
import { arns, policy, PRINCIPAL_TAG, type Conditions, type Statement } from "./policy.ts";
import { keepConversations } from "./conversations.ts";
import { askModels, type Models } from "./models.ts";
import { useTableKey } from "./table-key.ts";

/** Starting an ingestion job, and asking what became of documents. */
export const INGESTION_ACTIONS = [
  "bedrock:StartIngestionJob",
  "bedrock:GetIngestionJob",
  "bedrock:ListIngestionJobs",
  "bedrock:ListKnowledgeBaseDocuments",
  "bedrock:GetKnowledgeBaseDocuments",
];

/** What a tenant does with the agent's sessions: looks one up, binds one to its user. */
export const SESSION_ACTIONS = ["dynamodb:GetItem", "dynamodb:PutItem"];

/** What a tenant does with its budget: counts a question, and reads what was counted. */
export const BUDGET_ACTIONS = ["dynamodb:GetItem", "dynamodb:UpdateItem"];

/**
 * Who may become a role of the tenant's data: one function alone (the broker for the data role), naming exactly this
 * tenant by session tag, and not from a session that already is a tenant's. Three statements, because `sts:TagSession`
 * and `sts:SetSourceIdentity` are checked on their own and don't all carry each other's keys.
 */
export function taggedSessionTrust(place: Place, id: string, fn: "broker" | "ingest"): string {
  const trusted = { AWS: platformNames(place).functionRoleArn(fn) };
  const fromNoTenant = { "aws:PrincipalTag/tenant_id": "true" };
  return policy(
    {
      Sid: "Assume",
      Effect: "Allow",
      Principal: trusted,
      Action: "sts:AssumeRole",
      Condition: {
        StringEquals: { [`aws:RequestTag/${TENANT_TAG}`]: id },
        "ForAllValues:StringEquals": { "aws:TagKeys": [TENANT_TAG] },
        Null: { "aws:TagKeys": "false", ...fromNoTenant },
      },
    },
    {
      Sid: "Tag",
      Effect: "Allow",
      Principal: trusted,
      Action: "sts:TagSession",
      Condition: {
        StringEquals: { [`aws:RequestTag/${TENANT_TAG}`]: id },
        "ForAllValues:StringEquals": { "aws:TagKeys": [TENANT_TAG] },
        Null: { "aws:TagKeys": "false", "sts:TransitiveTagKeys": "true", ...fromNoTenant },
      },
    },
    {
      Sid: "NameTheUser",
      Effect: "Allow",
      Principal: trusted,
      Action: "sts:SetSourceIdentity",
      Condition: { Null: { "sts:SourceIdentity": "false", ...fromNoTenant } },
    },
  );
}

/** The tenant's own corpus and registry item, and the models: what a question or an upload needs, nothing more. */
export function dataRolePolicy(place: Place, id: string, tier: "silo" | "pool", models: Models): string {
  const names = platformNames(place);
  return policy(
    ...bucketAccess(place, id, ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]),
    useKey(place, id, ["kms:Decrypt", "kms:GenerateDataKey"]),
    ...(tier === "silo" ? siloAccess(place, id) : [poolSearch(place, id)]),
    readRegistryItem(place, id),
    keepSessions(place, id),
    keepBudget(place, id),
    keepConversations(place, id),
    tableKey(place, id, [names.registryTable, names.sessionsTable, names.budgetsTable]),
    ...askModels(place, id, models),
    retrieveReference(place, { [PRINCIPAL_TAG]: id }),
  );
}

/** Pool: ingestion reads the tenant's objects, embeds them and writes the tenant's index. */
export function ingestRolePolicy(place: Place, id: string, embeddingModelId: string): string {
  const { poolAlias } = tenantNames(place, id);
  const tagged = { [PRINCIPAL_TAG]: id };
  const at = (operation: string): string => `${platformNames(place).domainArn}/${poolAlias}/${operation}`;
  return policy(
    ...bucketAccess(place, id, ["s3:GetObject"]),
    useKey(place, id, ["kms:Decrypt"]),
    {
      Sid: "WriteOwnIndex",
      Effect: "Allow",
      // OpenSearch's client sends a bulk request by PUT.
      Action: ["es:ESHttpPut", "es:ESHttpPost"],
      Resource: [at("_bulk"), at("_search")],
      Condition: { StringEquals: tagged },
    },
    readRegistryItem(place, id),
    tableKey(place, id, [platformNames(place).registryTable]),
    {
      Sid: "Embed",
      Effect: "Allow",
      Action: "bedrock:InvokeModel",
      Resource: arns(place).model(embeddingModelId),
      Condition: { StringEquals: tagged },
    },
  );
}

function siloAccess(place: Place, id: string): readonly Statement[] {
  const names = tenantNames(place, id);
  const arn = arns(place);
  const tagged = { [PRINCIPAL_TAG]: id };
  return [
    {
      Sid: "SearchOwnCollection",
      Effect: "Allow",
      Action: "aoss:APIAccessAll",
      Resource: arn.anyCollection,
      Condition: { StringEquals: { ...tagged, "aoss:collection": names.collection } },
    },
    {
      Sid: "IngestOwnDocuments",
      Effect: "Allow",
      Action: INGESTION_ACTIONS,
      Resource: arn.anyKnowledgeBase,
      Condition: { StringEquals: { ...tagged, [`aws:ResourceTag/${TENANT_TAG}`]: id } },
    },
  ];
}

/** One path and one verb: IAM sees an OpenSearch request's path only. */
function poolSearch(place: Place, id: string): Statement {
  return {
    Sid: "SearchOwnIndex",
    Effect: "Allow",
    Action: "es:ESHttpPost",
    Resource: `${platformNames(place).domainArn}/${tenantNames(place, id).poolAlias}/_search`,
    Condition: { StringEquals: { [PRINCIPAL_TAG]: id } },
  };
}

function useKey(place: Place, id: string, actions: readonly string[]): Statement {
  const arn = arns(place);
  return {
    Sid: "UseKeyThroughS3",
    Effect: "Allow",
    Action: actions,
    Resource: arn.anyKey,
    Condition: {
      StringEquals: { [PRINCIPAL_TAG]: id, "kms:ViaService": arn.viaS3 },
      "ForAnyValue:StringEquals": { "kms:ResourceAliases": tenantNames(place, id).keyAlias },
    },
  };
}

function readRegistryItem(place: Place, id: string): Statement {
  return {
    Sid: "ReadOwnRegistryItem",
    Effect: "Allow",
    Action: "dynamodb:GetItem",
    Resource: platformNames(place).registryTableArn,
    Condition: ownItems(id),
  };
}

/** The agent binds a session to its user at first use, and looks it up. */
function keepSessions(place: Place, id: string): Statement {
  return {
    Sid: "KeepOwnSessions",
    Effect: "Allow",
    Action: SESSION_ACTIONS,
    Resource: platformNames(place).sessionsTableArn,
    Condition: ownItems(id),
  };
}

/** The agent counts each question against the tenant's budget before a model is asked. */
function keepBudget(place: Place, id: string): Statement {
  return {
    Sid: "KeepOwnBudget",
    Effect: "Allow",
    Action: BUDGET_ACTIONS,
    Resource: platformNames(place).budgetsTableArn,
    Condition: ownItems(id),
  };
}

function ownItems(id: string): Conditions {
  return {
    StringEquals: { [PRINCIPAL_TAG]: id },
    "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": [id] },
    // ForAllValues holds for a request without keys (a Scan): that is what this line is for.
    Null: { "dynamodb:LeadingKeys": "false" },
  };
}

function tableKey(place: Place, id: string, tables: readonly string[]): Statement {
  const use = useTableKey(place, tables);
  return {
    ...use,
    Condition: {
      ...use.Condition,
      StringEquals: { ...use.Condition?.["StringEquals"], [PRINCIPAL_TAG]: id },
    },
  };
}

/** The shared reference corpus, which its tag names: the ARN of a knowledge base holds a generated id. A tenant's is never it. */
export function retrieveReference(place: Place, caller: Readonly<Record<string, string>> = {}): Statement {
  return {
    Sid: "RetrieveSharedReference",
    Effect: "Allow",
    Action: "bedrock:Retrieve",
    Resource: arns(place).anyKnowledgeBase,
    Condition: {
      StringEquals: {
        ...caller,
        [`aws:ResourceTag/${CORPUS_TAG}`]: platformNames(place).referenceKnowledgeBase,
      },
      Null: { [`aws:ResourceTag/${TENANT_TAG}`]: "true" },
    },
  };
}

/** Objects below the tenant's prefix of the tenant's bucket, and their listing. */
export function bucketAccess(
  place: Place,
  id: string,
  objectActions: readonly string[],
): readonly Statement[] {
  const { bucketArn, objectPrefix } = tenantNames(place, id);
  const tagged = { [PRINCIPAL_TAG]: id };
  return [
    {
      Sid: "OwnObjects",
      Effect: "Allow",
      Action: objectActions,
      Resource: `${bucketArn}/${objectPrefix}*`,
      Condition: { StringEquals: tagged },
    },
    {
      Sid: "ListOwnObjects",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: bucketArn,
      Condition: { StringEquals: tagged, StringLike: { "s3:prefix": `${objectPrefix}*` } },
    },
  ];
}

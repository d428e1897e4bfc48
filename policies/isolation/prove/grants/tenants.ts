/** What tenants' own roles are for. */
import type { Where } from "../../model/account.ts";
import type { Request } from "../request.ts";
import { ACTOR, SESSION_USER } from "../space/memories.ts";
import { ITEM, secretKey, tableKey } from "./conditions.ts";
import type { Grant, Only } from "./grant.ts";

const via =
  (service: string) =>
  (request: Request, where: Where): Readonly<Record<string, Only>> => ({
    "kms:ViaService": [`${service}.${where.region}.amazonaws.com`],
    ...(service === "s3"
      ? {
          "kms:EncryptionContext:aws:s3:arn": [
            `arn:${where.partition}:s3:::bulkhead-${where.environment}-${where.account}-${request.target.owner ?? ""}`,
          ],
        }
      : {}),
  });

const ownPrefix = (request: Request): Readonly<Record<string, Only>> => ({
  "s3:prefix": { prefix: `${request.target.owner ?? ""}/` },
});

/** One's own partition and no other in the same request; none of an index or a stream. */
const ownPartition = ({ target, parts }: Request): boolean => {
  const [part] = parts;
  const leading = part?.by === "iam" ? part.facts["dynamodb:LeadingKeys"] : undefined;
  return (
    leading !== undefined &&
    leading.length === 1 &&
    leading[0] === target.owner &&
    !/\/(index|stream)\//.test(part?.by === "iam" ? part.resource : "")
  );
};

/** One's own conversation: of the user whom the session names, in the tenant. */
const ownActor = ({ target, parts: [part] }: Request): boolean =>
  part?.by === "iam" && part.facts[ACTOR] === `${target.owner ?? ""}/${String(part.facts[SESSION_USER])}`;

const INGESTION = [
  "bedrock:StartIngestionJob",
  "bedrock:GetIngestionJob",
  "bedrock:ListIngestionJobs",
  "bedrock:ListKnowledgeBaseDocuments",
  "bedrock:GetKnowledgeBaseDocuments",
];

export const OF_TENANTS: readonly Grant[] = [
  // --- a tenant's data role: questions and uploads
  { who: ["data"], on: ["objects"], actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"] },
  { who: ["data"], on: ["listing"], actions: ["s3:ListBucket"], only: ownPrefix },
  { who: ["data"], on: ["key"], actions: ["kms:Decrypt", "kms:GenerateDataKey"], only: via("s3") },
  { who: ["data"], on: ["registry-item"], actions: ["dynamodb:GetItem"], when: ownPartition },
  {
    who: ["data"],
    on: ["session-item"],
    actions: ["dynamodb:GetItem", "dynamodb:PutItem"],
    when: ownPartition,
  },
  // What a tenant has used is read, and added to.
  {
    who: ["data"],
    on: ["budget-item"],
    actions: ["dynamodb:GetItem", "dynamodb:UpdateItem"],
    when: ownPartition,
  },
  {
    who: ["data"],
    on: ["conversation"],
    actions: ["bedrock-agentcore:CreateEvent", "bedrock-agentcore:ListEvents"],
    when: ownActor,
  },
  {
    who: ["data", "ingest", "members"],
    on: ["platform-key"],
    actions: ["kms:Decrypt"],
    whose: "platform",
    only: tableKey,
  },
  { who: ["data"], on: ["profile"], actions: ["bedrock:InvokeModel"] },
  { who: ["data"], on: ["profile"], actions: ["bedrock:InvokeModelWithResponseStream"], optional: true },
  { who: ["data"], on: ["reference-base"], actions: ["bedrock:Retrieve"], whose: "platform" },
  { who: ["data"], on: ["index"], tier: "silo", actions: ["aoss:ReadDocument", "aoss:DescribeIndex"] },
  { who: ["data"], on: ["knowledge-base"], tier: "silo", actions: INGESTION },
  {
    who: ["data"],
    on: ["index"],
    tier: "pool",
    actions: ["es:ESHttpPost {alias}/_search: indices:data/read/search"],
  },
  { who: ["data"], on: ["secret"], actions: ["secretsmanager:GetSecretValue"] },
  {
    who: ["data"],
    on: ["key"],
    actions: ["kms:Decrypt"],
    only: secretKey,
    optional: true,
  },
  {
    who: ["data"],
    on: ["cluster"],
    whose: "platform",
    actions: [
      "rds-data:ExecuteStatement",
      "rds-data:BeginTransaction",
      "rds-data:CommitTransaction",
      "rds-data:RollbackTransaction",
    ],
    exception:
      "the Data API logs in as the secret that the caller can read says, and that is the tenant's own",
    optional: true,
  },
  // --- a silo's ingestion: Bedrock, as the knowledge base's role
  { who: ["kb"], on: ["objects"], actions: ["s3:GetObject"] },
  { who: ["kb", "ingest"], on: ["listing"], actions: ["s3:ListBucket"], only: ownPrefix },
  { who: ["kb", "ingest"], on: ["key"], actions: ["kms:Decrypt"], only: via("s3") },
  {
    who: ["kb"],
    on: ["index"],
    tier: "silo",
    actions: ["aoss:ReadDocument", "aoss:WriteDocument", "aoss:DescribeIndex"],
  },
  // --- the pool's ingestion: the ingest function, as the tenant's ingest role
  { who: ["ingest"], on: ["objects"], actions: ["s3:GetObject"] },
  {
    who: ["ingest"],
    on: ["index"],
    tier: "pool",
    actions: [
      "es:ESHttpPost {alias}/_search: indices:data/read/search",
      "es:ESHttpPost {alias}/_bulk: indices:data/write/index",
      "es:ESHttpPut {alias}/_bulk: indices:data/write/index",
      "es:ESHttpPut {alias}/_bulk: indices:data/write/delete",
    ],
  },
  { who: ["ingest"], on: ["registry-item"], actions: ["dynamodb:GetItem"], when: ownPartition },
  // --- offboarding: deletes, reads nothing
  {
    who: ["erase"],
    on: ["objects"],
    actions: ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"],
    optional: true,
  },
  { who: ["erase"], on: ["listing"], actions: ["s3:List*"], optional: true },
  // --- a tenant's administrators
  { who: ["members"], on: ["user-item"], actions: ITEM, when: ownPartition },
  { who: ["members"], on: ["registry-item"], actions: ["dynamodb:GetItem"], when: ownPartition },
];

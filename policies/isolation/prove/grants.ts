/**
 * What is meant to be possible: each role's reach, as narrow as it can be said. All that is allowed beyond it is a counterexample, and
 * what a tenant's roles are granted here and can't do is one too.
 */
import type { Where } from "../model/account.ts";
import type { Context } from "../types.ts";
import type { Request, TargetKind } from "./request.ts";
import type { Subject } from "./subject.ts";

/** A value that a key must have: one of these, or one that begins so. */
export type Only = readonly string[] | { readonly prefix: string };

export interface Grant {
  /** Kinds of subjects. */
  readonly who: readonly string[];
  readonly on: readonly TargetKind[];
  readonly tier?: "silo" | "pool";
  /** Exact actions; a pattern where it begins or ends with `*`. */
  readonly actions: readonly string[];
  /** Whose: the tenant's that the session's tag names (by default), anybody's, or nobody's. */
  readonly whose?: "own" | "anyone" | "platform";
  /** What the request's context has to say. */
  readonly only?: (request: Request, where: Where, subject: Subject) => Readonly<Record<string, Only>>;
  /** Reaches more than one tenant: why that is so. Told in every report. */
  readonly exception?: string;
  /** Not asked for in liveness: where it is not there, nothing is missing. */
  readonly optional?: true;
  /** What the request has to be like, besides. */
  readonly when?: (request: Request) => boolean;
}

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

const tableKey = (_: Request, where: Where): Readonly<Record<string, Only>> => ({
  "kms:ViaService": [`dynamodb.${where.region}.amazonaws.com`],
  "kms:EncryptionContext:aws:dynamodb:tableName": { prefix: `bulkhead-${where.environment}-` },
});

const secretKey = (_: Request, where: Where): Readonly<Record<string, Only>> => ({
  "kms:ViaService": [`secretsmanager.${where.region}.amazonaws.com`],
});

const ownPrefix = (request: Request): Readonly<Record<string, Only>> => ({
  "s3:prefix": { prefix: `${request.target.owner ?? ""}/` },
});

/** One item, or several of one partition. */
const ITEM = ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"].map((name) => `dynamodb:${name}`);

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
const INGESTION = [
  "bedrock:StartIngestionJob",
  "bedrock:GetIngestionJob",
  "bedrock:ListIngestionJobs",
  "bedrock:ListKnowledgeBaseDocuments",
  "bedrock:GetKnowledgeBaseDocuments",
];

export const GRANTS: readonly Grant[] = [
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

  // --- the platform's own, each as narrow as it can be
  {
    who: ["fn.authorizer"],
    on: ["registry-item", "platform-item"],
    whose: "anyone",
    actions: ["dynamodb:GetItem"],
    exception: "it decides by the registry whether a tenant's token is let in",
  },
  {
    who: ["fn.broker"],
    on: ["registry-item", "platform-item"],
    whose: "anyone",
    actions: ["dynamodb:GetItem"],
    exception: "it decides by the registry whether a tenant's token is given credentials",
  },
  {
    who: ["fn.authorizer", "fn.broker", "fn.pre-token", "fn.user-admin", "fn.search-admin"],
    on: ["platform-key"],
    whose: "platform",
    actions: ["kms:Decrypt"],
    only: tableKey,
    exception: "reading an encrypted table takes the table's key",
  },
  {
    who: ["fn.search-admin"],
    on: ["platform-item"],
    whose: "platform",
    actions: ["dynamodb:GetItem"],
    exception: "it finds the shared domain by the registry's item of the platform",
  },
  {
    who: ["fn.pre-token"],
    on: ["other-item"],
    whose: "platform",
    actions: ["dynamodb:GetItem", "dynamodb:PutItem"],
    exception: "it puts into a token what memberships say, and writes one when an invitation is claimed",
  },
  {
    who: ["fn.pre-token"],
    on: ["user-item", "platform-item"],
    whose: "anyone",
    actions: ["dynamodb:GetItem", "dynamodb:UpdateItem"],
    exception: "it looks for the invitation of whoever signs in, and marks it as claimed",
  },
  {
    who: ["fn.user-admin"],
    on: ["user-item", "platform-item"],
    whose: "anyone",
    actions: ITEM,
    exception: "it invites each tenant's first admin",
  },
  {
    who: ["fn.user-admin"],
    on: ["other-item"],
    whose: "platform",
    actions: ["dynamodb:DeleteItem"],
    exception: "it forgets memberships with their tenant",
  },
  {
    who: ["fn.search-admin"],
    on: ["index", "reference-index"],
    tier: "silo",
    whose: "anyone",
    actions: ["aoss:CreateIndex", "aoss:DescribeIndex", "aoss:UpdateIndex", "aoss:DeleteIndex"],
    exception: "no provider makes indices: it does, and reads no document of a collection",
  },
  {
    who: ["fn.search-admin"],
    on: ["reference-index"],
    whose: "platform",
    actions: ["aoss:CreateIndex", "aoss:DescribeIndex", "aoss:UpdateIndex", "aoss:DeleteIndex"],
    exception: "it makes the shared corpus's index",
  },
  {
    who: ["fn.search-admin"],
    on: ["index"],
    tier: "pool",
    whose: "anyone",
    actions: ["es:*"],
    exception:
      "it is the domain's master, which makes indices, roles and mappings, and could read all of them",
  },
  {
    who: ["fn.search-admin"],
    on: ["reference-base"],
    whose: "platform",
    actions: ["bedrock:StartIngestionJob", "bedrock:GetIngestionJob"],
    exception: "it has the shared corpus ingested when a file of it changes",
  },
  {
    who: ["outside"],
    on: ["key"],
    whose: "anyone",
    actions: ["kms:Decrypt", "kms:GenerateDataKey"],
    only: secretKey,
    exception: "making a tenant's secret takes its key; what is in it is written by another",
  },
  {
    who: ["operator.reader"],
    on: ["knowledge-base", "reference-base"],
    whose: "anyone",
    actions: ["bedrock:GetIngestionJob", "bedrock:ListIngestionJobs"],
    exception: "people see that documents were ingested, and none of what is in them",
  },
  {
    who: ["operator.reader"],
    on: ["platform-key"],
    whose: "platform",
    actions: ["kms:Decrypt"],
    exception:
      "people read the audit, which is under the platform's key; what else is under it is not theirs to read",
  },
  {
    who: ["operator.break-glass"],
    on: ["knowledge-base", "reference-base"],
    whose: "anyone",
    actions: [
      "bedrock:StartIngestionJob",
      "bedrock:StopIngestionJob",
      "bedrock:GetIngestionJob",
      "bedrock:ListIngestionJobs",
    ],
    exception: "people repair an ingestion in an emergency; each use is an alarm",
  },
  {
    who: ["operator.break-glass"],
    on: ["profile"],
    whose: "anyone",
    actions: ["bedrock:InvokeModel*"],
    exception: "a profile holds no data: whoever asks a model by it makes costs, and each use is an alarm",
  },
  {
    who: ["operator.break-glass"],
    on: [
      "reference-objects",
      "reference-key",
      "platform-key",
      "other-key",
      "platform-item",
      "platform-secret",
    ],
    whose: "platform",
    actions: ["s3:*", "kms:*", "dynamodb:*", "secretsmanager:*"],
    exception: "people repair the platform in an emergency; each use is an alarm",
  },
  {
    who: ["operator.break-glass"],
    on: ["memory"],
    whose: "platform",
    actions: ["bedrock-agentcore:ListSessions", "bedrock-agentcore:ListActors"],
    exception: "people see that there were conversations, and none of what was said",
  },
  {
    who: ["service"],
    on: ["platform-key"],
    whose: "platform",
    actions: ["kms:GenerateDataKey*"],
    exception: "AWS's own services write the trail and logs under it",
  },
  {
    who: ["fn.canary"],
    on: ["platform-secret"],
    whose: "platform",
    actions: ["secretsmanager:GetSecretValue"],
    exception: "the canary signs in as its own two tenants",
  },
  {
    who: ["fn.origin-secret"],
    on: ["platform-secret"],
    whose: "platform",
    actions: ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
    exception: "it rotates what CloudFront proves itself to the API with",
  },
  {
    who: ["fn.canary", "fn.origin-secret"],
    on: ["platform-key"],
    whose: "platform",
    actions: ["kms:Decrypt", "kms:GenerateDataKey"],
    only: secretKey,
    exception: "reading and writing a secret takes its key",
  },
  {
    who: ["fn.db-admin"],
    on: ["secret", "platform-secret", "cluster"],
    whose: "anyone",
    actions: ["secretsmanager:*", "rds-data:*"],
    exception: "it makes each tenant's login and writes its password, and is the database's administrator",
  },
  {
    who: ["fn.db-admin"],
    on: ["key", "platform-key"],
    whose: "anyone",
    actions: ["kms:Decrypt", "kms:GenerateDataKey"],
    only: secretKey,
    exception: "writing a tenant's password takes the key of its secret",
  },
  {
    who: ["kb--reference"],
    on: ["reference-objects"],
    whose: "platform",
    actions: ["s3:GetObject"],
    exception: "the shared corpus's knowledge base reads its own bucket",
  },
  {
    who: ["kb--reference"],
    on: ["reference-index"],
    whose: "platform",
    actions: ["aoss:ReadDocument", "aoss:WriteDocument", "aoss:DescribeIndex"],
    exception: "the shared corpus's knowledge base writes its own index, and answers Retrieve from it",
  },
  {
    who: ["kb--reference"],
    on: ["reference-key"],
    whose: "platform",
    actions: ["kms:Decrypt"],
    exception: "reading the shared corpus's objects takes their key",
  },
  {
    who: ["agent-build"],
    on: ["platform-key"],
    whose: "platform",
    actions: ["kms:Decrypt"],
    only: (_, where) => ({ "kms:ViaService": [`s3.${where.region}.amazonaws.com`] }),
    exception: "the build of the agent's image reads its context, which is code",
  },
  {
    who: ["agent"],
    on: ["memory"],
    whose: "platform",
    actions: ["bedrock-agentcore:*"],
    exception: "the agent keeps conversations in its memory, under actors that it names by tenant",
  },
];

/** Whether a grant speaks of a request by a subject, whatever the context. */
export function speaks(grant: Grant, subject: Subject, request: Request): boolean {
  const { target, action } = request;
  if (!grant.who.includes(subject.kind) || !grant.on.includes(target.kind)) return false;
  if (grant.tier !== undefined && target.tier !== grant.tier) return false;
  if (!grant.actions.some((pattern) => matches(pattern, action))) return false;
  if (grant.when !== undefined && !grant.when(request)) return false;
  switch (grant.whose ?? "own") {
    case "anyone":
      return true;
    case "platform":
      return target.owner === undefined;
    case "own":
      // Both what the session says and whose role it is: a tenant's role that is tagged as another is nobody's.
      return (
        subject.tag !== undefined &&
        subject.tag === target.owner &&
        (subject.roleOf === undefined || subject.roleOf === target.owner)
      );
  }
}

/** Whether a context is what a grant asks for. */
export function within(
  grant: Grant,
  request: Request,
  where: Where,
  subject: Subject,
  context: Context,
): boolean {
  for (const [key, only] of Object.entries(grant.only?.(request, where, subject) ?? {})) {
    const value = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
    if (typeof value !== "string") return false;
    if ("prefix" in only ? !value.startsWith(only.prefix) : !only.includes(value)) return false;
  }
  return true;
}

/** A context that a grant asks for. */
export function canonical(grant: Grant, request: Request, where: Where, subject: Subject): Context {
  const out: Record<string, string> = { "aws:SecureTransport": "true" };
  for (const [key, only] of Object.entries(grant.only?.(request, where, subject) ?? {}))
    out[key] = "prefix" in only ? `${only.prefix}registry` : (only[0] ?? "");
  return out;
}

function matches(pattern: string, action: string): boolean {
  return pattern.endsWith("*") ? action.startsWith(pattern.slice(0, -1)) : pattern === action;
}

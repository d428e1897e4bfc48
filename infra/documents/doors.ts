/**
 * Who talks to whom, and by which door. The one table: the network is built from it, docs/network.md is written from it,
 * and a test compares it with what each function's policies allow and its code imports.
 */
import type { FunctionName } from "../../runtime/contract/names.ts";
import type { Part } from "../settings.ts";

/**
 * How a call leaves the network. `gateway` and `interface`: a VPC endpoint. `collections`: OpenSearch Serverless's own kind
 * of VPC endpoint, for the data of every collection. `domain`: the shared domain, which is in the network itself.
 */
export type Door = "gateway" | "interface" | "collections" | "domain";

export interface Service {
  readonly title: string;
  readonly door: Door;
  /** Actions that its endpoint's policy admits; empty where there is no such policy. */
  readonly actions: readonly string[];
  /** It reaches things that belong to AWS, not to this account: ARNs with `{region}`. */
  readonly ofAws?: readonly string[];
}

/** Services, each named as its endpoint is: `com.amazonaws.<region>.<name>`. */
export const SERVICES = {
  s3: {
    title: "Amazon S3",
    door: "gateway",
    actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
    // The layers of images that ECR hands out are in a bucket of AWS's.
    ofAws: ["arn:{partition}:s3:::prod-{region}-starport-layer-bucket/*"],
  },
  dynamodb: {
    title: "Amazon DynamoDB",
    door: "gateway",
    actions: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
  },
  lambda: { title: "AWS Lambda", door: "interface", actions: ["lambda:InvokeFunction"] },
  sts: {
    title: "AWS STS",
    door: "interface",
    actions: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
  },
  kms: {
    title: "AWS KMS",
    door: "interface",
    actions: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
  },
  "bedrock-runtime": {
    title: "Amazon Bedrock runtime",
    door: "interface",
    actions: ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream", "bedrock:ApplyGuardrail"],
    // Foundation models belong to no account; a profile may lead to another region's.
    ofAws: ["arn:{partition}:bedrock:*::foundation-model/*"],
  },
  "bedrock-agent-runtime": {
    title: "Amazon Bedrock agent runtime",
    door: "interface",
    actions: ["bedrock:Retrieve"],
  },
  "bedrock-agent": {
    title: "Amazon Bedrock agents",
    door: "interface",
    actions: [
      "bedrock:ListKnowledgeBases",
      "bedrock:ListDataSources",
      "bedrock:StartIngestionJob",
      "bedrock:GetIngestionJob",
      "bedrock:ListIngestionJobs",
      "bedrock:ListKnowledgeBaseDocuments",
      "bedrock:GetKnowledgeBaseDocuments",
    ],
  },
  aoss: {
    title: "OpenSearch Serverless, control plane",
    door: "interface",
    actions: ["aoss:BatchGetCollection"],
  },
  secretsmanager: {
    title: "AWS Secrets Manager",
    door: "interface",
    actions: [
      "secretsmanager:GetSecretValue",
      "secretsmanager:DescribeSecret",
      "secretsmanager:PutSecretValue",
    ],
  },
  "rds-data": {
    title: "RDS Data API",
    door: "interface",
    actions: [
      "rds-data:BeginTransaction",
      "rds-data:CommitTransaction",
      "rds-data:ExecuteStatement",
      "rds-data:RollbackTransaction",
    ],
  },
  "bedrock-agentcore": {
    title: "Bedrock AgentCore",
    door: "interface",
    actions: [
      "bedrock-agentcore:CreateEvent",
      "bedrock-agentcore:GetWorkloadAccessToken*",
      "bedrock-agentcore:ListEvents",
    ],
  },
  "ecr.api": {
    title: "Amazon ECR, API",
    door: "interface",
    actions: [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:GetAuthorizationToken",
      "ecr:GetDownloadUrlForLayer",
    ],
  },
  "ecr.dkr": {
    title: "Amazon ECR, registry",
    door: "interface",
    actions: [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:GetAuthorizationToken",
      "ecr:GetDownloadUrlForLayer",
    ],
  },
  logs: {
    title: "CloudWatch Logs",
    door: "interface",
    actions: [
      "logs:CreateLogGroup",
      "logs:CreateLogStream",
      "logs:DescribeLogGroups",
      "logs:DescribeLogStreams",
      "logs:PutLogEvents",
    ],
  },
  collections: { title: "OpenSearch Serverless collections", door: "collections", actions: [] },
  domain: { title: "The shared OpenSearch domain", door: "domain", actions: [] },
} as const satisfies Record<string, Service>;
export type ServiceName = keyof typeof SERVICES;

/** A function: inside, by the doors of the services that it calls; or outside, over Lambda's own network, and why. */
export type Workload =
  | { readonly network: "inside"; readonly calls: readonly ServiceName[] }
  | { readonly network: "outside"; readonly calls: readonly string[]; readonly why: string };

export const WORKLOADS = {
  chat: {
    network: "inside",
    calls: [
      ...(["lambda", "dynamodb", "bedrock-runtime", "bedrock-agent-runtime"] as const),
      ...(["collections", "domain", "rds-data", "bedrock-agentcore"] as const),
    ],
  },
  documents: {
    network: "inside",
    calls: ["lambda", "dynamodb", "s3", "bedrock-agent", "collections", "domain"],
  },
  ingest: { network: "inside", calls: ["sts", "dynamodb", "s3", "bedrock-runtime", "domain"] },
  "search-admin": {
    network: "inside",
    calls: ["dynamodb", "aoss", "bedrock-agent", "collections", "domain"],
  },
  "db-admin": { network: "inside", calls: ["rds-data", "secretsmanager"] },
  authorizer: {
    network: "outside",
    calls: ["dynamodb", "cognito-idp"],
    why: "It fetches the user pool's key set, and reads no tenant's data.",
  },
  broker: {
    network: "outside",
    calls: ["dynamodb", "sts", "cognito-idp"],
    why: "It fetches the user pool's key set. It hands tenants' credentials out and never uses them.",
  },
  "pre-token": {
    network: "outside",
    calls: ["dynamodb"],
    why: "Sign-in waits for it; it reads one item of one table.",
  },
  users: {
    network: "outside",
    calls: ["lambda", "dynamodb", "cognito-idp"],
    why: "It manages accounts of the user pool, and reads no tenant's documents.",
  },
  canary: {
    network: "outside",
    calls: ["lambda", "secretsmanager", "bedrock-agent", "s3", "dynamodb", "rds-data", "cognito-idp"],
    why: "It comes as clients do: a token from the user pool's domain, and requests to the API.",
  },
  "origin-secret": {
    network: "outside",
    calls: ["secretsmanager", "wafv2", "cloudfront"],
    why: "It changes CloudFront, which has no endpoint in a network, and reads no tenant's data.",
  },
  "user-admin": {
    network: "outside",
    calls: ["dynamodb", "cognito-idp"],
    why: "It manages accounts of the user pool, and reads no tenant's documents.",
  },
  "image-build": {
    network: "outside",
    calls: ["codebuild", "ecr"],
    why: "It starts builds of the agent's image and reads its digest, and reaches no tenant's data.",
  },
} as const satisfies Record<FunctionName, Workload>;

/** What a part calls that is no function of the platform: the agent's container, and the claims' database and logins. */
export const PART_CALLS: Readonly<Partial<Record<Part, readonly ServiceName[]>>> = {
  agent: [
    ...(["lambda", "s3", "dynamodb", "bedrock-runtime", "bedrock-agent-runtime"] as const),
    ...(["collections", "domain", "bedrock-agentcore", "ecr.api", "ecr.dkr", "logs"] as const),
  ],
  claims: ["rds-data", "secretsmanager", "kms"],
};

/** Functions that run in the network: what they reach is a tenant's store. */
export function isInside(fn: FunctionName): boolean {
  return WORKLOADS[fn].network === "inside";
}

/**
 * The services that need a door in a deployment.
 * @param pooled - whether there is a shared domain, and with it the function that ingests
 */
export function servicesNeeded({
  omit,
  pooled,
}: {
  readonly omit: readonly Part[];
  readonly pooled: boolean;
}): ServiceName[] {
  const claims = !omit.includes("claims");
  const agent = !omit.includes("agent");
  const functions = Object.entries(WORKLOADS).filter(
    ([fn, { network }]) =>
      network === "inside" && (pooled || fn !== "ingest") && (claims || fn !== "db-admin"),
  );
  const parts = Object.entries(PART_CALLS).filter(([part]) => !omit.includes(part as Part));
  const called = new Set<string>([
    ...functions.flatMap(([, { calls }]) => calls),
    ...parts.flatMap(([, calls]) => calls),
  ]);
  return (Object.keys(SERVICES) as ServiceName[]).filter(
    (name) =>
      called.has(name) &&
      (pooled || name !== "domain") &&
      (claims || name !== "rds-data") &&
      (agent || name !== "bedrock-agentcore"),
  );
}

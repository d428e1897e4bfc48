/**
 * What resources' policies leave to roles of the account that are not in the stack and may have any policy: its administrators.
 * Whatever else they would do with the platform's data, a policy refuses.
 */
import type { Where } from "../../model/account.ts";
import type { Request } from "../request.ts";
import type { Grant, Only } from "./grant.ts";

/** Under the platform's key: tables, secrets, the context of a build, each by its own service. */
const byService =
  (service: string, key: string, prefix: (where: Where) => string) =>
  (_: Request, where: Where): Readonly<Record<string, Only>> => ({
    "kms:ViaService": [`${service}.${where.region}.amazonaws.com`],
    [`kms:EncryptionContext:${key}`]: { prefix: prefix(where) },
  });
const ofTables = byService(
  "dynamodb",
  "aws:dynamodb:tableName",
  ({ environment }) => `bulkhead-${environment}-`,
);
const ofSecrets = byService(
  "secretsmanager",
  "SecretARN",
  ({ account, environment, partition, region }) =>
    `arn:${partition}:secretsmanager:${region}:${account}:secret:bulkhead/${environment}/`,
);
const ofBuilds = byService(
  "s3",
  "aws:s3:arn",
  ({ account, environment, partition }) => `arn:${partition}:s3:::bulkhead-${environment}-${account}--build`,
);

const LEFT: readonly (Pick<Grant, "on" | "actions" | "only"> & { readonly exception: string })[] = [
  {
    on: ["reference-objects"],
    actions: ["s3:AbortMultipartUpload", "s3:BypassGovernanceRetention", "s3:InitiateReplication"],
    exception: "they neither read nor write an object of the shared corpus by themselves",
  },
  {
    on: ["platform-key"],
    actions: ["kms:Decrypt"],
    only: ofTables,
    exception: "the key opens what a table gives out, and the tables' own policies say to whom",
  },
  {
    on: ["platform-key"],
    actions: ["kms:Decrypt", "kms:GenerateDataKey"],
    only: ofSecrets,
    exception: "the key opens what a secret gives out, and the secrets' own policies say to whom",
  },
  {
    on: ["platform-key"],
    actions: ["kms:Decrypt", "kms:GenerateDataKey"],
    only: ofBuilds,
    exception: "the context of the agent's build is code, which whoever deploys writes",
  },
  {
    on: ["platform-item"],
    actions: ["dynamodb:GetItem"],
    exception: "the registry's item of the platform names the shared domain, which is no secret",
  },
  {
    on: ["platform-secret"],
    actions: ["secretsmanager:BatchGetSecretValue", "secretsmanager:PutSecretValue"],
    exception:
      "no secret is read by BatchGetSecretValue without GetSecretValue, and who writes one breaks the platform and reads nothing",
  },
];

/** A role that an administrator tags as a tenant's is that tenant to what goes by the tag, and to nothing else. */
const BY_TAG: readonly Pick<Grant, "on" | "actions">[] = [
  { on: ["objects", "listing"], actions: ["s3:*"] },
  { on: ["registry-item"], actions: ["dynamodb:GetItem"] },
  { on: ["session-item"], actions: ["dynamodb:GetItem", "dynamodb:PutItem"] },
  { on: ["budget-item"], actions: ["dynamodb:GetItem", "dynamodb:UpdateItem"] },
  { on: ["conversation"], actions: ["bedrock-agentcore:ListEvents", "bedrock-agentcore:CreateEvent"] },
  {
    on: ["secret"],
    actions: ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"],
  },
];

export const OF_ADMINISTRATORS: readonly Grant[] = [
  ...LEFT.map((grant): Grant => ({ ...grant, who: ["stranger"], whose: "platform" })),
  ...BY_TAG.map((grant): Grant => ({
    ...grant,
    who: ["stranger"],
    exception:
      "with the tenant's tag only: an administrator may tag a role as the tenant's; nobody of the stack may",
  })),
];

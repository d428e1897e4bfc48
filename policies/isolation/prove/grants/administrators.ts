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

export const OF_ADMINISTRATORS: readonly Grant[] = LEFT.map((grant) => ({
  ...grant,
  who: ["stranger"],
  whose: "platform",
}));

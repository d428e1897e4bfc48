/**
 * Actions that would undo isolation: who may take one can give himself the rest. Nobody of the account's roles may, but those that
 * the exceptions name.
 */
import type { AccountModel } from "../model/account.ts";
import type { PlacedPolicy } from "../model/account.ts";
import type { Request, Target } from "./request.ts";

interface On {
  readonly resource: string;
  readonly urn: string;
  readonly owner: string | undefined;
  readonly policies: readonly PlacedPolicy[];
  readonly required?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

const ROLES = [
  "iam:AttachRolePolicy",
  "iam:DeleteRolePermissionsBoundary",
  "iam:DeleteRolePolicy",
  "iam:DetachRolePolicy",
  "iam:PassRole",
  "iam:PutRolePermissionsBoundary",
  "iam:PutRolePolicy",
  "iam:TagRole",
  "iam:UntagRole",
  "iam:UpdateAssumeRolePolicy",
];
const ANYWHERE = [
  "aoss:CreateAccessPolicy",
  "aoss:CreateSecurityPolicy",
  "aoss:DeleteAccessPolicy",
  "aoss:UpdateAccessPolicy",
  "aoss:UpdateSecurityPolicy",
  "iam:CreateAccessKey",
  "iam:CreatePolicyVersion",
  "iam:CreateRole",
  "iam:CreateUser",
  "iam:SetDefaultPolicyVersion",
  "iam:UpdateRole",
  "lambda:CreateEventSourceMapping",
  "lambda:CreateFunction",
  "s3:CreateAccessPoint",
  "s3:PutAccountPublicAccessBlock",
  "sts:GetFederationToken",
];
const BUCKETS = [
  "s3:DeleteBucketPolicy",
  "s3:PutAccessPointPolicy",
  "s3:PutBucketAcl",
  "s3:PutBucketNotification",
  "s3:PutBucketOwnershipControls",
  "s3:PutBucketPolicy",
  "s3:PutBucketPublicAccessBlock",
  "s3:PutEncryptionConfiguration",
  "s3:PutInventoryConfiguration",
  "s3:PutReplicationConfiguration",
];
const KEYS = [
  "kms:CreateAlias",
  "kms:CreateGrant",
  "kms:PutKeyPolicy",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateAlias",
];
const TABLES = [
  "dynamodb:CreateBackup",
  "dynamodb:DeleteResourcePolicy",
  "dynamodb:ExportTableToPointInTime",
  "dynamodb:PutResourcePolicy",
  "dynamodb:RestoreTableToPointInTime",
  "dynamodb:StartAwsBackupJob",
];
const BASES = [
  "bedrock:AssociateAgentKnowledgeBase",
  "bedrock:CreateDataSource",
  "bedrock:DeleteDataSource",
  "bedrock:DeleteKnowledgeBase",
  "bedrock:TagResource",
  "bedrock:UntagResource",
  "bedrock:UpdateDataSource",
  "bedrock:UpdateKnowledgeBase",
];
const DOMAINS = ["es:AddTags", "es:DeleteDomain", "es:UpdateDomainConfig"];
const FUNCTIONS = [
  "lambda:AddPermission",
  "lambda:CreateFunctionUrlConfig",
  "lambda:PublishLayerVersion",
  "lambda:UpdateFunctionCode",
  "lambda:UpdateFunctionConfiguration",
];
const SECRETS = [
  "secretsmanager:DeleteResourcePolicy",
  "secretsmanager:PutResourcePolicy",
  "secretsmanager:ReplicateSecretToRegions",
  "secretsmanager:UpdateSecret",
];
const MEMORIES = [
  "bedrock-agentcore:DeleteResourcePolicy",
  "bedrock-agentcore:PutResourcePolicy",
  "bedrock-agentcore:UpdateMemory",
];
const COLLECTIONS = ["aoss:DeleteCollection", "aoss:TagResource", "aoss:UpdateCollection"];
const PROFILES = ["bedrock:TagResource", "bedrock:UntagResource"];

export function controlRequests(model: AccountModel): readonly Request[] {
  const out: Request[] = [];
  const add = (actions: readonly string[], on: On): void => {
    const target: Target = {
      kind: "control",
      urn: on.urn,
      owner: on.owner,
      tier: undefined,
      name: on.resource,
    };
    const facts = Object.fromEntries(
      Object.entries(on.tags ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
    );
    for (const action of actions)
      out.push({
        target,
        action,
        parts: [
          {
            by: "iam",
            action,
            resource: on.resource,
            facts,
            policies: on.policies,
            mode: on.required === true ? "required" : "optional",
          },
        ],
      });
  };
  const placed = (policy: PlacedPolicy | undefined): readonly PlacedPolicy[] => (policy ? [policy] : []);
  for (const { arn, urn, owner, tags } of model.roles)
    add(ROLES, { resource: arn, urn, owner, policies: [], tags });
  for (const { arn, urn, owner, policy } of model.buckets)
    if (owner !== undefined) add(BUCKETS, { resource: arn, urn, owner, policies: placed(policy) });
  for (const { arn, urn, owner, policy, tags } of model.keys)
    add(KEYS, { resource: arn, urn, owner, policies: placed(policy), required: policy !== undefined, tags });
  for (const { arn, urn, policy, tags } of model.tables)
    add(TABLES, { resource: arn, urn, owner: undefined, policies: placed(policy), tags });
  for (const { arn, urn, owner, tags } of model.knowledgeBases)
    add(BASES, { resource: arn, urn, owner, policies: [], tags });
  for (const { arn, urn, owner, tags } of model.profiles)
    add(PROFILES, { resource: arn, urn, owner, policies: [], tags });
  for (const { arn, urn, owner, tags } of model.collections)
    add(COLLECTIONS, { resource: arn, urn, owner, policies: [], tags });
  for (const { arn, urn, tags, policy } of model.domains)
    add(DOMAINS, { resource: arn, urn, owner: undefined, policies: placed(policy), tags });
  for (const { arn, urn, owner, policy, tags } of model.functions)
    add(FUNCTIONS, { resource: arn, urn, owner, policies: policy, tags });
  for (const { arn, urn, owner, policy, tags } of model.secrets)
    add(SECRETS, { resource: arn, urn, owner, policies: placed(policy), tags });
  for (const { arn, urn, owner, policy, tags } of model.memories)
    add(MEMORIES, { resource: arn, urn, owner, policies: placed(policy), tags });
  const [first] = model.roles;
  if (first !== undefined) add(ANYWHERE, { resource: "*", urn: first.urn, owner: undefined, policies: [] });
  return out;
}

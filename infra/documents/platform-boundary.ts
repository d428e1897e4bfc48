import {
  ASYNC_FUNCTIONS,
  platformNames,
  POOL_TAG,
  TENANT_TAG,
  tenantPatterns,
  type Place,
} from "../../runtime/contract/names.ts";
import { arns, policy, type Statement } from "../../tenants/documents/policy.ts";
import { USER_ACTIONS } from "./members-role.ts";
import { administerClaims } from "./claims.ts";
import { BUILD_ACTIONS } from "./function-roles.ts";
import { useSecretKey } from "./secret-key.ts";
import { useTableKey } from "../../tenants/documents/table-key.ts";

/**
 * The permissions boundary of the platform's own roles that take part in requests: the union of what any of them does. No tenant's
 * object, key or item of another table is in it, and no policy can be changed with it.
 */
export function platformBoundary(place: Place, embeddingModelId: string): string {
  const names = platformNames(place);
  const everyTenant = tenantPatterns(place, "any");
  const arn = arns(place);
  const referenceBucket = arn.s3(names.referenceBucket);
  return policy(
    run("lambda:InvokeFunction"),
    ...tables(place),
    {
      Sid: "ReadSecrets",
      Effect: "Allow",
      Action: "secretsmanager:GetSecretValue",
      Resource: names.canarySecretArn,
    },
    useSecretKey(place, names.canarySecretArn),
    {
      Sid: "BecomeTenantRoles",
      Effect: "Allow",
      Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
      Resource: [everyTenant.dataRoleArn, everyTenant.ingestRoleArn, names.membersRoleArn],
    },
    {
      Sid: "DeadLetters",
      Effect: "Allow",
      Action: "sqs:SendMessage",
      Resource: ASYNC_FUNCTIONS.map(names.deadLettersArn),
    },
    {
      Sid: "ReferenceCollection",
      Effect: "Allow",
      Action: "aoss:APIAccessAll",
      Resource: arn.anyCollection,
      Condition: { StringEquals: { "aoss:collection": names.referenceCollection } },
    },
    { Sid: "FindReference", Effect: "Allow", Action: "bedrock:ListKnowledgeBases", Resource: "*" },
    {
      Sid: "ReferenceObjects",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:ListBucket"],
      Resource: [referenceBucket, `${referenceBucket}/*`],
    },
    {
      Sid: "ReferenceKey",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: arn.anyKey,
      Condition: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": names.referenceKeyAlias } },
    },
    { Sid: "Embed", Effect: "Allow", Action: "bedrock:InvokeModel", Resource: arn.model(embeddingModelId) },
    ...never(place),
  );
}

/**
 * The same of the functions that administer: they run while the program deploys, or on a schedule, and never for a request. A boundary of
 * its own, because a managed policy has 6,144 characters, and so that nothing that serves requests could ever have any of this.
 */
export function administrationBoundary(place: Place): string {
  const names = platformNames(place);
  return policy(
    run(),
    ...tables(place),
    {
      Sid: "OriginSecret",
      Effect: "Allow",
      Action: [
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
      ],
      Resource: names.originSecretArn,
    },
    useSecretKey(place, names.originSecretArn),
    {
      // Narrowed by the one role that has any of it.
      Sid: "Edge",
      Effect: "Allow",
      Action: [
        "cloudfront:GetDistribution",
        "cloudfront:UpdateDistribution",
        "secretsmanager:GetRandomPassword",
        "wafv2:*RuleGroup",
      ],
      Resource: "*",
    },
    // For the one function alone: the secrets of tenants' logins are among it.
    ...administerClaims(place).map((statement) => ({
      ...statement,
      Condition: {
        ...statement.Condition,
        ArnEquals: { "aws:PrincipalArn": names.functionRoleArn("db-admin") },
      },
    })),
    {
      Sid: "Search",
      Effect: "Allow",
      Action: ["aoss:BatchGetCollection", "aoss:APIAccessAll"],
      Resource: "*",
    },
    {
      // The domain's own policy and roles leave this to the admin function.
      Sid: "Domain",
      Effect: "Allow",
      Action: "es:ESHttp*",
      Resource: [names.domainArn, `${names.domainArn}/*`],
    },
    {
      Sid: "Reference",
      Effect: "Allow",
      Action: [
        "bedrock:ListKnowledgeBases",
        "bedrock:ListDataSources",
        "bedrock:StartIngestionJob",
        "bedrock:GetIngestionJob",
      ],
      Resource: "*",
      Condition: { Null: { [`aws:ResourceTag/${TENANT_TAG}`]: "true" } },
    },
    {
      Sid: "DeadLetters",
      Effect: "Allow",
      Action: "sqs:SendMessage",
      Resource: names.deadLettersArn("origin-secret"),
    },
    { Sid: "BuildAgent", Effect: "Allow", Action: BUILD_ACTIONS, Resource: names.agentBuildArn },
    { Sid: "ReadDigest", Effect: "Allow", Action: "ecr:DescribeImages", Resource: names.agentRepositoryArn },
    ...never(place),
  );
}

/** What Lambda needs to run a function at all. */
function run(...more: readonly string[]): Statement {
  return {
    Sid: "Run",
    Effect: "Allow",
    Action: [
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "xray:PutTelemetryRecords",
      "xray:PutTraceSegments",
      "ec2:*NetworkInterface*",
      "ec2:DescribeSubnets",
      "ec2:*PrivateIpAddresses",
      ...more,
    ],
    Resource: "*",
  };
}

/** Who is whose: the registry to read, memberships and users to keep, and the accounts behind them. */
function tables(place: Place): readonly Statement[] {
  const names = platformNames(place);
  return [
    {
      Sid: "ReadTables",
      Effect: "Allow",
      Action: "dynamodb:GetItem",
      Resource: [names.registryTableArn, names.membershipsTableArn],
    },
    {
      Sid: "Users",
      Effect: "Allow",
      Action: [...USER_ACTIONS],
      Resource: [names.usersTableArn, names.membershipsTableArn],
    },
    {
      Sid: "Accounts",
      Effect: "Allow",
      Action: "cognito-idp:Admin*User*",
      Resource: arns(place).anyUserPool,
      Condition: { StringEquals: { [`aws:ResourceTag/${POOL_TAG}`]: names.userPool } },
    },
    useTableKey(place, [names.registryTable, names.membershipsTable, names.usersTable]),
  ];
}

/** Denied, not merely left out: a resource policy that names a session passes by what a boundary leaves out. */
function never(place: Place): readonly Statement[] {
  const referenceBucket = arns(place).s3(platformNames(place).referenceBucket);
  return [
    {
      Sid: "NeverTenantObjects",
      Effect: "Deny",
      Action: "s3:*",
      NotResource: [referenceBucket, `${referenceBucket}/*`],
    },
    {
      Sid: "NeverChangePolicies",
      Effect: "Deny",
      Action: [
        "iam:*",
        "s3:Put*",
        "s3:Delete*",
        "kms:PutKeyPolicy",
        "kms:CreateGrant",
        "dynamodb:PutResourcePolicy",
        "aoss:*AccessPolicy",
        "aoss:*SecurityPolicy",
        "es:*Domain*Config*",
        "sqs:SetQueueAttributes",
        "lambda:AddPermission",
        "lambda:Update*",
      ],
      Resource: "*",
    },
  ];
}

import {
  isAsync,
  platformNames,
  POOL_TAG,
  tenantPatterns,
  type AsyncFunctionName,
  type FunctionName,
  type Place,
} from "../../runtime/contract/names.ts";
import { PLATFORM_PARTITION } from "../../runtime/contract/registry.ts";
import { arns, policy, type Statement } from "../../tenants/documents/policy.ts";
import { isInside } from "./doors.ts";
import { USER_ACTIONS } from "./members-role.ts";
import { rotateOriginSecret } from "./origin-secret.ts";
import { administerClaims } from "./claims.ts";
import { useSecretKey } from "./secret-key.ts";
import { useTableKey } from "../../tenants/documents/table-key.ts";

/** Starting a build of the agent's image, and following it. */
export const BUILD_ACTIONS = [
  "codebuild:BatchGetBuilds",
  "codebuild:ListBuildsForProject",
  "codebuild:StartBuild",
];

/** Lambda runs the platform's functions as their roles. */
export function functionTrust(): string {
  return policy({
    Sid: "Lambda",
    Effect: "Allow",
    Principal: { Service: "lambda.amazonaws.com" },
    Action: "sts:AssumeRole",
  });
}

/** What one function may do. None of them reads tenants' data as itself: that takes the tenant's credentials. */
export function functionPolicy(place: Place, fn: FunctionName): string {
  const duty = duties(place)[fn];
  return policy(
    writeLogs(place, fn),
    WRITE_TRACES,
    ...(isInside(fn) ? [useNetwork] : []),
    ...duty,
    ...(isAsync(fn) ? [keepFailedEvents(place, fn)] : []),
    ...useKeyOfTables(place, duty),
  );
}

/** Lambda puts an event there, as the function's role, that the function failed on as often as it was tried. */
export function keepFailedEvents(place: Place, fn: AsyncFunctionName): Statement {
  return {
    Sid: "KeepFailedEvents",
    Effect: "Allow",
    Action: "sqs:SendMessage",
    Resource: platformNames(place).deadLettersArn(fn),
  };
}

/** Who reads or writes a table uses the key that it is under. */
function useKeyOfTables(place: Place, duty: readonly Statement[]): readonly Statement[] {
  const tables = duty
    .flatMap(({ Resource = [] }) => Resource)
    .flatMap((arn) => /:dynamodb:.*:table\/(?<name>[^/]+)$/.exec(arn)?.groups?.["name"] ?? []);
  return tables.length === 0 ? [] : [useTableKey(place, [...new Set(tables)])];
}

function duties(place: Place): Record<FunctionName, readonly Statement[]> {
  const names = platformNames(place);
  const everyTenant = tenantPatterns(place, "any");
  const arn = arns(place);
  const getItem = (table: string): Statement => ({
    Sid: "ReadTable",
    Effect: "Allow",
    Action: "dynamodb:GetItem",
    Resource: table,
  });
  const askBroker: Statement = {
    Sid: "AskBroker",
    Effect: "Allow",
    Action: "lambda:InvokeFunction",
    Resource: names.functionArn("broker"),
  };
  return {
    authorizer: [getItem(names.registryTableArn)],
    broker: [
      getItem(names.registryTableArn),
      {
        Sid: "BecomeDataRoles",
        Effect: "Allow",
        Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        Resource: [everyTenant.dataRoleArn, names.membersRoleArn],
      },
    ],
    chat: [askBroker],
    documents: [askBroker],
    "pre-token": [
      {
        Sid: "AdmitPeople",
        Effect: "Allow",
        Action: ["dynamodb:GetItem", "dynamodb:PutItem"],
        Resource: names.membershipsTableArn,
      },
      {
        Sid: "ClaimInvitations",
        Effect: "Allow",
        Action: ["dynamodb:GetItem", "dynamodb:UpdateItem"],
        Resource: names.usersTableArn,
      },
    ],
    users: [askBroker, manageAccounts(place)],
    "origin-secret": rotateOriginSecret(place),
    "user-admin": [
      { Sid: "InviteAdmins", Effect: "Allow", Action: [...USER_ACTIONS], Resource: names.usersTableArn },
      {
        Sid: "ForgetMemberships",
        Effect: "Allow",
        Action: "dynamodb:DeleteItem",
        Resource: names.membershipsTableArn,
      },
      manageAccounts(place),
    ],
    canary: [
      askBroker,
      // The reference corpus, by name; the API knows no narrower resource.
      { Sid: "FindReference", Effect: "Allow", Action: "bedrock:ListKnowledgeBases", Resource: "*" },
      {
        Sid: "ReadOwnClients",
        Effect: "Allow",
        Action: "secretsmanager:GetSecretValue",
        Resource: names.canarySecretArn,
      },
      useSecretKey(place, names.canarySecretArn),
    ],
    ingest: [
      {
        Sid: "BecomeIngestRoles",
        Effect: "Allow",
        Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        Resource: everyTenant.ingestRoleArn,
      },
    ],
    "image-build": [
      {
        Sid: "Build",
        Effect: "Allow",
        Action: BUILD_ACTIONS,
        Resource: names.agentBuildArn,
      },
      {
        Sid: "ReadDigest",
        Effect: "Allow",
        Action: "ecr:DescribeImages",
        Resource: names.agentRepositoryArn,
      },
    ],
    "db-admin": administerClaims(place),
    "search-admin": [
      {
        Sid: "FindByName",
        Effect: "Allow",
        Action: ["aoss:BatchGetCollection", "bedrock:ListKnowledgeBases"],
        Resource: "*",
      },
      {
        Sid: "AdministerDomain",
        Effect: "Allow",
        Action: "es:ESHttp*",
        Resource: [names.domainArn, `${names.domainArn}/*`],
      },
      {
        Sid: "FindDomain",
        Effect: "Allow",
        Action: "dynamodb:GetItem",
        Resource: names.registryTableArn,
        Condition: {
          "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": [PLATFORM_PARTITION] },
          // ForAllValues holds for a request without keys: that is what this line is for.
          Null: { "dynamodb:LeadingKeys": "false" },
        },
      },
      { Sid: "AdministerIndices", Effect: "Allow", Action: "aoss:APIAccessAll", Resource: arn.anyCollection },
      {
        Sid: "IngestReference",
        Effect: "Allow",
        Action: ["bedrock:ListDataSources", "bedrock:StartIngestionJob", "bedrock:GetIngestionJob"],
        Resource: arn.anyKnowledgeBase,
        // A tenant's knowledge base carries its tenant's tag.
        Condition: { Null: { "aws:ResourceTag/tenant_id": "true" } },
      },
    ],
  };
}

/** Making and ending accounts of this environment's user pool, which its tag tells from others: its ARN holds a generated id. */
function manageAccounts(place: Place): Statement {
  const names = platformNames(place);
  return {
    Sid: "ManageAccounts",
    Effect: "Allow",
    Action: [...ACCOUNT_ACTIONS],
    Resource: arns(place).anyUserPool,
    Condition: { StringEquals: { [`aws:ResourceTag/${POOL_TAG}`]: names.userPool } },
  };
}

export const ACCOUNT_ACTIONS = [
  "cognito-idp:AdminCreateUser",
  "cognito-idp:AdminDeleteUser",
  "cognito-idp:AdminUserGlobalSignOut",
] as const;

/** Traces have no ARN. */
export const WRITE_TRACES: Statement = {
  Sid: "WriteTraces",
  Effect: "Allow",
  Action: ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
  Resource: "*",
};

function writeLogs(place: Place, fn: FunctionName): Statement {
  const group = arns(place).regional("logs", `log-group:${platformNames(place).functionLogGroup(fn)}`);
  return {
    Sid: "WriteLogs",
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: `${group}:*`,
  };
}

/** What Lambda itself needs to attach a function to a network; EC2 has no narrower resource for these. */
const useNetwork: Statement = {
  Sid: "AttachToNetwork",
  Effect: "Allow",
  Action: [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
  ],
  Resource: "*",
};

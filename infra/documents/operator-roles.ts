import { platformNames, tenantPatterns, type Place, TENANT_TAG } from "../../runtime/contract/names.ts";
import { arns, policy } from "../../tenants/documents/policy.ts";

/** Looks at configuration, metrics, functions' logs and the audit. */
const LOOK = [
  "acm:Describe*",
  "acm:List*",
  "aoss:BatchGet*",
  "aoss:GetAccessPolicy",
  "aoss:GetSecurityPolicy",
  "aoss:List*",
  "apigateway:GET",
  "bedrock:GetDataSource",
  "bedrock:GetGuardrail",
  "bedrock:GetIngestionJob",
  "bedrock:GetKnowledgeBase",
  "bedrock:ListDataSources",
  "bedrock:ListGuardrails",
  "bedrock:ListIngestionJobs",
  "bedrock:ListKnowledgeBases",
  "budgets:ViewBudget",
  // Not distributions, nor WAF's rule groups: what CloudFront proves itself to the API with stands in them.
  "cloudfront:DescribeFunction",
  "cloudfront:GetOrigin*",
  "cloudfront:GetResponseHeadersPolicy",
  "cloudfront:ListFunctions",
  "cloudtrail:Describe*",
  "cloudtrail:GetTrail*",
  "cloudtrail:LookupEvents",
  "cloudwatch:Describe*",
  "cloudwatch:Get*",
  "cloudwatch:List*",
  "cognito-idp:Describe*",
  "cognito-idp:ListUserPool*",
  "dynamodb:Describe*",
  "dynamodb:ListTables",
  "ec2:Describe*",
  "es:Describe*",
  "es:List*",
  "iam:Get*",
  "iam:List*",
  "kms:DescribeKey",
  "kms:GetKeyPolicy",
  "kms:List*",
  "lambda:GetFunctionConfiguration",
  "lambda:GetPolicy",
  "lambda:List*",
  "logs:Describe*",
  "rds:Describe*",
  "s3:GetBucket*",
  "s3:GetEncryptionConfiguration",
  "s3:GetLifecycleConfiguration",
  "s3:ListAllMyBuckets",
  "sns:GetTopicAttributes",
  "sns:ListTopics",
  "sqs:GetQueueAttributes",
  "sqs:ListQueues",
  "wafv2:GetLoggingConfiguration",
  "wafv2:GetRateBased*",
  "wafv2:GetWebACL*",
  "wafv2:List*",
];

/** What reads a tenant's data, by any door. */
const TENANT_DATA = [
  "aoss:APIAccessAll",
  "bedrock:*Retrieve*",
  "bedrock:GetDocumentContent",
  "bedrock:Invoke*",
  "cognito-idp:Admin*",
  "cognito-idp:ListUsers*",
  "dynamodb:*Item*",
  "dynamodb:PartiQL*",
  "dynamodb:Query",
  "dynamodb:Scan",
  "es:ESHttp*",
  "lambda:InvokeFunction",
  "rds-data:*",
  "secretsmanager:GetSecretValue",
  "sqs:ReceiveMessage",
  "sts:*",
];

/** What shows a log group's lines, or sends them to where they are shown. */
const READ_LOGS = [
  "logs:CreateExportTask",
  "logs:FilterLogEvents",
  "logs:GetLog*",
  "logs:PutSubscriptionFilter",
  "logs:StartLiveTail",
  "logs:StartQuery",
  "logs:Unmask",
];

/** Who may take the reader's role: roles of people, by name. */
export function readerTrust(principalArns: readonly string[]): string {
  return policy({
    Sid: "People",
    Effect: "Allow",
    Principal: { AWS: principalArns },
    Action: ["sts:AssumeRole", "sts:SetSourceIdentity"],
  });
}

/** Whoever looks after an environment sees how it is, not what is in it. */
export function readerPolicy(place: Place): string {
  const names = platformNames(place);
  const audit = arns(place).s3(names.auditBucket);
  return policy(
    { Sid: "Look", Effect: "Allow", Action: LOOK, Resource: "*" },
    {
      Sid: "ReadLogs",
      Effect: "Allow",
      Action: ["logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetQueryResults", "logs:StartQuery"],
      Resource: names.logGroupArns.map((arn) => `${arn}:*`),
    },
    {
      Sid: "ReadAudit",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:ListBucket"],
      Resource: [audit, `${audit}/*`],
    },
    { Sid: "ReadAuditKey", Effect: "Allow", Action: "kms:Decrypt", Resource: arns(place).anyKey },
    { Sid: "NoTenantData", Effect: "Deny", Action: TENANT_DATA, Resource: "*" },
    {
      // What models were asked and answered is tenants' data, and so may be what is logged of searches and statements.
      Sid: "NoLogsOfTenants",
      Effect: "Deny",
      Action: "logs:*",
      Resource: names.tenantLogGroupArns,
    },
    {
      Sid: "NoTenantObjects",
      Effect: "Deny",
      Action: "s3:*Object*",
      NotResource: `${audit}/*`,
    },
  );
}

/** IAM users of their own, because the federation may be what broke; never without a second factor. */
export function breakGlassTrust(userArns: readonly string[]): string {
  return policy({
    Sid: "EmergencyUsers",
    Effect: "Allow",
    Principal: { AWS: userArns },
    Action: "sts:AssumeRole",
    Condition: {
      Bool: { "aws:MultiFactorAuthPresent": "true" },
      NumericLessThan: { "aws:MultiFactorAuthAge": "900" },
    },
  });
}

/**
 * Repairs anything, but can't blind the audit, and becomes no tenant: tenants' buckets, keys and stores refuse it as they
 * refuse everyone without a tenant's tag.
 */
export function breakGlassPolicy(place: Place): string {
  const names = platformNames(place);
  const audit = arns(place).s3(names.auditBucket);
  const everyTenant = tenantPatterns(place, "any");
  return policy(
    { Sid: "Repair", Effect: "Allow", Action: "*", Resource: "*" },
    {
      Sid: "NeverBlindAudit",
      Effect: "Deny",
      Action: ["cloudtrail:Delete*", "cloudtrail:Put*", "cloudtrail:Stop*", "cloudtrail:Update*"],
      Resource: "*",
    },
    {
      Sid: "NeverTouchAudit",
      Effect: "Deny",
      Action: ["s3:Bypass*", "s3:Delete*", "s3:Put*", "s3:Replicate*"],
      Resource: [audit, `${audit}/*`],
    },
    {
      Sid: "NeverSilenceAlarms",
      Effect: "Deny",
      Action: [
        "cloudwatch:DeleteAlarms",
        "cloudwatch:DisableAlarmActions",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:SetAlarmState",
        "logs:DeleteLogGroup",
        "logs:*MetricFilter",
        "sns:DeleteTopic",
        "sns:RemovePermission",
        "sns:SetTopicAttributes",
        "sns:Unsubscribe",
      ],
      Resource: "*",
    },
    {
      // Statements run by the Data API as the database's administrator see every tenant's rows. A knowledge base has no policy of
      // its own: it answers whoever may ask, as the role that reads its tenant's store.
      Sid: "NeverReadTenants",
      Effect: "Deny",
      Action: [
        "rds-data:*",
        "es:ESHttp*",
        "bedrock:*Retrieve*",
        "bedrock:*KnowledgeBaseDocuments",
        "bedrock:GenerateQuery",
        "bedrock:GetDocumentContent",
        "bedrock-agentcore:*Event*",
        "bedrock-agentcore:*MemoryRecord*",
      ],
      Resource: "*",
    },
    {
      Sid: "NeverReadLogsOfTenants",
      Effect: "Deny",
      Action: READ_LOGS,
      Resource: names.tenantLogGroupArns,
    },
    {
      // A principal of one's own making that carries the tag would pass the buckets' policies.
      Sid: "NeverCarryTenantTag",
      Effect: "Deny",
      Action: ["iam:CreateRole", "iam:CreateUser", "iam:Tag*", "sts:AssumeRole", "sts:TagSession"],
      Resource: "*",
      Condition: { Null: { [`aws:RequestTag/${TENANT_TAG}`]: "false" } },
    },
    {
      // With a password that it sets it would be whichever user it likes.
      Sid: "NeverSignInAsUser",
      Effect: "Deny",
      Action: [
        "cognito-idp:AdminInitiateAuth",
        "cognito-idp:AdminRespondToAuthChallenge",
        "cognito-idp:AdminSetUser*",
      ],
      Resource: "*",
    },
    {
      Sid: "NeverBecomeTenant",
      Effect: "Deny",
      Action: [
        "iam:Attach*",
        "iam:Delete*",
        "iam:Detach*",
        // A service that is given a tenant's role acts as the tenant.
        "iam:PassRole",
        "iam:Put*",
        "iam:Tag*",
        "iam:Untag*",
        "iam:Update*",
        "sts:*",
      ],
      Resource: [everyTenant.dataRoleArn, everyTenant.ingestRoleArn, everyTenant.knowledgeBaseRoleArn],
    },
  );
}

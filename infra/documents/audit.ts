import { platformNames, tenantPatterns, type Place } from "../../runtime/contract/names.ts";
import { arns, onlyOverTls, policy, serviceTrust } from "../../tenants/documents/policy.ts";

/** Only the trail writes here, and nobody takes anything away. */
export function auditBucketPolicy(place: Place): string {
  const names = platformNames(place);
  const bucket = arns(place).s3(names.auditBucket);
  const fromTrail = { StringEquals: { "aws:SourceArn": names.trailArn } };
  return policy(
    {
      Sid: "TrailLooks",
      Effect: "Allow",
      Principal: { Service: "cloudtrail.amazonaws.com" },
      Action: "s3:GetBucketAcl",
      Resource: bucket,
      Condition: fromTrail,
    },
    {
      Sid: "TrailWrites",
      Effect: "Allow",
      Principal: { Service: "cloudtrail.amazonaws.com" },
      Action: "s3:PutObject",
      Resource: `${bucket}/AWSLogs/${place.account}/*`,
      Condition: {
        StringEquals: { ...fromTrail.StringEquals, "s3:x-amz-acl": "bucket-owner-full-control" },
      },
    },
    {
      Sid: "NobodyElseChanges",
      Effect: "Deny",
      Principal: "*",
      Action: ["s3:Bypass*", "s3:Delete*", "s3:Put*", "s3:Replicate*"],
      Resource: `${bucket}/*`,
      Condition: { Bool: { "aws:PrincipalIsAWSService": "false" } },
    },
    onlyOverTls(bucket),
  );
}

/** CloudTrail writes to its log group as this role. */
export function trailTrust(place: Place): string {
  return serviceTrust(place.account, "cloudtrail.amazonaws.com", platformNames(place).trailArn);
}

export function trailPolicy(place: Place): string {
  return policy({
    Sid: "WriteLogs",
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: arns(place).regional("logs", `log-group:${platformNames(place).trailLogGroup}:*`),
  });
}

/** Alarms and the budget publish; nobody else does. */
export function alarmTopicPolicy(place: Place): string {
  return policy({
    Sid: "Alarms",
    Effect: "Allow",
    Principal: { Service: ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"] },
    Action: "sns:Publish",
    Resource: platformNames(place).alarmTopicArn,
    Condition: { StringEquals: { "aws:SourceAccount": place.account } },
  });
}

interface Selector {
  readonly name: string;
  readonly fieldSelectors: readonly {
    readonly field: string;
    readonly equals?: readonly string[];
    readonly startsWiths?: readonly string[];
    readonly notStartsWiths?: readonly string[];
  }[];
}

/** Types whose data events the trail keeps; off by default in CloudTrail, and each needs a selector of its own. */
const DATA_EVENTS = [
  "AWS::AOSS::Collection",
  "AWS::Bedrock::KnowledgeBase",
  "AWS::Bedrock::Model",
  "AWS::DynamoDB::Table",
  "AWS::RDS::DBCluster",
] as const;

/** Management events, and who touched tenants' objects, collections, knowledge bases, tables, models and claims. */
export function eventSelectors(place: Place): Selector[] {
  const names = platformNames(place);
  const buckets = arns(place).s3(names.bucketPrefix);
  const data = (type: string): Selector["fieldSelectors"] => [
    { field: "eventCategory", equals: ["Data"] },
    { field: "resources.type", equals: [type] },
  ];
  return [
    { name: "Management", fieldSelectors: [{ field: "eventCategory", equals: ["Management"] }] },
    {
      name: "Tenants' objects",
      fieldSelectors: [
        ...data("AWS::S3::Object"),
        // The platform's own buckets have `--` there: the audit must not record itself.
        { field: "resources.ARN", startsWiths: [buckets], notStartsWiths: [`${buckets}-`] },
      ],
    },
    ...DATA_EVENTS.map((type) => ({ name: type, fieldSelectors: data(type) })),
  ];
}

/** What an alarm is raised for at its first occurrence, as a filter over the trail. */
export interface Watched {
  readonly about: string;
  readonly description: string;
  /** CloudWatch Logs' filter pattern, 1,024 characters at most. */
  readonly pattern: string;
}

const POLICY_CHANGES = [
  "AttachRolePolicy",
  "CreateGrant",
  "DeleteBucketPolicy",
  "DeleteRolePermissionsBoundary",
  "DetachRolePolicy",
  "PutBucketPolicy",
  "PutKeyPolicy",
  "PutResourcePolicy",
  "PutRolePolicy",
  "UpdateAccessPolicy",
  "UpdateAssumeRolePolicy",
  "UpdateFunctionCode*",
  "UpdateSecurityPolicy",
];

/** @param deploymentRoleArns change policies by way of Git, which is no alarm */
export function watched(place: Place, deploymentRoleArns: readonly string[]): readonly Watched[] {
  const names = platformNames(place);
  const everyTenant = tenantPatterns(place, "any");
  const any = (terms: readonly string[]): string => `(${terms.join(" || ")})`;
  const event = (name: string): string => `($.eventName = "${name}")`;
  const issuer = "$.userIdentity.sessionContext.sessionIssuer";
  const tenantRoles = [
    everyTenant.dataRoleName,
    everyTenant.ingestRoleName,
    everyTenant.knowledgeBaseRoleName,
  ];
  return [
    {
      about: "tenant-denied",
      description:
        "AWS refused a call of a tenant's role: someone or something tried what isolation forbids.",
      pattern: `{ ($.errorCode = "AccessDenied*") && ${any(
        tenantRoles.map((role) => `(${issuer}.userName = "${role}")`),
      )} }`,
    },
    {
      about: "break-glass",
      description: "Someone took the break-glass role.",
      pattern: `{ ${event("AssumeRole")} && ($.requestParameters.roleArn = "${names.breakGlassRoleArn}") }`,
    },
    {
      about: "root-user",
      description: "The account's root user did something.",
      pattern: `{ ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS) && ($.eventType != "AwsServiceEvent") }`,
    },
    {
      about: "policy-change",
      description: "A policy or a function's code was changed by another role than the one that deploys.",
      pattern: `{ ${any(POLICY_CHANGES.map(event))} && ${deploymentRoleArns
        .map((arn) => `(${issuer}.arn != "${arn}")`)
        .join(" && ")} && ($.userIdentity.invokedBy NOT EXISTS) }`,
    },
    {
      about: "audit-change",
      description: "The trail was stopped or changed.",
      pattern: `{ ${any(["DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail"].map(event))} }`,
    },
    {
      about: "key-disabled",
      description: "A key was disabled or its deletion scheduled: what it encrypts can't be read then.",
      pattern: `{ ${any(["DisableKey", "ScheduleKeyDeletion"].map(event))} }`,
    },
  ];
}

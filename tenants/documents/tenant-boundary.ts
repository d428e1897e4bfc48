import { platformNames, TENANT_TAG, tenantPatterns, type Place } from "../../runtime/contract/names.ts";
import { BUDGET_ACTIONS, INGESTION_ACTIONS, retrieveReference, SESSION_ACTIONS } from "./data-role.ts";
import { arns, policy, PRINCIPAL_TAG, PRINCIPAL_TAG_VARIABLE as OWN } from "./policy.ts";
import { boundaryOfClaims } from "./claims.ts";
import { boundaryOfConversations } from "./conversations.ts";
import { boundaryOfModels, type Models } from "./models.ts";
import { useTableKey } from "./table-key.ts";

/**
 * The permissions boundary of every role that carries a tenant's identity: whatever its own policies say, it reaches
 * what the principal's tag names and nothing else, and changes no policy. One document for all tenants, by variable.
 */
export function tenantBoundary(place: Place, models: Models): string {
  const arn = arns(place);
  const own = tenantPatterns(place, "sessionTag");
  const bucket = own.bucketArn;
  const names = platformNames(place);
  const ownItems = {
    "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": [OWN] },
    Null: { "dynamodb:LeadingKeys": "false" },
  };
  return policy(
    {
      Sid: "OwnObjects",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      Resource: `${bucket}/${own.objectPrefix}*`,
    },
    { Sid: "OwnBucket", Effect: "Allow", Action: "s3:ListBucket", Resource: bucket },
    {
      Sid: "OwnKey",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: arn.anyKey,
      Condition: {
        "ForAnyValue:StringEquals": { "kms:ResourceAliases": own.keyAlias },
      },
    },
    {
      Sid: "OwnCollection",
      Effect: "Allow",
      Action: "aoss:APIAccessAll",
      Resource: arn.anyCollection,
      Condition: { StringEquals: { "aoss:collection": own.collection } },
    },
    {
      Sid: "OwnKnowledgeBase",
      Effect: "Allow",
      Action: INGESTION_ACTIONS,
      Resource: arn.anyKnowledgeBase,
      Condition: { StringEquals: { [`aws:ResourceTag/${TENANT_TAG}`]: OWN } },
    },
    {
      Sid: "OwnIndex",
      Effect: "Allow",
      Action: ["es:ESHttpPost", "es:ESHttpPut"],
      Resource: ["_search", "_bulk"].map((operation) => `${names.domainArn}/${own.poolAlias}/${operation}`),
    },
    {
      Sid: "OwnItems",
      Effect: "Allow",
      Action: "dynamodb:GetItem",
      Resource: names.registryTableArn,
      Condition: ownItems,
    },
    {
      Sid: "OwnSessions",
      Effect: "Allow",
      Action: SESSION_ACTIONS,
      Resource: names.sessionsTableArn,
      Condition: ownItems,
    },
    {
      Sid: "OwnBudget",
      Effect: "Allow",
      Action: BUDGET_ACTIONS,
      Resource: names.budgetsTableArn,
      Condition: ownItems,
    },
    boundaryOfConversations(place),
    useTableKey(place, [names.registryTable, names.sessionsTable, names.budgetsTable]),
    retrieveReference(place),
    ...boundaryOfModels(place, models),
    ...boundaryOfClaims(place),
    {
      // Denied, not merely left out: a resource policy that names a session passes by what a boundary leaves out.
      Sid: "NeverForeignObjects",
      Effect: "Deny",
      Action: "s3:*",
      NotResource: [bucket, `${bucket}/${own.objectPrefix}*`],
    },
    {
      Sid: "NeverUntagged",
      Effect: "Deny",
      Action: "*",
      Resource: "*",
      Condition: { Null: { [PRINCIPAL_TAG]: "true" } },
    },
    {
      Sid: "NeverChangePolicies",
      Effect: "Deny",
      Action: [
        "iam:*",
        "sts:AssumeRole",
        "sts:TagSession",
        "s3:*BucketPolicy",
        "s3:*AccessPoint*",
        "s3:*Acl",
        "kms:PutKeyPolicy",
        "kms:CreateGrant",
        "kms:*Alias",
        "dynamodb:*ResourcePolicy",
        "aoss:*AccessPolicy",
        "aoss:*SecurityPolicy",
        "bedrock:Update*",
        "bedrock:Delete*",
        "es:*Domain*",
        "lambda:*",
      ],
      Resource: "*",
    },
  );
}

import { platformNames, TENANT_TAG, tenantNames, type Place } from "../../runtime/contract/names.ts";
import { arns, policy, PRINCIPAL_TAG, type Statement } from "./policy.ts";

/**
 * Who may become the tenant's data role: the broker alone, naming exactly this tenant by session tag, and not from a
 * session that already is a tenant's. Three statements, because `sts:TagSession` and `sts:SetSourceIdentity` are
 * checked on their own and don't all carry each other's keys.
 */
export function dataRoleTrust(place: Place, id: string): string {
  const broker = { AWS: platformNames(place).functionRoleArn("broker") };
  const fromNoTenant = { "aws:PrincipalTag/tenant_id": "true" };
  return policy(
    {
      Sid: "BrokerAssumes",
      Effect: "Allow",
      Principal: broker,
      Action: "sts:AssumeRole",
      Condition: {
        StringEquals: { [`aws:RequestTag/${TENANT_TAG}`]: id },
        "ForAllValues:StringEquals": { "aws:TagKeys": [TENANT_TAG] },
        Null: { "aws:TagKeys": "false", ...fromNoTenant },
      },
    },
    {
      Sid: "BrokerTags",
      Effect: "Allow",
      Principal: broker,
      Action: "sts:TagSession",
      Condition: {
        StringEquals: { [`aws:RequestTag/${TENANT_TAG}`]: id },
        "ForAllValues:StringEquals": { "aws:TagKeys": [TENANT_TAG] },
        Null: { "aws:TagKeys": "false", "sts:TransitiveTagKeys": "true", ...fromNoTenant },
      },
    },
    {
      Sid: "BrokerNamesTheUser",
      Effect: "Allow",
      Principal: broker,
      Action: "sts:SetSourceIdentity",
      Condition: { Null: { "sts:SourceIdentity": "false", ...fromNoTenant } },
    },
  );
}

/** The tenant's own corpus and registry item, and the models: what a question or an upload needs, nothing more. */
export function dataRolePolicy(place: Place, id: string, modelIds: readonly string[]): string {
  const names = tenantNames(place, id);
  const arn = arns(place);
  const tagged = { [PRINCIPAL_TAG]: id };
  return policy(
    ...bucketAccess(place, id, ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]),
    {
      Sid: "UseKeyThroughS3",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: arn.anyKey,
      Condition: {
        StringEquals: { ...tagged, "kms:ViaService": arn.viaS3 },
        "ForAnyValue:StringEquals": { "kms:ResourceAliases": names.keyAlias },
      },
    },
    {
      Sid: "SearchOwnCollection",
      Effect: "Allow",
      Action: "aoss:APIAccessAll",
      Resource: arn.anyCollection,
      Condition: { StringEquals: { ...tagged, "aoss:collection": names.collection } },
    },
    {
      Sid: "IngestOwnDocuments",
      Effect: "Allow",
      Action: ["bedrock:StartIngestionJob", "bedrock:GetIngestionJob"],
      Resource: arn.anyKnowledgeBase,
      Condition: { StringEquals: { ...tagged, [`aws:ResourceTag/${TENANT_TAG}`]: id } },
    },
    {
      Sid: "ReadOwnRegistryItem",
      Effect: "Allow",
      Action: "dynamodb:GetItem",
      Resource: platformNames(place).registryTableArn,
      Condition: {
        StringEquals: tagged,
        "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": [id] },
        // ForAllValues holds for a request without keys (a Scan): that is what this line is for.
        Null: { "dynamodb:LeadingKeys": "false" },
      },
    },
    {
      Sid: "AskModels",
      Effect: "Allow",
      Action: "bedrock:InvokeModel",
      Resource: modelIds.map(arn.model),
      Condition: { StringEquals: tagged },
    },
  );
}

/** The shared reference corpus. Apart from the rest, because this ARN is generated: the rest is known at preview. */
export function referencePolicy(id: string, referenceKnowledgeBaseArn: string): string {
  return policy({
    Sid: "RetrieveSharedReference",
    Effect: "Allow",
    Action: "bedrock:Retrieve",
    Resource: referenceKnowledgeBaseArn,
    Condition: { StringEquals: { [PRINCIPAL_TAG]: id } },
  });
}

/** Objects below the tenant's prefix of the tenant's bucket, and their listing. */
export function bucketAccess(
  place: Place,
  id: string,
  objectActions: readonly string[],
): readonly Statement[] {
  const { bucketArn, objectPrefix } = tenantNames(place, id);
  const tagged = { [PRINCIPAL_TAG]: id };
  return [
    {
      Sid: "OwnObjects",
      Effect: "Allow",
      Action: objectActions,
      Resource: `${bucketArn}/${objectPrefix}*`,
      Condition: { StringEquals: tagged },
    },
    {
      Sid: "ListOwnObjects",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: bucketArn,
      Condition: { StringEquals: tagged, StringLike: { "s3:prefix": `${objectPrefix}*` } },
    },
  ];
}

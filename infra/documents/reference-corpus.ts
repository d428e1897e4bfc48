import { platformNames, type Place } from "../../runtime/contract/names.ts";
import { collectionAccess } from "../../tenants/documents/collection-policies.ts";
import { keyAdministration } from "../../tenants/documents/key-policy.ts";
import { knowledgeBaseTrust } from "../../tenants/documents/knowledge-base-role.ts";
import { arns, onlyOverTls, policy } from "../../tenants/documents/policy.ts";

/** Where the corpus's objects start. */
export const PREFIX = "reference/";

export const trust = knowledgeBaseTrust;

/** Ingestion of the shared corpus: its own bucket, its own collection. */
export function rolePolicy(place: Place, embeddingModelId: string): string {
  const names = platformNames(place);
  const arn = arns(place);
  const bucket = arn.s3(names.referenceBucket);
  return policy(
    { Sid: "ReadObjects", Effect: "Allow", Action: "s3:GetObject", Resource: `${bucket}/${PREFIX}*` },
    { Sid: "ListObjects", Effect: "Allow", Action: "s3:ListBucket", Resource: bucket },
    {
      Sid: "DecryptThroughS3",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: arn.anyKey,
      Condition: {
        StringEquals: { "kms:ViaService": arn.viaS3 },
        "ForAnyValue:StringEquals": { "kms:ResourceAliases": names.referenceKeyAlias },
      },
    },
    {
      Sid: "UseCollection",
      Effect: "Allow",
      Action: "aoss:APIAccessAll",
      Resource: arn.anyCollection,
      Condition: { StringEquals: { "aoss:collection": names.referenceCollection } },
    },
    { Sid: "Embed", Effect: "Allow", Action: "bedrock:InvokeModel", Resource: arn.model(embeddingModelId) },
  );
}

export function keyPolicy(place: Place, deploymentRoleArns: readonly string[]): string {
  const names = platformNames(place);
  const arn = arns(place);
  const throughS3 = {
    StringEquals: {
      "kms:ViaService": arn.viaS3,
      "kms:EncryptionContext:aws:s3:arn": arn.s3(names.referenceBucket),
    },
  };
  return policy(
    ...keyAdministration(place, deploymentRoleArns),
    {
      Sid: "ReadObjects",
      Effect: "Allow",
      Principal: { AWS: names.referenceKnowledgeBaseRoleArn },
      Action: "kms:Decrypt",
      Resource: "*",
      Condition: throughS3,
    },
    {
      Sid: "WriteObjects",
      Effect: "Allow",
      Principal: { AWS: deploymentRoleArns },
      Action: ["kms:GenerateDataKey", "kms:Decrypt"],
      Resource: "*",
      Condition: throughS3,
    },
  );
}

/** Tenants read the corpus by `bedrock:Retrieve` alone; its objects are for the deployment roles and the knowledge base. */
export function bucketPolicy(place: Place, deploymentRoleArns: readonly string[]): string {
  const names = platformNames(place);
  const bucket = arns(place).s3(names.referenceBucket);
  return policy(
    {
      Sid: "OnlyPlatform",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*Object*",
      Resource: `${bucket}/*`,
      Condition: {
        ArnNotEquals: { "aws:PrincipalArn": [names.referenceKnowledgeBaseRoleArn, ...deploymentRoleArns] },
      },
    },
    onlyOverTls(bucket),
  );
}

/** No tenant is a principal here: only the knowledge base's role reads, and answers `Retrieve`. */
export function collectionAccessPolicy(place: Place): string {
  const names = platformNames(place);
  return collectionAccess({
    collection: names.referenceCollection,
    readers: [],
    writers: [names.referenceKnowledgeBaseRoleArn],
    indexAdmins: [names.functionRoleArn("search-admin")],
  });
}

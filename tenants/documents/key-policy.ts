import { tenantNames, type Place } from "../../runtime/contract/names.ts";
import { keyOfLogin } from "./claims.ts";
import { arns, policy, PRINCIPAL_TAG, type Statement } from "./policy.ts";

/** What manages a key without using it. */
const MANAGE = [
  "kms:Describe*",
  "kms:Enable*",
  "kms:List*",
  "kms:Put*",
  "kms:Update*",
  "kms:Revoke*",
  "kms:Disable*",
  "kms:Get*",
  "kms:Delete*",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:ScheduleKeyDeletion",
  "kms:CancelKeyDeletion",
];

/** Who manages a key, and how OpenSearch Serverless gets its grant on it: through the deployment role, and only for itself. */
export function keyAdministration(place: Place, deploymentRoleArns: readonly string[]): readonly Statement[] {
  return [
    {
      Sid: "Manage",
      Effect: "Allow",
      Principal: { AWS: deploymentRoleArns },
      Action: MANAGE,
      Resource: "*",
    },
    {
      Sid: "GrantToOpenSearchServerless",
      Effect: "Allow",
      Principal: { AWS: deploymentRoleArns },
      Action: ["kms:CreateGrant", "kms:DescribeKey"],
      Resource: "*",
      Condition: {
        StringEquals: { "kms:ViaService": arns(place).viaAoss },
        Bool: { "kms:GrantIsForAWSResource": "true" },
      },
    },
  ];
}

/**
 * The tenant's key: Allows only, because a Deny would hit services' grants as well. Data is decrypted by the tenant's
 * data role and the role that ingests, each with the tenant's tag, through S3, for this bucket alone.
 * @param claims - whether the tenant has a login to the database of claims, whose secret is under this key too
 */
export function keyPolicy(
  place: Place,
  id: string,
  tier: "silo" | "pool",
  deploymentRoleArns: readonly string[],
  claims = false,
): string {
  const names = tenantNames(place, id);
  const objects = (Sid: string, role: string, Action: Statement["Action"]): Statement => ({
    Sid,
    Effect: "Allow",
    Principal: { AWS: role },
    Action,
    Resource: "*",
    Condition: {
      StringEquals: {
        [PRINCIPAL_TAG]: id,
        "kms:ViaService": arns(place).viaS3,
        "kms:EncryptionContext:aws:s3:arn": names.bucketArn,
      },
    },
  });
  return policy(
    ...keyAdministration(place, deploymentRoleArns),
    objects("TenantObjects", names.dataRoleArn, ["kms:Decrypt", "kms:GenerateDataKey"]),
    // An Allow of a key's policy needs none of the role's own: what ingests reads, and is let do no more.
    objects("Ingestion", tier === "silo" ? names.knowledgeBaseRoleArn : names.ingestRoleArn, "kms:Decrypt"),
    ...(claims ? keyOfLogin(place, id, deploymentRoleArns) : []),
  );
}

import { tenantNames, type Place } from "../../runtime/contract/names.ts";
import { bucketAccess } from "./data-role.ts";
import { arns, policy, PRINCIPAL_TAG, serviceTrust } from "./policy.ts";

/** Bedrock, for knowledge bases of this account: without the source conditions any account's could use the role. */
export function knowledgeBaseTrust(place: Place): string {
  return serviceTrust(place.account, "bedrock.amazonaws.com", arns(place).anyKnowledgeBase);
}

/** Ingestion: reads the tenant's objects, embeds them, writes the tenant's collection. The role carries the tenant's tag. */
export function knowledgeBasePolicy(place: Place, id: string, embeddingModelId: string): string {
  const names = tenantNames(place, id);
  const arn = arns(place);
  const tagged = { [PRINCIPAL_TAG]: id };
  return policy(
    ...bucketAccess(place, id, ["s3:GetObject"]),
    {
      Sid: "DecryptThroughS3",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: arn.anyKey,
      Condition: {
        StringEquals: { ...tagged, "kms:ViaService": arn.viaS3 },
        "ForAnyValue:StringEquals": { "kms:ResourceAliases": names.keyAlias },
      },
    },
    {
      Sid: "WriteOwnCollection",
      Effect: "Allow",
      Action: "aoss:APIAccessAll",
      Resource: arn.anyCollection,
      Condition: { StringEquals: { ...tagged, "aoss:collection": names.collection } },
    },
    {
      Sid: "Embed",
      Effect: "Allow",
      Action: "bedrock:InvokeModel",
      Resource: arn.model(embeddingModelId),
      Condition: { StringEquals: tagged },
    },
  );
}

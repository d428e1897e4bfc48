import { platformNames, type Place } from "../../runtime/contract/names.ts";
import { keyAdministration } from "../../tenants/documents/key-policy.ts";
import { arns, policy, type Statement } from "../../tenants/documents/policy.ts";

/**
 * The platform's key encrypts logs, audit, alarms and what tenants share at rest: for the services that write them, each
 * for this environment alone. It keeps no tenant from another: that is for the policies of what it encrypts.
 */
export function platformKeyPolicy(
  place: Place,
  deploymentRoleArns: readonly string[],
  auditReaderArns: readonly string[],
): string {
  const names = platformNames(place);
  return policy(
    ...keyAdministration(place, deploymentRoleArns),
    {
      Sid: "LogGroups",
      Effect: "Allow",
      Principal: { Service: `logs.${place.region}.amazonaws.com` },
      Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
      Resource: "*",
      Condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": names.logGroupArns } },
    },
    {
      Sid: "Trail",
      Effect: "Allow",
      Principal: { Service: "cloudtrail.amazonaws.com" },
      Action: ["kms:DescribeKey", "kms:GenerateDataKey*"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": place.account, "aws:SourceArn": names.trailArn } },
    },
    {
      // What publishes to the encrypted topic of alarms.
      Sid: "Alarms",
      Effect: "Allow",
      Principal: { Service: ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"] },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": place.account } },
    },
    {
      // Which callers may read which table is for their own policies and the table's: this only lets DynamoDB do it as them.
      Sid: "TablesForTheirCallers",
      Effect: "Allow",
      Principal: { AWS: arns(place).root },
      Action: "kms:Decrypt",
      Resource: "*",
      Condition: {
        StringEquals: { "kms:ViaService": arns(place).viaDynamoDb },
        StringLike: { "kms:EncryptionContext:aws:dynamodb:tableName": names.anyTable },
      },
    },
    {
      Sid: "SecretsForTheirReaders",
      Effect: "Allow",
      Principal: { AWS: arns(place).root },
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: {
        StringEquals: { "kms:ViaService": arns(place).viaSecretsManager },
        StringLike: { "kms:EncryptionContext:SecretARN": names.anySecretArn },
      },
    },
    {
      // RDS makes the secret of the claims' administrator under this key, for the one function that is it.
      Sid: "DatabaseSecret",
      Effect: "Allow",
      Principal: { AWS: arns(place).root },
      Action: "kms:Decrypt",
      Resource: "*",
      Condition: {
        StringEquals: { "kms:ViaService": arns(place).viaSecretsManager },
        StringLike: { "kms:EncryptionContext:SecretARN": names.claimsAdminSecretArns },
        // A condition, because a principal has to be there, and the function comes after the key.
        ArnEquals: { "aws:PrincipalArn": names.functionRoleArn("db-admin") },
      },
    },
    {
      // The context of builds, for its bucket alone: who may read or write it is for the callers' policies.
      Sid: "BuildContextForItsCallers",
      Effect: "Allow",
      Principal: { AWS: arns(place).root },
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: {
        StringEquals: {
          "kms:ViaService": arns(place).viaS3,
          "kms:EncryptionContext:aws:s3:arn": arns(place).s3(names.buildBucket),
        },
      },
    },
    ...makeStores(place, deploymentRoleArns),
    ...(auditReaderArns.length === 0 ? [] : [readAudit(place, auditReaderArns)]),
  );
}

/** What makes an encrypted store lets its service use the key from then on, by a grant; DynamoDB makes the table's key at once. */
function makeStores(place: Place, deploymentRoleArns: readonly string[]): readonly Statement[] {
  const { viaAgentCore, viaDynamoDb, viaEcr, viaOpenSearch, viaRds, viaSecretsManager } = arns(place);
  const deployers = { AWS: deploymentRoleArns };
  return [
    {
      Sid: "GrantToStores",
      Effect: "Allow",
      Principal: deployers,
      Action: "kms:CreateGrant",
      Resource: "*",
      Condition: {
        StringEquals: {
          "kms:ViaService": [viaAgentCore, viaDynamoDb, viaEcr, viaOpenSearch, viaRds, viaSecretsManager],
        },
        Bool: { "kms:GrantIsForAWSResource": "true" },
      },
    },
    {
      Sid: "MakeStores",
      Effect: "Allow",
      Principal: deployers,
      Action: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
      Resource: "*",
      Condition: {
        StringEquals: { "kms:ViaService": [viaAgentCore, viaDynamoDb, viaRds, viaSecretsManager] },
      },
    },
  ];
}

function readAudit(place: Place, readers: readonly string[]): Statement {
  return {
    Sid: "ReadAudit",
    Effect: "Allow",
    Principal: { AWS: readers },
    Action: "kms:Decrypt",
    Resource: "*",
    Condition: {
      StringEquals: {
        "kms:ViaService": arns(place).viaS3,
        "kms:EncryptionContext:aws:cloudtrail:arn": platformNames(place).trailArn,
      },
    },
  };
}

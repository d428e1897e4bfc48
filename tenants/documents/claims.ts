import { platformNames, tenantNames, tenantPatterns, type Place } from "../../runtime/contract/names.ts";
import { arns, policy, PRINCIPAL_TAG, type Statement } from "./policy.ts";

/** A transaction of statements, one a call. */
export const CLAIMS_ACTIONS = [
  "rds-data:BeginTransaction",
  "rds-data:CommitTransaction",
  "rds-data:ExecuteStatement",
  "rds-data:RollbackTransaction",
] as const;

/**
 * Asking the database of claims as the tenant's own login. IAM can't say which secret a call names: so that no other can be used, this
 * role reads no other, and the others' policies and keys refuse it.
 */
export function askClaims(place: Place, id: string): readonly Statement[] {
  const arn = arns(place);
  const names = tenantNames(place, id);
  const tagged = { [PRINCIPAL_TAG]: id };
  return [
    {
      Sid: "AskClaims",
      Effect: "Allow",
      Action: CLAIMS_ACTIONS,
      Resource: platformNames(place).claimsClusterArn,
      Condition: { StringEquals: tagged },
    },
    {
      Sid: "LogIn",
      Effect: "Allow",
      Action: "secretsmanager:GetSecretValue",
      Resource: names.claimsSecretArn,
      Condition: { StringEquals: tagged },
    },
    {
      Sid: "UseKeyOfLogin",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: arn.anyKey,
      Condition: {
        StringEquals: { ...tagged, "kms:ViaService": arn.viaSecretsManager },
        StringLike: { "kms:EncryptionContext:SecretARN": names.claimsSecretArn },
        "ForAnyValue:StringEquals": { "kms:ResourceAliases": names.keyAlias },
      },
    },
  ];
}

/** The same for whoever carries a tag, in the boundary of tenants' roles; its statement on the tenant's key covers the secret's. */
export function boundaryOfClaims(place: Place): readonly Statement[] {
  return [
    {
      Sid: "Claims",
      Effect: "Allow",
      Action: CLAIMS_ACTIONS,
      Resource: platformNames(place).claimsClusterArn,
    },
    {
      Sid: "OwnLogin",
      Effect: "Allow",
      Action: "secretsmanager:GetSecretValue",
      Resource: tenantPatterns(place, "sessionTag").claimsSecretArn,
    },
    {
      // Denied, not merely left out, as for objects.
      Sid: "NeverForeignSecrets",
      Effect: "Deny",
      Action: "secretsmanager:*",
      NotResource: tenantPatterns(place, "sessionTag").claimsSecretArn,
    },
  ];
}

/** The tenant's secret is read by its data role with the tenant's tag, and written by the function that makes the login. */
export function loginSecretPolicy(place: Place, id: string): string {
  const admin = platformNames(place).functionRoleArn("db-admin");
  const notAdmin = { ArnNotEquals: { "aws:PrincipalArn": admin } };
  return policy(
    {
      Sid: "ReadOnlyWithTenantTag",
      Effect: "Deny",
      Principal: "*",
      Action: ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"],
      Resource: "*",
      Condition: { StringNotEquals: { [PRINCIPAL_TAG]: id }, ...notAdmin },
    },
    {
      Sid: "WrittenByAdministratorOnly",
      Effect: "Deny",
      Principal: "*",
      Action: ["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"],
      Resource: "*",
      Condition: notAdmin,
    },
  );
}

/** In the tenant's key policy: through Secrets Manager, for the secret of the login and nothing else. */
export function keyOfLogin(
  place: Place,
  id: string,
  deploymentRoleArns: readonly string[],
): readonly Statement[] {
  const names = tenantNames(place, id);
  const viaSecretsManager = { "kms:ViaService": arns(place).viaSecretsManager };
  const own = { "kms:EncryptionContext:SecretARN": names.claimsSecretArn };
  return [
    {
      Sid: "TenantLogin",
      Effect: "Allow",
      Principal: { AWS: names.dataRoleArn },
      Action: "kms:Decrypt",
      Resource: "*",
      Condition: { StringEquals: { [PRINCIPAL_TAG]: id, ...viaSecretsManager }, StringLike: own },
    },
    {
      Sid: "MakeLogin",
      Effect: "Allow",
      Principal: { AWS: platformNames(place).functionRoleArn("db-admin") },
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: { StringEquals: viaSecretsManager, StringLike: own },
    },
    {
      // Secrets Manager tries, when a secret is made under a key, whether its caller may use the key; it decrypts nothing by that.
      Sid: "MakeSecret",
      Effect: "Allow",
      Principal: { AWS: deploymentRoleArns },
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: {
        StringEquals: {
          ...viaSecretsManager,
          "kms:EncryptionContext:SecretVersionId": "RequestToValidateKeyAccess",
        },
        StringLike: own,
      },
    },
  ];
}

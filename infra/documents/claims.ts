import { platformNames, tenantPatterns, type Place } from "../../runtime/contract/names.ts";
import { CLAIMS_ACTIONS } from "../../tenants/documents/claims.ts";
import { arns, type Statement } from "../../tenants/documents/policy.ts";

/**
 * What administering the database of claims takes: asking it as its administrator, and putting a password into a tenant's secret. It
 * reads the secrets back, so that one password holds in both places; whoever administers a database could as well set another one.
 */
export function administerClaims(place: Place): readonly Statement[] {
  const names = platformNames(place);
  const { claimsSecretArn } = tenantPatterns(place, "any");
  const arn = arns(place);
  return [
    {
      Sid: "AdministerClaims",
      Effect: "Allow",
      Action: [...CLAIMS_ACTIONS],
      Resource: names.claimsClusterArn,
    },
    {
      Sid: "BeAdministratorOfClaims",
      Effect: "Allow",
      Action: "secretsmanager:GetSecretValue",
      Resource: names.claimsAdminSecretArns,
      // RDS tags what it makes: this cluster's alone.
      Condition: { StringEquals: { "aws:ResourceTag/aws:rds:primaryDBClusterArn": names.claimsClusterArn } },
    },
    {
      Sid: "PutPasswords",
      Effect: "Allow",
      Action: ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
      Resource: claimsSecretArn,
    },
    {
      Sid: "UseKeysOfLogins",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: arn.anyKey,
      Condition: {
        StringEquals: { "kms:ViaService": arn.viaSecretsManager },
        StringLike: {
          "kms:EncryptionContext:SecretARN": [claimsSecretArn, names.claimsAdminSecretArns],
        },
      },
    },
  ];
}

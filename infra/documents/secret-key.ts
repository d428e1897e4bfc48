import { arns, platformNames, type Place } from "../../runtime/contract/names.ts";
import { policy, type Statement } from "../../tenants/documents/policy.ts";

/**
 * The use of the platform's key that reading and writing secrets takes: Secrets Manager encrypts and decrypts as its caller.
 * @param secretArns may be patterns
 */
export function useSecretKey(place: Place, ...secretArns: readonly string[]): Statement {
  const arn = arns(place);
  return {
    Sid: "UseSecretKey",
    Effect: "Allow",
    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
    Resource: arn.anyKey,
    Condition: {
      StringEquals: { "kms:ViaService": arn.viaSecretsManager },
      StringLike: { "kms:EncryptionContext:SecretARN": secretArns },
      "ForAnyValue:StringEquals": { "kms:ResourceAliases": platformNames(place).platformKeyAlias },
    },
  };
}

/** The clients of the canary's tenants: for the canary; the program, which writes them, reads them back. */
export function canarySecretPolicy(place: Place, deploymentRoleArns: readonly string[]): string {
  return policy({
    Sid: "OnlyCanary",
    Effect: "Deny",
    Principal: "*",
    Action: "secretsmanager:GetSecretValue",
    Resource: "*",
    Condition: {
      ArnNotEquals: {
        "aws:PrincipalArn": [platformNames(place).functionRoleArn("canary"), ...deploymentRoleArns],
      },
    },
  });
}

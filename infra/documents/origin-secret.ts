import { EDGE_TAG, platformNames, type Place } from "../../runtime/contract/names.ts";
import { policy, type Statement } from "../../tenants/documents/policy.ts";
import { useSecretKey } from "./secret-key.ts";

/** What the rotation of the origin's secret does: to this secret, this rule group and this distribution. */
export function rotateOriginSecret(place: Place): readonly Statement[] {
  const names = platformNames(place);
  return [
    { Sid: "MakeValues", Effect: "Allow", Action: "secretsmanager:GetRandomPassword", Resource: "*" },
    {
      Sid: "RotateSecret",
      Effect: "Allow",
      Action: [
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
      ],
      Resource: names.originSecretArn,
    },
    useSecretKey(place, names.originSecretArn),
    {
      Sid: "AcceptValues",
      Effect: "Allow",
      Action: ["wafv2:GetRuleGroup", "wafv2:UpdateRuleGroup"],
      Resource: names.originRuleGroupArn,
    },
    {
      Sid: "SendValue",
      Effect: "Allow",
      Action: ["cloudfront:GetDistribution", "cloudfront:UpdateDistribution"],
      Resource: names.anyDistributionArn,
      Condition: { StringEquals: { [`aws:ResourceTag/${EDGE_TAG}`]: names.edge } },
    },
  ];
}

/** Only the function and the program read the secret; nobody else's policies can allow it. */
export function originSecretPolicy(place: Place, deploymentRoleArns: readonly string[]): string {
  return policy({
    Sid: "OnlyRotation",
    Effect: "Deny",
    Principal: "*",
    Action: "secretsmanager:GetSecretValue",
    Resource: "*",
    Condition: {
      ArnNotEquals: {
        "aws:PrincipalArn": [platformNames(place).functionRoleArn("origin-secret"), ...deploymentRoleArns],
      },
    },
  });
}

import { platformNames, type Place } from "../../runtime/contract/names.ts";
import { policy, PRINCIPAL_TAG_VARIABLE, type Statement } from "../../tenants/documents/policy.ts";

/**
 * The registry's own policy: whatever a principal's policies allow, a tenant's session reads items of its own
 * partition and nothing else. Authorizer and broker read any item (they decide by it); deployment roles write.
 */
export function registryTablePolicy(place: Place, deploymentRoleArns: readonly string[]): string {
  const names = platformNames(place);
  const unlessExempt = {
    ArnNotEquals: {
      "aws:PrincipalArn": [
        names.functionRoleArn("authorizer"),
        names.functionRoleArn("broker"),
        ...deploymentRoleArns,
      ],
    },
  };
  const deny = (
    Sid: string,
    Action: string | readonly string[],
    condition: Statement["Condition"],
  ): Statement => ({
    Sid,
    Effect: "Deny",
    Principal: "*",
    Action,
    Resource: names.registryTableArn,
    ...(condition ? { Condition: condition } : {}),
  });
  return policy(
    deny("NothingButGetItem", OTHER_THAN_GET_ITEM, unlessExempt),
    deny("NothingWithoutKeys", "dynamodb:GetItem", {
      ...unlessExempt,
      Null: { "dynamodb:LeadingKeys": "true" },
    }),
    deny("OnlyOwnPartition", "dynamodb:GetItem", {
      ...unlessExempt,
      // Holds for an untagged principal too: a variable without a value equals nothing.
      "ForAnyValue:StringNotEquals": { "dynamodb:LeadingKeys": [PRINCIPAL_TAG_VARIABLE] },
    }),
  );
}

/** Memberships are the pre-token trigger's to read and the deployment roles' to manage; nobody else's. */
export function membershipsTablePolicy(place: Place, deploymentRoleArns: readonly string[]): string {
  const names = platformNames(place);
  return policy({
    Sid: "OnlyPreToken",
    Effect: "Deny",
    Principal: "*",
    Action: [...OTHER_THAN_GET_ITEM, "dynamodb:GetItem"],
    Resource: names.membershipsTableArn,
    Condition: {
      ArnNotEquals: { "aws:PrincipalArn": [names.functionRoleArn("pre-token"), ...deploymentRoleArns] },
    },
  });
}

/** A table's data plane apart from GetItem; PartiQL is named by its own actions. */
const OTHER_THAN_GET_ITEM = [
  "dynamodb:BatchGetItem",
  "dynamodb:BatchWriteItem",
  "dynamodb:ConditionCheckItem",
  "dynamodb:DeleteItem",
  "dynamodb:PartiQL*",
  "dynamodb:PutItem",
  "dynamodb:Query",
  "dynamodb:Scan",
  "dynamodb:UpdateItem",
];

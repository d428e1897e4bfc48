import { platformNames, type Place } from "../../runtime/contract/names.ts";
import { SESSION_ACTIONS } from "../../tenants/documents/data-role.ts";
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
  return policy(...ownPartitionOnly(names.registryTableArn, ["dynamodb:GetItem"], unlessExempt));
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

/**
 * Every tenant id that was ever used, for what onboards and what removes tenants. Nobody takes an entry away: an id that
 * is forgotten could be given to another tenant, and reach what the first one left behind.
 */
export function ledgerTablePolicy(place: Place, deploymentRoleArns: readonly string[]): string {
  const names = platformNames(place);
  return policy(
    {
      Sid: "OnlyAdministration",
      Effect: "Deny",
      Principal: "*",
      Action: [...OTHER_THAN_GET_ITEM, "dynamodb:GetItem"],
      Resource: names.ledgerTableArn,
      Condition: {
        ArnNotEquals: { "aws:PrincipalArn": [names.functionRoleArn("search-admin"), ...deploymentRoleArns] },
      },
    },
    {
      Sid: "NobodyForgets",
      Effect: "Deny",
      Principal: "*",
      Action: ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PartiQL*"],
      Resource: names.ledgerTableArn,
    },
  );
}

/** Sessions are their tenant's alone: read and bound one by one, and nobody is excepted, deployment roles neither. */
export function sessionsTablePolicy(place: Place): string {
  const { sessionsTableArn } = platformNames(place);
  return policy(...ownPartitionOnly(sessionsTableArn, SESSION_ACTIONS, {}));
}

/**
 * Denies all but some actions on items, and those outside the partition that the caller's tag names.
 * @param allowed actions that name a partition key in each request
 * @param unless conditions that all hold for whoever this is not for
 */
function ownPartitionOnly(
  Resource: string,
  allowed: readonly string[],
  unless: NonNullable<Statement["Condition"]>,
): readonly Statement[] {
  const others = [...OTHER_THAN_GET_ITEM, "dynamodb:GetItem"].filter((action) => !allowed.includes(action));
  const deny = (Sid: string, Action: readonly string[], conditions: Statement["Condition"]): Statement => {
    const Condition = { ...unless, ...conditions };
    return {
      Sid,
      Effect: "Deny",
      Principal: "*",
      Action,
      Resource,
      ...(Object.keys(Condition).length > 0 ? { Condition } : {}),
    };
  };
  return [
    deny("NothingElse", others, {}),
    deny("NothingWithoutKeys", allowed, { Null: { "dynamodb:LeadingKeys": "true" } }),
    deny("OnlyOwnPartition", allowed, {
      // Holds for an untagged principal too: a variable without a value equals nothing.
      "ForAnyValue:StringNotEquals": { "dynamodb:LeadingKeys": [PRINCIPAL_TAG_VARIABLE] },
    }),
  ];
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

import { platformNames, type Place } from "../../runtime/contract/names.ts";
import { PLATFORM_PARTITION } from "../../runtime/contract/registry.ts";
import { USER_ACTIONS } from "./members-role.ts";
import { BUDGET_ACTIONS, SESSION_ACTIONS } from "../../tenants/documents/data-role.ts";
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
  // Where the domain is, which the admin function asks, is no tenant's.
  return policy(
    ...ownPartitionOnly(names.registryTableArn, ["dynamodb:GetItem"], unlessExempt, [PLATFORM_PARTITION]),
  );
}

/**
 * Memberships are the pre-token trigger's to read, and to write when an invitation is claimed; `user-admin` forgets them with their
 * tenant; the deployment roles manage them. Nobody else does anything.
 */
export function membershipsTablePolicy(place: Place, deploymentRoleArns: readonly string[]): string {
  const names = platformNames(place);
  return policy({
    Sid: "OnlyPreToken",
    Effect: "Deny",
    Principal: "*",
    Action: [...OTHER_THAN_GET_ITEM, "dynamodb:GetItem"],
    Resource: names.membershipsTableArn,
    Condition: {
      ArnNotEquals: {
        "aws:PrincipalArn": [
          names.functionRoleArn("pre-token"),
          names.functionRoleArn("user-admin"),
          ...deploymentRoleArns,
        ],
      },
    },
  });
}

/**
 * Tenants' users: a session of the members role writes those of its own tenant, and no other session of a tenant's sees any. The
 * trigger, which looks for whoever signs in, and what invites first admins see all.
 */
export function usersTablePolicy(place: Place, deploymentRoleArns: readonly string[]): string {
  const names = platformNames(place);
  const ofAllTenants = [
    names.functionRoleArn("pre-token"),
    names.functionRoleArn("user-admin"),
    ...deploymentRoleArns,
  ];
  return policy(
    {
      Sid: "OnlyWhoManagesUsers",
      Effect: "Deny",
      Principal: "*",
      Action: [...OTHER_THAN_GET_ITEM, "dynamodb:GetItem"],
      Resource: names.usersTableArn,
      Condition: { ArnNotEquals: { "aws:PrincipalArn": [names.membersRoleArn, ...ofAllTenants] } },
    },
    ...ownPartitionOnly(names.usersTableArn, USER_ACTIONS, {
      ArnNotEquals: { "aws:PrincipalArn": ofAllTenants },
    }),
  );
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

/** Budgets are their tenant's alone to count on; nobody is excepted, deployment roles neither. */
export function budgetsTablePolicy(place: Place): string {
  const { budgetsTableArn } = platformNames(place);
  return policy(...ownPartitionOnly(budgetsTableArn, BUDGET_ACTIONS, {}));
}

/**
 * Denies all but some actions on items, and those outside the partition that the caller's tag names.
 * @param allowed actions that name a partition key in each request
 * @param unless conditions that all hold for whoever this is not for
 * @param ofNobody partitions that this leaves to identity policies
 */
function ownPartitionOnly(
  Resource: string,
  allowed: readonly string[],
  unless: NonNullable<Statement["Condition"]>,
  ofNobody: readonly string[] = [],
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
      "ForAnyValue:StringNotEquals": { "dynamodb:LeadingKeys": [PRINCIPAL_TAG_VARIABLE, ...ofNobody] },
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

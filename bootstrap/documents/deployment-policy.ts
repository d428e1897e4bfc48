import {
  accountNames,
  ownedPatterns,
  type Account,
  type Owned,
} from "../../runtime/contract/account-names.ts";
import { arns } from "../../runtime/contract/names.ts";
import { policy, type Statement } from "../../tenants/documents/policy.ts";
import { actionsOf, ANYWHERE, TYPES } from "./actions.ts";

/** Characters of a managed policy, white space aside: IAM's limit. */
const LIMIT = 6144;
/** Actions that give a role away: they have statements of their own. */
const GIVES_ROLES = ["iam:CreateRole", "iam:PutRolePermissionsBoundary"];

/**
 * What the deployment role may do, as documents that each fit a managed policy: what the program's resource types take, on
 * what environments own; passing their roles to the services that run as them; and the state of the stacks.
 */
export function deploymentPolicies(account: Account): readonly string[] {
  return packed([...ofTypes(account), ...ofRoles(account), ...ofState(account)]);
}

function ofTypes(account: Account): Statement[] {
  const owned = ownedPatterns(account);
  const anywhere = new Set<string>();
  const groups = new Map<string, { readonly on: readonly Owned[]; readonly actions: Set<string> }>();
  for (const type of Object.values(TYPES)) {
    const key = type.on.join(" ");
    const group = groups.get(key) ?? { on: type.on, actions: new Set<string>() };
    groups.set(key, group);
    for (const action of actionsOf(type)) {
      if (ANYWHERE.has(action)) anywhere.add(action);
      else if (!GIVES_ROLES.includes(action)) group.actions.add(action);
    }
  }
  return [
    { Sid: "Anywhere", Effect: "Allow", Action: [...anywhere].sort(), Resource: "*" },
    ...[...groups.values()]
      .filter(({ actions }) => actions.size > 0)
      .map(({ on, actions }): Statement => ({
        Sid: `On${on.map((each) => each.charAt(0).toUpperCase() + each.slice(1)).join("")}`,
        Effect: "Allow",
        Action: [...actions].sort(),
        Resource: on.flatMap((each) => owned[each]),
      })),
  ];
}

/** Roles are made with a boundary, but for the few that only an AWS service or a person may take, and handed on to services. */
function ofRoles(account: Account): Statement[] {
  const owned = ownedPatterns(account);
  const place = { ...account, environment: "*" };
  return [
    {
      Sid: "RolesWithBoundary",
      Effect: "Allow",
      Action: GIVES_ROLES,
      Resource: owned.role,
      Condition: { StringLike: { "iam:PermissionsBoundary": owned.boundary } },
    },
    { Sid: "RolesWithout", Effect: "Allow", Action: "iam:CreateRole", Resource: owned.unboundedRole },
    {
      Sid: "PassRoles",
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: owned.role,
      Condition: {
        StringEquals: {
          "iam:PassedToService": [
            ...new Set(Object.values(TYPES).flatMap(({ passesTo = [] }) => passesTo)),
          ].sort(),
        },
      },
    },
    {
      Sid: "GrantsToServices",
      Effect: "Allow",
      Action: "kms:CreateGrant",
      Resource: arns(place).anyKey,
      Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
  ];
}

function ofState(account: Account): Statement[] {
  const names = accountNames(account);
  return [
    { Sid: "ListState", Effect: "Allow", Action: "s3:ListBucket", Resource: names.stateBucketArn },
    {
      Sid: "KeepState",
      Effect: "Allow",
      Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
      Resource: `${names.stateBucketArn}/*`,
    },
    {
      Sid: "SealState",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
      Resource: arns({ ...account, environment: "*" }).anyKey,
      Condition: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": names.stateKeyAlias } },
    },
  ];
}

/**
 * What the deployment role never does, whatever is attached to it: it manages what holds tenants' data and reads none of it,
 * becomes nobody else, and changes no principal but those of environments.
 */
export function deploymentBoundary(account: Account): string {
  const owned = ownedPatterns(account);
  const { stateBucketArn } = accountNames(account);
  return policy(
    { Sid: "Deploy", Effect: "Allow", Action: "*", Resource: "*" },
    {
      Sid: "NeverObjectsOfTenants",
      Effect: "Deny",
      Action: ["s3:BypassGovernanceRetention", "s3:DeleteObject*", "s3:GetObject*", "s3:PutObject*"],
      NotResource: [`${stateBucketArn}/*`, ...owned.platformObject],
    },
    {
      Sid: "NeverDataOfTenants",
      Effect: "Deny",
      Action: [
        "aoss:APIAccessAll",
        "bedrock:Invoke*",
        "bedrock:Retrieve*",
        "cognito-idp:Admin*",
        "dynamodb:Batch*Item",
        "dynamodb:PartiQL*",
        "dynamodb:Query",
        "dynamodb:Scan",
        "es:ESHttp*",
        "rds-data:*",
        "sqs:ReceiveMessage",
      ],
      Resource: "*",
    },
    {
      Sid: "NeverBecomeOthers",
      Effect: "Deny",
      Action: ["sts:AssumeRole*", "sts:TagSession"],
      Resource: "*",
    },
    {
      Sid: "NeverOtherPrincipals",
      Effect: "Deny",
      Action: "iam:*",
      NotResource: [...owned.role, ...owned.policy],
    },
    { Sid: "NeverUnbound", Effect: "Deny", Action: "iam:DeleteRolePermissionsBoundary", Resource: "*" },
  );
}

/** Statements in as few documents as they fit, in their order; one that fits none is parted by its actions. */
function packed(statements: readonly Statement[]): readonly string[] {
  const documents: Statement[][] = [];
  for (const statement of statements.flatMap(fitting)) {
    const last = documents.at(-1);
    if (last && policy(...last, statement).length <= LIMIT) last.push(statement);
    else documents.push([statement]);
  }
  return documents.map((each) => policy(...each));
}

function fitting(statement: Statement): Statement[] {
  if (policy(statement).length <= LIMIT) return [statement];
  const actions = [statement.Action].flat();
  const half = Math.ceil(actions.length / 2);
  return [actions.slice(0, half), actions.slice(half)].flatMap((part, index) =>
    fitting({ ...statement, Sid: `${statement.Sid}${index + 1}`, Action: part }),
  );
}

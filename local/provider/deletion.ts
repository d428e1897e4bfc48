/**
 * What AWS doesn't delete: a resource that others still need, or that is protected. As data; conditions that take more than a
 * look at the account's records (objects in a bucket, a running job) are in the type's behaviour. Sources: the errors of each
 * service's delete operation in its API reference; wordings as users of the services report them.
 */
import type { Account, ResourceRecord } from "../account/account.ts";
import { AwsError } from "../gateway/contract.ts";
import { find, steps } from "./paths.ts";

/** A property that names what it needs: by id, ARN or name. */
type Hold = readonly [type: string, property: string];

interface Held {
  readonly by: readonly Hold[];
  readonly code: string;
  /** HTTP status. @default 400 */
  readonly status?: number;
  /** `{id}`: what is to be deleted; `{by}`: what needs it. */
  readonly message: string;
  /** An input that has the provider take the others away first. */
  readonly unless?: string;
}

const FUNCTION = "aws:lambda/function:Function";
const DOMAIN = "aws:opensearch/domain:Domain";
const ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
const ROUTE_TABLE = "aws:ec2/routeTable:RouteTable";
const SERVERLESS_ENDPOINT = "aws:opensearch/serverlessVpcEndpoint:ServerlessVpcEndpoint";

export const HELD: Readonly<Record<string, readonly Held[]>> = {
  "aws:apigateway/deployment:Deployment": [
    {
      by: [["aws:apigateway/stage:Stage", "deployment"]],
      code: "BadRequestException",
      message: "Active stages pointing to this deployment must be moved or deleted",
    },
  ],
  "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase": [
    {
      by: [["aws:bedrock/agentDataSource:AgentDataSource", "knowledgeBaseId"]],
      code: "ConflictException",
      status: 409,
      message: "Knowledge base {id} still has data source {by}.",
    },
  ],
  "aws:cognito/userPool:UserPool": [
    {
      by: [["aws:cognito/userPoolDomain:UserPoolDomain", "userPoolId"]],
      code: "InvalidParameterException",
      message: "User pool cannot be deleted. It has a domain configured that should be deleted first.",
    },
  ],
  [ROUTE_TABLE]: [
    {
      by: [["aws:ec2/routeTableAssociation:RouteTableAssociation", "routeTableId"]],
      code: "DependencyViolation",
      message: "The routeTable '{id}' has dependencies and cannot be deleted.",
    },
  ],
  "aws:ec2/securityGroup:SecurityGroup": [
    {
      by: [
        [FUNCTION, "vpcConfig.securityGroupIds[]"],
        [DOMAIN, "vpcOptions.securityGroupIds[]"],
        [ENDPOINT, "securityGroupIds[]"],
        [SERVERLESS_ENDPOINT, "securityGroupIds[]"],
        ["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "referencedSecurityGroupId"],
        ["aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "referencedSecurityGroupId"],
      ],
      code: "DependencyViolation",
      message: "resource {id} has a dependent object",
    },
  ],
  "aws:ec2/subnet:Subnet": [
    {
      by: [
        [FUNCTION, "vpcConfig.subnetIds[]"],
        [DOMAIN, "vpcOptions.subnetIds[]"],
        [ENDPOINT, "subnetIds[]"],
        [SERVERLESS_ENDPOINT, "subnetIds[]"],
      ],
      code: "DependencyViolation",
      message: "The subnet '{id}' has dependencies and cannot be deleted.",
    },
  ],
  "aws:ec2/vpc:Vpc": [
    {
      by: [
        ["aws:ec2/subnet:Subnet", "vpcId"],
        ["aws:ec2/securityGroup:SecurityGroup", "vpcId"],
        [ROUTE_TABLE, "vpcId"],
        ["aws:ec2/internetGateway:InternetGateway", "vpcId"],
        [ENDPOINT, "vpcId"],
        [SERVERLESS_ENDPOINT, "vpcId"],
      ],
      code: "DependencyViolation",
      message: "The vpc '{id}' has dependencies and cannot be deleted.",
    },
  ],
  "aws:iam/policy:Policy": [
    {
      by: [
        ["aws:iam/rolePolicyAttachment:RolePolicyAttachment", "policyArn"],
        ["aws:iam/role:Role", "permissionsBoundary"],
        ["aws:iam/role:Role", "managedPolicyArns[]"],
      ],
      code: "DeleteConflict",
      status: 409,
      message: "Cannot delete a policy attached to entities.",
    },
  ],
  "aws:iam/role:Role": [
    {
      by: [["aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role"]],
      code: "DeleteConflict",
      status: 409,
      message: "Cannot delete entity, must detach all policies first.",
      unless: "forceDetachPolicies",
    },
    {
      by: [["aws:iam/rolePolicy:RolePolicy", "role"]],
      code: "DeleteConflict",
      status: 409,
      message: "Cannot delete entity, must delete policies first.",
      unless: "forceDetachPolicies",
    },
  ],
  "aws:opensearch/serverlessCollectionGroup:ServerlessCollectionGroup": [
    {
      by: [["aws:opensearch/serverlessCollection:ServerlessCollection", "collectionGroupName"]],
      code: "ConflictException",
      status: 409,
      message: "Collection group {id} still has collection {by}",
    },
  ],
};

interface Protection {
  readonly input: string;
  readonly value: unknown;
  readonly code: string;
  readonly message: string;
}

export const PROTECTED: Readonly<Record<string, Protection>> = {
  "aws:cognito/userPool:UserPool": {
    input: "deletionProtection",
    value: "ACTIVE",
    code: "InvalidParameterException",
    message:
      "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.",
  },
  "aws:dynamodb/table:Table": {
    input: "deletionProtectionEnabled",
    value: true,
    code: "ValidationException",
    message:
      "Resource cannot be deleted as it is currently protected against deletion: {id}. Disable deletion protection first.",
  },
};

/** @throws AwsError what the service answers to its deletion, if it refuses that */
export function mustBeDeletable(account: Account, record: ResourceRecord): void {
  const { type, id, inputs, outputs } = record;
  const guard = PROTECTED[type];
  if (guard && inputs[guard.input] === guard.value)
    throw new AwsError(guard.code, guard.message.replace("{id}", id));
  const names = new Set([id, outputs["arn"], outputs["name"]].filter((name) => typeof name === "string"));
  for (const { by, code, status, message, unless } of HELD[type] ?? []) {
    if (unless !== undefined && inputs[unless] === true) continue;
    const holder = holderOf(account, by, names);
    if (holder)
      throw new AwsError(code, message.replace("{id}", id).replace("{by}", holder.id), status ?? 400);
  }
}

function holderOf(
  account: Account,
  holds: readonly Hold[],
  names: ReadonlySet<unknown>,
): ResourceRecord | undefined {
  for (const [type, property] of holds) {
    const path = steps(property);
    for (const record of account.resources(type))
      for (const { value } of find(record.inputs, path)) if (names.has(value)) return record;
  }
  return undefined;
}

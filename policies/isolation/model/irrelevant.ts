/**
 * Types of resources that the proof does not read, each with why nothing of isolation between tenants depends on it. A type that is
 * neither here nor read is a gap: who adds one decides which it is.
 */
const REASONS: readonly (readonly [reason: string, types: readonly string[]])[] = [
  ["belongs to the engine", ["pulumi:pulumi:Stack", "pulumi:index:Stash"]],
  [
    "is network: the proof takes every caller to reach every address",
    [
      "awsx:ec2:Vpc",
      "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
      "aws:ec2/flowLog:FlowLog",
      "aws:ec2/internetGateway:InternetGateway",
      "aws:ec2/route:Route",
      "aws:ec2/routeTable:RouteTable",
      "aws:ec2/routeTableAssociation:RouteTableAssociation",
      "aws:ec2/securityGroup:SecurityGroup",
      "aws:ec2/subnet:Subnet",
      "aws:ec2/vpc:Vpc",
      "aws:ec2/vpcEndpoint:VpcEndpoint",
      "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
      "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy",
      "aws:opensearch/serverlessVpcEndpoint:ServerlessVpcEndpoint",
      "aws:rds/subnetGroup:SubnetGroup",
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    ],
  ],
  [
    "stands before the API, which knows tenants by tokens alone",
    [
      "aws:apigateway/apiKey:ApiKey",
      "aws:apigateway/deployment:Deployment",
      "aws:apigateway/methodSettings:MethodSettings",
      "aws:apigateway/restApi:RestApi",
      "aws:apigateway/stage:Stage",
      "aws:apigateway/usagePlan:UsagePlan",
      "aws:apigateway/usagePlanKey:UsagePlanKey",
      "aws:cloudfront/distribution:Distribution",
      "aws:cloudfront/function:Function",
      "aws:cloudfront/originAccessControl:OriginAccessControl",
      "aws:cloudfront/originRequestPolicy:OriginRequestPolicy",
      "aws:cloudfront/cachePolicy:CachePolicy",
      "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
      "aws:acm/certificate:Certificate",
      "aws:route53/record:Record",
      "aws:wafv2/ruleGroup:RuleGroup",
      "aws:wafv2/webAcl:WebAcl",
      "aws:wafv2/webAclAssociation:WebAclAssociation",
      "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    ],
  ],
  [
    "is identity of people and clients: tokens are verified by the registry and by memberships, whose tables are read here",
    [
      "aws:cognito/identityProvider:IdentityProvider",
      "aws:cognito/logDeliveryConfiguration:LogDeliveryConfiguration",
      "aws:cognito/managedLoginBranding:ManagedLoginBranding",
      "aws:cognito/managedUserPoolClient:ManagedUserPoolClient",
      "aws:cognito/resourceServer:ResourceServer",
      "aws:cognito/user:User",
      "aws:cognito/userPool:UserPool",
      "aws:cognito/userPoolClient:UserPoolClient",
      "aws:cognito/userPoolDomain:UserPoolDomain",
      "aws:cognito/userPoolUICustomization:UserPoolUICustomization",
      "aws:bedrock/agentcoreWorkloadIdentity:AgentcoreWorkloadIdentity",
    ],
  ],
  [
    "is observation, and holds no document of a tenant's but in log groups, which identity policies guard",
    [
      "aws:budgets/budget:Budget",
      "aws:cloudtrail/trail:Trail",
      "aws:cloudwatch/compositeAlarm:CompositeAlarm",
      "aws:cloudwatch/dashboard:Dashboard",
      "aws:cloudwatch/logDelivery:LogDelivery",
      "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
      "aws:cloudwatch/logDeliverySource:LogDeliverySource",
      "aws:cloudwatch/logGroup:LogGroup",
      "aws:cloudwatch/logMetricFilter:LogMetricFilter",
      "aws:cloudwatch/metricAlarm:MetricAlarm",
      "aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration",
      "aws:sns/topic:Topic",
      "aws:sns/topicSubscription:TopicSubscription",
    ],
  ],
  [
    "says how a bucket keeps objects, not who reaches them",
    [
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      "aws:s3/bucketNotification:BucketNotification",
      "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
      "aws:s3/bucketVersioning:BucketVersioning",
    ],
  ],
  [
    "says how something runs, and runs as a role that is read",
    [
      "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime",
      "aws:bedrock/agentcoreAgentRuntimeEndpoint:AgentcoreAgentRuntimeEndpoint",
      "aws:bedrock/guardrailVersion:GuardrailVersion",
      "aws:codebuild/project:Project",
      "aws:ecr/lifecyclePolicy:LifecyclePolicy",
      "aws:ecr/repository:Repository",
      "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
      "aws:opensearch/serverlessCollectionGroup:ServerlessCollectionGroup",
      "aws:rds/clusterInstance:ClusterInstance",
      "aws:rds/clusterParameterGroup:ClusterParameterGroup",
      "aws:scheduler/schedule:Schedule",
      "aws:scheduler/scheduleGroup:ScheduleGroup",
      "aws:sqs/queue:Queue",
      "aws:secretsmanager/secretVersion:SecretVersion",
    ],
  ],
];

export const IRRELEVANT_TYPES: ReadonlyMap<string, string> = new Map(
  REASONS.flatMap(([reason, types]) => types.map((type) => [type, reason] as const)),
);

/** The program's components, which have no policy of their own. */
export function isStructure(type: string): boolean {
  return type.startsWith("bulkhead:");
}

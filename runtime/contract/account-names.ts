/** Names of what an account has once, and patterns of what all its environments own: for the bootstrap and the role that deploys. */
import { arns, platformNames, type Place } from "./names.ts";

/** An account, and the environments that are in it. */
export interface Account extends Omit<Place, "environment"> {
  readonly environments: readonly string[];
}

function arnsOf(account: Account) {
  const { partition = "aws", region } = account;
  return {
    ...arns({ ...account, environment: "*" }),
    /** Of a service that has one name space for all regions. */
    global: (service: string, resource: string): string =>
      `arn:${partition}:${service}::${account.account}:${resource}`,
    inRegion: (of: string, service: string, resource: string): string =>
      `arn:${partition}:${service}:${of}:${account.account}:${resource}`,
    /** Route 53's ARNs name neither region nor account. */
    noRegion: (service: string, resource: string): string => `arn:${partition}:${service}:::${resource}`,
    /** API Gateway's ARNs name no account. */
    path: (service: string, path: string): string => `arn:${partition}:${service}:${region}::${path}`,
  };
}

/** What the bootstrap makes. None of the names is one of an environment: those go on with `-` and an environment, or `.`. */
export function accountNames(account: Account) {
  const arn = arnsOf(account);
  const stateBucket = `bulkhead--state-${account.account}-${account.region}`;
  const role = (name: string): string => arn.global("iam", `role/${name}`);
  return {
    /** Pulumi's state of every environment, and the key of its secrets. */
    stateBucket,
    stateBucketArn: arn.s3(stateBucket),
    stateKeyAlias: "alias/bulkhead--state",
    deploymentRoleName: "bulkhead-deployer",
    deploymentRoleArn: role("bulkhead-deployer"),
    deploymentPolicyName: (part: number): string => `bulkhead-deployer-${part}`,
    deploymentBoundaryName: "bulkhead-deployer-boundary",
    deploymentBoundaryArn: arn.global("iam", "policy/bulkhead-deployer-boundary"),
    /** API Gateway writes access logs as this role. */
    apiLogsRoleName: "bulkhead-api-logs",
    apiLogsRoleArn: role("bulkhead-api-logs"),
    /** AWS's own. */
    apiLogsPolicyArn: `arn:${account.partition ?? "aws"}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs`,
    githubProviderArn: arn.global("iam", "oidc-provider/token.actions.githubusercontent.com"),
  };
}

/** What environments of an account own, by what it is. Names where AWS takes them; where it generates ids, all of the region. */
export function ownedPatterns(account: Account) {
  const arn = arnsOf(account);
  // Of objects the environments are named one by one: `*` matches `/` as well, and so an object's own name.
  const each = (name: (names: ReturnType<typeof platformNames>) => string): string[] =>
    account.environments.map((environment) => name(platformNames({ ...account, environment })));
  const named = "bulkhead-*";
  /** The environments' own, and where CloudFront's key, logs and firewall are. */
  const regions = [...new Set([account.region, "us-east-1"])];
  return {
    /** Those that the program invokes while it deploys. */
    adminFunction: ["admin", "image-build", "origin-secret"].map((fn) =>
      arn.regional("lambda", `function:${named}-${fn}`),
    ),
    alarm: [arn.regional("cloudwatch", `alarm:${named}`)],
    agent: [
      ...["runtime", "memory"].map((kind) => arn.regional("bedrock-agentcore", `${kind}/bulkhead_*`)),
      arn.regional("bedrock-agentcore", "workload-identity-directory/*"),
    ],
    api: [
      ...["restapis", "apikeys", "usageplans"].flatMap((kind) => [
        arn.path("apigateway", `/${kind}`),
        arn.path("apigateway", `/${kind}/*`),
      ]),
      arn.path("apigateway", "/tags/*"),
    ],
    boundary: [arn.global("iam", "policy/bulkhead.*")],
    bucket: [arn.s3(named)],
    build: [arn.regional("codebuild", `project/${named}`)],
    budget: [arn.global("budgets", `budget/${named}`)],
    cluster: ["cluster", "db", "cluster-pg", "subgrp"].map((kind) => arn.regional("rds", `${kind}:${named}`)),
    collection: [arn.anyCollection],
    collectionGroup: [arn.regional("aoss", "collection-group/*")],
    dashboard: [arn.global("cloudwatch", `dashboard/${named}`)],
    domain: [arn.regional("es", `domain/${named}`)],
    edge: [arn.global("cloudfront", "*")],
    firewall: regions.flatMap((region) =>
      ["webacl", "rulegroup"].map((kind) => arn.inRegion(region, "wafv2", `*/${kind}/${named}`)),
    ),
    /** AWS's own rules, which web ACLs refer to. */
    firewallRules: regions.map((region) => arn.inRegion(region, "wafv2", "*/managedruleset/*")),
    function: [arn.regional("lambda", `function:${named}`)],
    guardrail: [arn.regional("bedrock", "guardrail/*")],
    inferenceProfile: [
      arn.regional("bedrock", "application-inference-profile/*"),
      arn.regional("bedrock", "inference-profile/*"),
      arn.model("*"),
    ],
    key: regions.map((region) => arn.inRegion(region, "kms", "key/*")),
    keyAlias: regions.map((region) => arn.inRegion(region, "kms", "alias/bulkhead/*")),
    knowledgeBase: [arn.anyKnowledgeBase],
    logDelivery: ["delivery", "delivery-destination", "delivery-source"].map((kind) =>
      arn.inRegion("us-east-1", "logs", `${kind}:*`),
    ),
    logGroup: [
      ...[
        "/aws/lambda/bulkhead-*",
        "/aws/rds/cluster/bulkhead-*",
        "/aws/bedrock-agentcore/runtimes/bulkhead_*",
      ].map((group) => arn.regional("logs", `log-group:${group}`)),
      ...regions.flatMap((region) =>
        ["/bulkhead/*", "aws-waf-logs-bulkhead-*"].map((group) =>
          arn.inRegion(region, "logs", `log-group:${group}`),
        ),
      ),
    ],
    network: [
      "internet-gateway",
      "route-table",
      "security-group",
      "security-group-rule",
      "subnet",
      "vpc",
      "vpc-endpoint",
      "vpc-flow-log",
    ].map((kind) => arn.regional("ec2", `${kind}/*`)),
    /** Collections' endpoint has a private zone, whose id OpenSearch Serverless generates. */
    privateZone: [arn.noRegion("route53", "hostedzone/*")],
    policy: [arn.global("iam", "policy/bulkhead.*")],
    queue: [arn.regional("sqs", named)],
    /** What the program uploads: the reference corpus, and what the agent's image is built from. */
    uploadedObject: (["referenceBucket", "buildBucket"] as const).flatMap((key) =>
      each((names) => arn.s3(`${names[key]}/*`)),
    ),
    registryTable: each((names) => names.registryTableArn),
    role: [arn.global("iam", "role/bulkhead.*")],
    /** Objects of the platform's own buckets: `--` is in no tenant's. */
    platformObject: each((names) => arn.s3(`${names.bucketPrefix}-*`)),
    repository: [arn.regional("ecr", `repository/${named}`)],
    schedule: [
      arn.regional("scheduler", `schedule/${named}`),
      arn.regional("scheduler", `schedule-group/${named}`),
    ],
    secret: [arn.regional("secretsmanager", "secret:bulkhead/*")],
    /** Roles without a permissions boundary: a service's own, or people's. */
    unboundedRole: ["trailRoleName", "readerRoleName", "breakGlassRoleName"].flatMap((key) =>
      each((names) => arn.global("iam", `role/${names[key as "trailRoleName"]}`)),
    ),
    table: [arn.regional("dynamodb", `table/${named}`)],
    topic: [arn.regional("sns", named)],
    trail: [arn.regional("cloudtrail", `trail/${named}`)],
    userPool: [arn.regional("cognito-idp", "userpool/*")],
  } as const satisfies Record<string, readonly string[]>;
}

export type Owned = keyof ReturnType<typeof ownedPatterns>;

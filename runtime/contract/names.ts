/**
 * Every physical name and ARN that more than one part of the system must agree on, computed from
 * environment, account, region and tenant id. In each of them the tenant id ends where the name ends or at a
 * character that no id contains (`.`, `/`), so that `acme` and `acme-2` can't collide.
 *
 * Platform-owned names that share a name space with tenants' carry a part that no id can be: `--`.
 */

import type { Plan } from "./registry.ts";

/** A tenant id: 3 to 20 characters, parts of `[a-z0-9]` joined by single hyphens, a letter first. */
export const TENANT_ID = /^(?=.{3,20}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** An environment: 2 to 8 characters. */
export const ENVIRONMENT = /^[a-z][a-z0-9]{1,7}$/;

export function isTenantId(id: string): boolean {
  return TENANT_ID.test(id);
}

/** Where a deployment lives. `partition` is `aws` outside China and GovCloud. */
export interface Place {
  readonly environment: string;
  readonly account: string;
  readonly region: string;
  readonly partition?: string;
}

/** The functions of the platform; each has a folder under `runtime/` and a role of its own. */
export const FUNCTIONS = [
  "authorizer",
  "broker",
  "chat",
  "documents",
  "search-admin",
  "db-admin",
  "pre-token",
  "ingest",
  "users",
  "user-admin",
  "image-build",
  "origin-secret",
  "canary",
] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** Functions that are invoked without anybody waiting: by events and schedules. */
export const ASYNC_FUNCTIONS = [
  "ingest",
  "origin-secret",
  "canary",
] as const satisfies readonly FunctionName[];
export type AsyncFunctionName = (typeof ASYNC_FUNCTIONS)[number];
export const isAsync = (fn: FunctionName): fn is AsyncFunctionName =>
  (ASYNC_FUNCTIONS as readonly FunctionName[]).includes(fn);

const ADMINISTRATION: ReadonlySet<string> = new Set([
  "search-admin",
  "user-admin",
  "db-admin",
  "image-build",
  "origin-secret",
]);
/** Functions that administer: none of them takes part in a request. */
export function isAdministration(fn: FunctionName): boolean {
  return ADMINISTRATION.has(fn);
}

const PER_TENANT: ReadonlySet<string> = new Set(["chat", "documents", "users"]);
/** The functions behind the API run in Lambda's tenant isolation mode: an execution environment serves one tenant, ever. */
export function isPerTenant(fn: FunctionName): boolean {
  return PER_TENANT.has(fn);
}

/** Who is told apart in the network: each has a security group. */
export const SECURITY_GROUPS = ["functions", "agent", "endpoints", "domain", "database"] as const;
export type SecurityGroupName = (typeof SECURITY_GROUPS)[number];

/** The synthetic tenants that the canary attacks one from the other, and the machine client by which it is each of them. */
export const CANARY_TENANTS = ["canary-a", "canary-b"] as const;
export const CANARY_CLIENT = "canary";

/** What the shared domain writes logs of. */
export const DOMAIN_LOGS = ["audit", "application", "slow-search", "slow-index"] as const;
export type DomainLog = (typeof DOMAIN_LOGS)[number];

/** Firewalls: CloudFront's, and that of the API's stage. */
export const FIREWALLS = ["edge", "api"] as const;
export type FirewallName = (typeof FIREWALLS)[number];

/** Tag by which policies name what the platform owns and AWS gives a generated id. */
export const ENVIRONMENT_TAG = "bulkhead:environment";

/** The session tag, the claim and the attribute that carry a tenant's id, everywhere the same word. */
export const TENANT_TAG = "tenant_id";

const partitionOf = (place: Place): string => place.partition ?? "aws";
const iam = (place: Place, resource: string): string =>
  `arn:${partitionOf(place)}:iam::${place.account}:${resource}`;
const regional = (place: Place, service: string, resource: string): string =>
  `arn:${partitionOf(place)}:${service}:${place.region}:${place.account}:${resource}`;

/** ARNs that hold an id which AWS generates, or that belong to no account: patterns for policies, narrowed by conditions. */
export function arns(place: Place) {
  const partition = partitionOf(place);
  const ofService = (service: string, resource: string): string => regional(place, service, resource);
  return {
    regional: ofService,
    s3: (path: string): string => `arn:${partition}:s3:::${path}`,
    root: iam(place, "root"),
    /** Foundation models belong to no account. */
    model: (id: string): string => `arn:${partition}:bedrock:${place.region}::foundation-model/${id}`,
    /** Conditions on `aoss:collection` narrow this: a collection's ARN holds a generated id. */
    anyCollection: ofService("aoss", "collection/*"),
    /** Conditions on `kms:ResourceAliases` narrow this: a key's ARN holds a generated id. */
    anyKey: ofService("kms", "key/*"),
    anyKnowledgeBase: ofService("bedrock", "knowledge-base/*"),
    /** Conditions on `aws:ResourceTag` narrow these two: their ARNs hold generated ids. */
    anyInferenceProfile: ofService("bedrock", "application-inference-profile/*"),
    anyGuardrail: ofService("bedrock", "guardrail/*"),
    /** Its tag narrows this: a user pool's ARN holds a generated id. */
    anyUserPool: ofService("cognito-idp", "userpool/*"),
    viaS3: `s3.${place.region}.amazonaws.com`,
    viaAoss: `aoss.${place.region}.amazonaws.com`,
    viaDynamoDb: `dynamodb.${place.region}.amazonaws.com`,
    viaRds: `rds.${place.region}.amazonaws.com`,
    viaSecretsManager: `secretsmanager.${place.region}.amazonaws.com`,
    viaEcr: `ecr.${place.region}.amazonaws.com`,
    viaAgentCore: `bedrock-agentcore.${place.region}.amazonaws.com`,
    viaOpenSearch: `es.${place.region}.amazonaws.com`,
  };
}

/** Names of what the platform owns. */
export function platformNames(place: Place) {
  const { environment, account } = place;
  const functionName = (fn: FunctionName): string => `bulkhead-${environment}-${fn}`;
  const functionRoleName = (fn: FunctionName): string => `bulkhead.${environment}.fn.${fn}`;
  return {
    /** Every table of the environment, as a pattern. */
    anyTable: `bulkhead-${environment}-*`,
    registryTable: `bulkhead-${environment}-registry`,
    membershipsTable: `bulkhead-${environment}-memberships`,
    /** Every tenant id that was ever used: none is used again. */
    ledgerTable: `bulkhead-${environment}-ledger`,
    /** Sessions of the agent, each bound to its user. */
    sessionsTable: `bulkhead-${environment}-sessions`,
    /** What each tenant has asked this month, and the months before. */
    budgetsTable: `bulkhead-${environment}-budgets`,
    functionName,
    functionArn: (fn: FunctionName): string => regional(place, "lambda", `function:${functionName(fn)}`),
    functionLogGroup: (fn: FunctionName): string => `/aws/lambda/${functionName(fn)}`,
    functionRoleName,
    functionRoleArn: (fn: FunctionName): string => iam(place, `role/${functionRoleName(fn)}`),
    platformBoundaryName: `bulkhead.${environment}.platform-boundary`,
    administrationBoundaryName: `bulkhead.${environment}.administration-boundary`,
    tenantBoundaryName: `bulkhead.${environment}.tenant-boundary`,
    registryTableArn: regional(place, "dynamodb", `table/bulkhead-${environment}-registry`),
    membershipsTableArn: regional(place, "dynamodb", `table/bulkhead-${environment}-memberships`),
    ledgerTableArn: regional(place, "dynamodb", `table/bulkhead-${environment}-ledger`),
    sessionsTableArn: regional(place, "dynamodb", `table/bulkhead-${environment}-sessions`),
    budgetsTableArn: regional(place, "dynamodb", `table/bulkhead-${environment}-budgets`),
    /** Who may use a tenant, and who is invited, by tenant. */
    usersTable: `bulkhead-${environment}-users`,
    usersTableArn: regional(place, "dynamodb", `table/bulkhead-${environment}-users`),
    /** Writes one tenant's users: the one that the session's tag names. */
    membersRoleName: `bulkhead.${environment}.members`,
    membersRoleArn: iam(place, `role/bulkhead.${environment}.members`),
    userPool: `bulkhead-${environment}`,
    /** First label of the sign-in page's host: nobody else's in the region. */
    signInDomain: `bulkhead-${account}-${environment.replaceAll(/aws|amazon|cognito/g, ([first, ...rest]) => `${first}-${rest.join("")}`)}`,
    api: `bulkhead-${environment}`,
    apiLogGroup: `/bulkhead/${environment}/api`,
    usagePlan: (plan: Plan): string => `bulkhead-${environment}-${plan}`,
    /** What is before the API and the console: CloudFront, its firewall, and the API's. */
    consoleBucket: `bulkhead-${environment}-${account}--console`,
    edge: `bulkhead-${environment}`,
    edgeLogGroup: `/bulkhead/${environment}/edge`,
    /** The key of the edge's logs, which are in us-east-1 with CloudFront's. */
    edgeKeyAlias: `alias/bulkhead/${environment}/--edge`,
    webAcl: (of: FirewallName): string => `bulkhead-${environment}-${of}`,
    /** AWS WAF writes to groups of this prefix only. */
    firewallLogGroup: (of: FirewallName): string => `aws-waf-logs-bulkhead-${environment}-${of}`,
    /** What CloudFront proves itself to the API with, and the rules that look for it. */
    originSecret: `bulkhead/${environment}/origin`,
    /** Secrets Manager ends an ARN with six characters of its own. */
    originSecretArn: regional(place, "secretsmanager", `secret:bulkhead/${environment}/origin-??????`),
    originSecretScheduleRoleName: `bulkhead.${environment}.origin-secret-schedule`,
    edgeScheduleGroup: `bulkhead-${environment}-edge`,
    edgeScheduleGroupArn: regional(place, "scheduler", `schedule-group/bulkhead-${environment}-edge`),
    originSecretSchedule: `bulkhead-${environment}-origin-secret`,
    /** Its tag narrows this: a distribution's ARN holds a generated id. */
    anyDistributionArn: `arn:${partitionOf(place)}:cloudfront::${account}:distribution/*`,
    originRuleGroup: `bulkhead-${environment}-origin`,
    originRuleGroupArn: regional(place, "wafv2", `regional/rulegroup/bulkhead-${environment}-origin/*`),
    collectionGroup: `${environment}--silos`,
    /** Pool: the shared OpenSearch domain, and where events end that could not be ingested. */
    domain: `bulkhead-${environment}`,
    domainArn: regional(place, "es", `domain/bulkhead-${environment}`),
    domainLogGroup: (kind: DomainLog): string => `/bulkhead/${environment}/domain/${kind}`,
    /** Lets the domain write to its log groups. */
    domainLogPolicy: `bulkhead-${environment}-domain`,
    /** Structured data: the Aurora cluster, and what has its name. */
    claimsCluster: `bulkhead-${environment}-claims`,
    claimsClusterArn: regional(place, "rds", `cluster:bulkhead-${environment}-claims`),
    /** RDS names the administrator's secret by the cluster's generated id: its tag narrows this. */
    claimsAdminSecretArns: regional(place, "secretsmanager", "secret:rds!cluster-*"),
    claimsInstance: (index: number): string => `bulkhead-${environment}-claims-${index}`,
    /** One for each major version: a family can't change in place. */
    claimsParameterGroup: (major: string): string => `bulkhead-${environment}-claims-${major}`,
    claimsFinalSnapshot: `bulkhead-${environment}-claims-final`,
    /** RDS itself gives it this name. */
    claimsLogGroup: `/aws/rds/cluster/bulkhead-${environment}-claims/postgresql`,
    /** Events that a function failed on. */
    deadLetters: (fn: AsyncFunctionName): string => `bulkhead-${environment}-${fn}-dead-letters`,
    deadLettersArn: (fn: AsyncFunctionName): string =>
      regional(place, "sqs", `bulkhead-${environment}-${fn}-dead-letters`),
    referenceBucket: `bulkhead-${environment}-${account}--reference`,
    referenceCollection: `${environment}--reference`,
    referenceKnowledgeBase: `${environment}_reference`,
    referenceKnowledgeBaseRoleName: `bulkhead.${environment}.kb--reference`,
    referenceKnowledgeBaseRoleArn: iam(place, `role/bulkhead.${environment}.kb--reference`),
    referenceKeyAlias: `alias/bulkhead/${environment}/--reference`,
    /** The platform's own key: logs, audit, alarms, and what tenants share at rest. */
    platformKeyAlias: `alias/bulkhead/${environment}/--platform`,
    /** Audit: who called what, kept where nobody can delete it before its time. */
    trail: `bulkhead-${environment}`,
    trailArn: regional(place, "cloudtrail", `trail/bulkhead-${environment}`),
    trailLogGroup: `/bulkhead/${environment}/trail`,
    trailRoleName: `bulkhead.${environment}.trail`,
    guardrail: `bulkhead-${environment}`,
    modelLogRoleName: `bulkhead.${environment}.model-log`,
    /** Where the agent's image comes from: the build's context, its project, the repository that it pushes to. */
    buildBucket: `bulkhead-${environment}-${account}--build`,
    agentRepository: `bulkhead-${environment}/agent`,
    agentRepositoryArn: regional(place, "ecr", `repository/bulkhead-${environment}/agent`),
    agentBuild: `bulkhead-${environment}-agent`,
    agentBuildArn: regional(place, "codebuild", `project/bulkhead-${environment}-agent`),
    agentBuildRoleName: `bulkhead.${environment}.agent-build`,
    agentBuildLogGroup: `/bulkhead/${environment}/agent-build`,
    /** The agent on AgentCore; generated ids follow these names in ARNs. */
    agentRuntime: `bulkhead_${environment}_agent`,
    agentMemory: `bulkhead_${environment}_agent`,
    /** The generated part has ten characters. */
    agentMemoryArn: regional(place, "bedrock-agentcore", `memory/bulkhead_${environment}_agent-??????????`),
    agentIdentity: `bulkhead-${environment}-agent`,
    agentRoleName: `bulkhead.${environment}.agent`,
    agentRoleArn: iam(place, `role/bulkhead.${environment}.agent`),
    agentBoundaryName: `bulkhead.${environment}.agent-boundary`,
    /** AgentCore gives its log groups these names: the runtime's id, then the endpoint's name. */
    agentLogGroup: (runtimeId: string, endpoint: string): string =>
      `/aws/bedrock-agentcore/runtimes/${runtimeId}-${endpoint}`,
    agentLogGroupArns: regional(
      place,
      "logs",
      `log-group:/aws/bedrock-agentcore/runtimes/bulkhead_${environment}_agent-*`,
    ),
    /** What models were asked and answered: tenants' data, and treated as such. */
    modelLogGroup: `/bulkhead/${environment}/models`,
    /** How every bucket of the environment begins; a tenant's id follows, or `-` for one of the platform. */
    bucketPrefix: `bulkhead-${environment}-${account}-`,
    auditBucket: `bulkhead-${environment}-${account}--audit`,
    alarmTopic: `bulkhead-${environment}-alarms`,
    alarmTopicArn: regional(place, "sns", `bulkhead-${environment}-alarms`),
    alarm: (about: string): string => `bulkhead-${environment}-${about}`,
    metricNamespace: `Bulkhead/${environment}`,
    /** The canary: its clients' secret, and what runs it. */
    canarySecret: `bulkhead/${environment}/canary`,
    canarySecretArn: regional(place, "secretsmanager", `secret:bulkhead/${environment}/canary-??????`),
    /** Every secret of the environment, as a pattern. */
    anySecretArn: regional(place, "secretsmanager", `secret:bulkhead/${environment}/*`),
    canarySchedule: `bulkhead-${environment}-canary`,
    canaryScheduleRoleName: `bulkhead.${environment}.canary-schedule`,
    scheduleGroup: `bulkhead-${environment}`,
    scheduleGroupArn: regional(place, "scheduler", `schedule-group/bulkhead-${environment}`),
    dashboard: `bulkhead-${environment}`,
    budget: `bulkhead-${environment}`,
    /** The network that functions reach stores in: its VPC, and the security groups that name each other. */
    vpc: `bulkhead-${environment}`,
    securityGroup: (of: SecurityGroupName): string => `bulkhead-${environment}-${of}`,
    /** OpenSearch Serverless's own kind of VPC endpoint: the door to every collection. */
    collectionVpcEndpoint: `${environment}--functions`,
    flowLogGroup: `/bulkhead/${environment}/network`,
    flowLogRoleName: `bulkhead.${environment}.flow-log`,
    /** Everything that the environment writes to CloudWatch, as a pattern. */
    logGroupArns: [
      regional(place, "logs", `log-group:/aws/lambda/bulkhead-${environment}-*`),
      regional(place, "logs", `log-group:/bulkhead/${environment}/*`),
      regional(place, "logs", `log-group:aws-waf-logs-bulkhead-${environment}-*`),
      regional(place, "logs", `log-group:/aws/rds/cluster/bulkhead-${environment}-*`),
      regional(place, "logs", `log-group:/aws/bedrock-agentcore/runtimes/bulkhead_${environment}_agent-*`),
    ] as const,
    /** Those of them whose lines may say what a tenant's data say: questions to models, searches, statements. */
    tenantLogGroupArns: [
      regional(place, "logs", `log-group:/bulkhead/${environment}/models*`),
      regional(place, "logs", `log-group:/bulkhead/${environment}/domain/*`),
      regional(place, "logs", `log-group:/aws/rds/cluster/bulkhead-${environment}-*`),
    ] as const,
    /** People: who looks, and who may break the glass. */
    readerRoleName: `bulkhead.${environment}.operator.reader`,
    readerRoleArn: iam(place, `role/bulkhead.${environment}.operator.reader`),
    breakGlassRoleName: `bulkhead.${environment}.operator.break-glass`,
    breakGlassRoleArn: iam(place, `role/bulkhead.${environment}.operator.break-glass`),
  };
}

/** Names of what one tenant owns. @throws RangeError if `id` is not a tenant id. */
export function tenantNames(place: Place, id: string) {
  if (!isTenantId(id)) throw new RangeError(`"${id}" is not a tenant id`);
  return namesWith(place, id);
}

/**
 * What stands for a tenant's id where a name is not one tenant's: any id in a pattern of a policy, the id that a principal's
 * session tag names, or a placeholder that a function fills in.
 */
export const STAND_INS = {
  any: "*",
  sessionTag: `\${aws:PrincipalTag/${TENANT_TAG}}`,
  placeholder: "{tenant}",
} as const;

/** The same names with a stand-in for the id. */
export function tenantPatterns(place: Place, standIn: keyof typeof STAND_INS) {
  return namesWith(place, STAND_INS[standIn]);
}

function namesWith(place: Place, id: string) {
  const { environment, account } = place;
  const bucket = `bulkhead-${environment}-${account}-${id}`;
  const dataRoleName = `bulkhead.${environment}.data.${id}`;
  const ingestRoleName = `bulkhead.${environment}.ingest.${id}`;
  const knowledgeBaseRoleName = `bulkhead.${environment}.kb.${id}`;
  return {
    bucket,
    bucketArn: `arn:${partitionOf(place)}:s3:::${bucket}`,
    /** Every object of the tenant starts with this, so that a bucket shared by mistake is still not a leak. */
    objectPrefix: `${id}/`,
    /** How the tenant's users begin, as the agent's memory names actors; a user's `sub` follows. */
    actorPrefix: memoryActor(id, ""),
    keyAlias: `alias/bulkhead/${environment}/${id}`,
    /** Reads and writes the tenant's data, for the broker. */
    dataRoleName,
    dataRoleArn: iam(place, `role/${dataRoleName}`),
    knowledgeBaseRoleName,
    knowledgeBaseRoleArn: iam(place, `role/${knowledgeBaseRoleName}`),
    /** The key by which requests count against the tenant's usage plan. */
    apiKey: `bulkhead.${environment}.${id}`,
    /** OpenSearch Serverless collection, and the name of each of its policies (32 characters at most). */
    collection: `${environment}-${id}`,
    knowledgeBase: `${environment}-${id}`,
    identityProvider: `${IDENTITY_PROVIDER_PREFIX}${id}`,
    dataSource: `${environment}-${id}`,
    /** User name and password of the tenant's login to the database of claims. */
    claimsSecret: `bulkhead/${environment}/claims/${id}/login`,
    claimsSecretArn: regional(
      place,
      "secretsmanager",
      `secret:bulkhead/${environment}/claims/${id}/login-??????`,
    ),
    /** By which the tenant asks the chat model; its costs carry the tenant's tag. */
    inferenceProfile: `bulkhead-${environment}-${id}`,
    /** Pool: reads the bucket and writes the index, for the ingest function. */
    ingestRoleName,
    ingestRoleArn: iam(place, `role/${ingestRoleName}`),
    /** Pool: the alias that reads and writes go through. */
    poolAlias: poolAlias(id),
    /** Pool: the index behind the alias. */
    poolIndex: `kb.${id}.1`,
    /** Pool: OpenSearch roles, each mapped to one IAM role of the tenant. */
    poolReaderRole: `tenant.${id}.reader`,
    poolWriterRole: `tenant.${id}.writer`,
  };
}

/** Pool: the alias that a tenant's reads and writes go through; its index and no other is behind it. */
export function poolAlias(id: string): string {
  return `kb.${id}`;
}

/** The vector index inside each silo collection: the collection is the tenant's, so its index needs no id. */
export const SILO_INDEX = "kb";

/** Fields of a chunk in every store (silo, pool and the reference corpus), as Bedrock's field mapping names them. */
export const CHUNK_FIELDS = { vector: "vector", text: "text", metadata: "metadata" } as const;

const IDENTITY_PROVIDER_PREFIX = "tenant.";

/** The tenant that an identity provider of the user pool belongs to; undefined for one of no tenant. */
export function tenantOfIdentityProvider(provider: string): string | undefined {
  const id = provider.startsWith(IDENTITY_PROVIDER_PREFIX)
    ? provider.slice(IDENTITY_PROVIDER_PREFIX.length)
    : "";
  return isTenantId(id) ? id : undefined;
}

/** A tenant's user as the agent's memory names actors: the tenant's id ends at a character that no id contains. */
export function memoryActor(tenantId: string, user: string): string {
  return `${tenantId}/${user}`;
}

/** The user name of an account that a tenant invited: the tenant's id ends at a character that no id contains. */
export function accountName(tenantId: string, email: string): string {
  return `${tenantId}/${email}`;
}

/** The name of an app client of a tenant's own: `people`, or a machine client's in the tenant's file. */
export function appClientName(tenantId: string, client: string): string {
  return `${tenantId}.${client}`;
}

/** Tag of the distribution by which policies name it: its id is generated. */
export const EDGE_TAG = "bulkhead:edge";

/** Tag of the user pool by which policies name it: its id is generated. */
export const POOL_TAG = "bulkhead:user-pool";

/** Tag of the shared corpus by which policies name its knowledge base: the id is generated. */
export const CORPUS_TAG = "bulkhead:corpus";

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ASYNC_FUNCTIONS,
  DOMAIN_LOGS,
  ENVIRONMENT,
  isTenantId,
  platformNames,
  tenantNames,
  FIREWALLS,
  FUNCTIONS,
  SECURITY_GROUPS,
  type Place,
} from "../../runtime/contract/names.ts";
import { PLANS } from "../../runtime/contract/registry.ts";

/** Every id of the grammar, adversarial ones likelier: short parts that prefix each other. */
export const tenantId = fc
  .array(fc.stringMatching(/^[a-z0-9]{1,6}$/), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join("-"))
  .filter(isTenantId);
const environment = fc.stringMatching(ENVIRONMENT).filter((name) => name.length <= 8);
const place = fc.record({
  environment,
  account: fc.stringMatching(/^\d{12}$/),
  region: fc.constantFrom("us-east-1", "ap-southeast-2"),
});

/** AWS's rule for each kind of name, whole strings. */
const RULE = {
  bucket:
    /^(?!xn--|sthree-|amzn-s3-demo-)(?!.*(-s3alias|--ol-s3|--x-s3|--table-s3)$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  arn: /^arn:aws:[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:[^*\s]{1,500}$/,
  arnPrefix: /^[a-z][a-z0-9-]{2,19}\/$/,
  /** A user's `sub` follows, 64 characters at most. */
  actor: /^(?=.{1,191}$)[a-zA-Z0-9][a-zA-Z0-9\-_/]*$/,
  keyAlias: /^alias\/(?!aws\/)[a-zA-Z0-9/_-]{1,250}$/,
  role: /^[\w+=,.@-]{1,64}$/,
  policy: /^[\w+=,.@-]{1,128}$/,
  collection: /^[a-z][a-z0-9-]{2,31}$/,
  knowledgeBase: /^([0-9a-zA-Z][_-]?){1,100}$/,
  index: /^(?![-_+])[^A-Z\\/*?"<>| ,#:]{1,255}$/,
  engineRole: /^[^*,\s]{1,100}$/,
  function: /^[a-zA-Z0-9-_]{1,64}$/,
  logGroup: /^[.\-_/#A-Za-z0-9]{1,512}$/,
  table: /^[a-zA-Z0-9_.-]{3,255}$/,
  userPool: /^[\w\s+=,.@-]{1,128}$/,
  // Cognito: no underscore at the ends; the pool puts one after it in the names of accounts.
  identityProvider: /^(?!Google$|Facebook$|LoginWithAmazon$|SignInWithApple$)[^_\s]{3,32}$/,
  signInDomain: /^(?!.*(aws|amazon|cognito))[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
  api: /^[\w -]{1,128}$/,
  apiKey: /^[\w .-]{1,128}$/,
  webAcl: /^[\w-]{1,128}$/,
  schedule: /^[\w.-]{1,64}$/,
  secret: /^[\w/+=.@-]{1,512}(?<!-[\w]{6})$/,
  edge: /^[a-zA-Z0-9-]{1,60}$/,
  domain: /^[a-z][a-z0-9-]{2,27}$/,
  trail: /^[a-zA-Z0-9][a-zA-Z0-9._-]{1,126}[a-zA-Z0-9]$/,
  namespace: /^(?!AWS\/)[a-zA-Z0-9._/#:-]{1,255}$/,
  topic: /^[a-zA-Z0-9_-]{1,256}$/,
  dashboard: /^[a-zA-Z0-9_-]{1,255}$/,
  budget: /^[^:\\]{1,100}$/,
  tag: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u,
  securityGroup: /^(?!sg-)[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/,
  cluster: /^[a-z](?!.*--)[a-z0-9-]{0,61}[a-z0-9]$/,
  inferenceProfile: /^(?=.{1,64}$)([0-9a-zA-Z][ _-]?)+$/,
  guardrail: /^[0-9a-zA-Z_-]{1,50}$/,
  repository: /^(?=.{2,256}$)[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/,
  project: /^[A-Za-z0-9][A-Za-z0-9_-]{1,149}$/,
  agent: /^[a-zA-Z][a-zA-Z0-9_]{0,47}$/,
  workloadIdentity: /^[A-Za-z0-9_.-]{3,255}$/,
  queue: /^[a-zA-Z0-9-_]{1,80}$/,
} as const;
type Rule = keyof typeof RULE;

/** Every name has a rule: one without is a type error. */
const OF_TENANT = {
  bucket: "bucket",
  bucketArn: "arn",
  objectPrefix: "arnPrefix",
  actorPrefix: "actor",
  keyAlias: "keyAlias",
  dataRoleName: "role",
  dataRoleArn: "arn",
  ingestRoleName: "role",
  ingestRoleArn: "arn",
  knowledgeBaseRoleName: "role",
  knowledgeBaseRoleArn: "arn",
  collection: "collection",
  knowledgeBase: "knowledgeBase",
  identityProvider: "identityProvider",
  dataSource: "knowledgeBase",
  inferenceProfile: "inferenceProfile",
  poolAlias: "index",
  poolIndex: "index",
  apiKey: "apiKey",
  poolReaderRole: "engineRole",
  poolWriterRole: "engineRole",
  claimsSecret: "secret",
  claimsSecretArn: "arn",
} satisfies Record<keyof ReturnType<typeof tenantNames>, Rule>;

/** Names with another argument, and patterns of names. */
type NotNames =
  | "agentLogGroup"
  | "agentLogGroupArns"
  | "alarm"
  | "anyDistributionArn"
  | "anySecretArn"
  | "anyTable"
  | "bucketPrefix"
  | "claimsAdminSecretArns"
  | "claimsInstance"
  | "claimsParameterGroup"
  | "deadLetters"
  | "deadLettersArn"
  | "domainLogGroup"
  | "firewallLogGroup"
  | "originRuleGroupArn"
  | "originSecretArn"
  | "usagePlan"
  | "webAcl"
  | "logGroupArns"
  | "securityGroup"
  | "tenantLogGroupArns";

const OF_PLATFORM = {
  apiLogGroup: "logGroup",
  consoleBucket: "bucket",
  edge: "edge",
  edgeLogGroup: "logGroup",
  edgeKeyAlias: "keyAlias",
  originSecret: "secret",
  originRuleGroup: "webAcl",
  originSecretScheduleRoleName: "role",
  originSecretSchedule: "webAcl",
  edgeScheduleGroup: "webAcl",
  edgeScheduleGroupArn: "arn",
  registryTable: "table",
  membershipsTable: "table",
  usersTable: "table",
  usersTableArn: "arn",
  membersRoleName: "role",
  membersRoleArn: "arn",
  signInDomain: "signInDomain",
  functionName: "function",
  functionArn: "arn",
  functionLogGroup: "logGroup",
  functionRoleName: "role",
  functionRoleArn: "arn",
  platformBoundaryName: "policy",
  administrationBoundaryName: "policy",
  tenantBoundaryName: "policy",
  registryTableArn: "arn",
  membershipsTableArn: "arn",
  ledgerTable: "table",
  ledgerTableArn: "arn",
  sessionsTable: "table",
  sessionsTableArn: "arn",
  budgetsTable: "table",
  budgetsTableArn: "arn",
  canarySecret: "secret",
  canarySecretArn: "arn",
  canarySchedule: "schedule",
  canaryScheduleRoleName: "role",
  scheduleGroup: "schedule",
  scheduleGroupArn: "arn",
  domainLogPolicy: "policy",
  claimsCluster: "cluster",
  claimsClusterArn: "arn",
  claimsFinalSnapshot: "cluster",
  claimsLogGroup: "logGroup",
  userPool: "userPool",
  api: "api",
  collectionGroup: "collection",
  domain: "domain",
  domainArn: "arn",
  referenceBucket: "bucket",
  referenceCollection: "collection",
  referenceKnowledgeBase: "knowledgeBase",
  referenceKnowledgeBaseRoleName: "role",
  referenceKnowledgeBaseRoleArn: "arn",
  referenceKeyAlias: "keyAlias",
  platformKeyAlias: "keyAlias",
  trail: "trail",
  trailArn: "arn",
  trailLogGroup: "logGroup",
  trailRoleName: "role",
  modelLogGroup: "logGroup",
  modelLogRoleName: "role",
  guardrail: "guardrail",
  buildBucket: "bucket",
  agentRepository: "repository",
  agentRepositoryArn: "arn",
  agentBuild: "project",
  agentBuildArn: "arn",
  agentBuildRoleName: "role",
  agentBuildLogGroup: "logGroup",
  agentRuntime: "agent",
  agentMemory: "agent",
  agentMemoryArn: "arn",
  agentIdentity: "workloadIdentity",
  agentRoleName: "role",
  agentRoleArn: "arn",
  agentBoundaryName: "policy",
  auditBucket: "bucket",
  alarmTopic: "topic",
  alarmTopicArn: "arn",
  metricNamespace: "namespace",
  dashboard: "dashboard",
  budget: "budget",
  readerRoleName: "role",
  breakGlassRoleName: "role",
  breakGlassRoleArn: "arn",
  readerRoleArn: "arn",
  vpc: "tag",
  collectionVpcEndpoint: "collection",
  flowLogGroup: "logGroup",
  flowLogRoleName: "role",
} satisfies Record<Exclude<keyof ReturnType<typeof platformNames>, NotNames>, Rule>;

/** Every name of the platform; those of functions for each function. */
const namesOfPlatform = (where: Place): (readonly [string, Rule])[] => {
  const names = platformNames(where);
  const groups = SECURITY_GROUPS.map((group) => [names.securityGroup(group), "securityGroup"] as const);
  const others = Object.entries(OF_PLATFORM).flatMap(([key, rule]) => {
    const name = names[key as keyof typeof OF_PLATFORM];
    return typeof name === "string"
      ? [[name, rule] as const]
      : FUNCTIONS.map((fn) => [name(fn), rule] as const);
  });
  const firewalls = FIREWALLS.map((each) => [names.webAcl(each), "webAcl"] as const);
  const plans = PLANS.map((each) => [names.usagePlan(each), "api"] as const);
  const queues = ASYNC_FUNCTIONS.flatMap((fn) => [
    [names.deadLetters(fn), "queue"] as const,
    [names.deadLettersArn(fn), "arn"] as const,
  ]);
  return [...groups, ...firewalls, ...plans, ...queues, ...others];
};

describe("names of the platform", () => {
  it("of the database's parts are as RDS takes them", () => {
    fc.assert(
      fc.property(place, (where) => {
        const names = platformNames(where);
        assert.match(names.claimsInstance(14), RULE.cluster);
        assert.match(names.claimsParameterGroup("17"), RULE.cluster);
      }),
    );
  });

  it("are under what keys and readers are told of, where they are log groups", () => {
    fc.assert(
      fc.property(place, (where) => {
        const names = platformNames(where);
        const groups = [
          ...FUNCTIONS.map(names.functionLogGroup),
          ...DOMAIN_LOGS.map(names.domainLogGroup),
          ...FIREWALLS.map(names.firewallLogGroup),
          names.apiLogGroup,
          names.edgeLogGroup,
          names.claimsLogGroup,
          names.trailLogGroup,
          names.modelLogGroup,
          names.agentBuildLogGroup,
          names.agentLogGroup(`${names.agentRuntime}-a1b2c3d4e5`, "DEFAULT"),
        ];
        const starts = names.logGroupArns.map((pattern) => pattern.replace(/^.*:log-group:(.*)\*$/, "$1"));
        for (const group of groups) {
          assert.match(group, RULE.logGroup);
          assert.ok(
            starts.some((start) => group.startsWith(start)),
            group,
          );
        }
      }),
    );
  });

  it("meet AWS's rules", () => {
    fc.assert(
      fc.property(place, (where) => {
        for (const [name, rule] of namesOfPlatform(where)) assert.match(name, RULE[rule]);
      }),
    );
  });
});

describe("names of a tenant", () => {
  it("meet AWS's rules for every legal id", () => {
    fc.assert(
      fc.property(place, tenantId, (where, id) => {
        const names = tenantNames(where, id);
        for (const [key, rule] of Object.entries(OF_TENANT)) {
          assert.match(names[key as keyof typeof names], RULE[rule as Rule], key);
        }
      }),
    );
  });

  it("are shared with no other tenant, and none is another's ARN or pattern's prefix up to its end", () => {
    fc.assert(
      fc.property(place, tenantId, tenantId, (where, a, b) => {
        fc.pre(a !== b);
        const [mine, theirs] = [tenantNames(where, a), tenantNames(where, b)];
        const all = new Set<string>(Object.values(theirs));
        for (const name of Object.values(mine)) assert.ok(!all.has(name), name);
        // What ends in `/` or is followed by `.` or `/` in a pattern can't be the start of another tenant's.
        assert.ok(!theirs.objectPrefix.startsWith(mine.objectPrefix));
        assert.ok(!`${theirs.bucketArn}/`.startsWith(`${mine.bucketArn}/`));
        assert.ok(!`${theirs.poolAlias}.`.startsWith(`${mine.poolAlias}.`));
      }),
    );
  });

  it("are none of the platform's", () => {
    fc.assert(
      fc.property(place, tenantId, (where, id) => {
        const taken = new Set(namesOfPlatform(where).map(([name]) => name));
        for (const name of Object.values(tenantNames(where, id))) assert.ok(!taken.has(name), name);
      }),
    );
  });

  it("exist for ids only", () => {
    const where = { environment: "dev", account: "111122223333", region: "us-east-1" };
    for (const id of [
      "",
      "ab",
      "Acme",
      "acme_1",
      "-acme",
      "acme-",
      "a--b",
      "1acme",
      "acme.x",
      "a".repeat(21),
      "acmé",
      "acme\n",
    ]) {
      assert.throws(() => tenantNames(where, id), RangeError, id);
    }
  });
});

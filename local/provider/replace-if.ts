/** Changes that replace a resource in some cases only: `replaceOnIf` of `local/data/aws-replace-on.json`, as code. */
import { isAbsent, text } from "./values.ts";
import type { Properties } from "./values.ts";

export type ChangeKind = "add" | "delete" | "update";

interface Changed {
  readonly pattern: string;
  readonly kind: ChangeKind;
  readonly old: unknown;
  readonly new: unknown;
}

type Condition = (change: Changed, olds: Properties, news: Properties) => boolean;

const addedOrRemoved: Condition = (change) => change.kind !== "update";
const toSomething: Condition = (change) => !isAbsent(change.new) && change.new !== "";
const decreased: Condition = (change) => Number(change.new ?? 0) < Number(change.old ?? 0);
const switchedOff: Condition = (change) => change.old === true && change.new !== true;

const CONDITIONS: Readonly<Record<string, Readonly<Record<string, Condition>>>> = {
  "aws:dynamodb/table:Table": {
    restoreSourceName: toSomething,
    restoreSourceTableArn: toSomething,
    "warmThroughput.readUnitsPerSecond": decreased,
    "warmThroughput.writeUnitsPerSecond": decreased,
    "importTable.s3BucketSource": addedOrRemoved,
  },
  "aws:cognito/userPoolDomain:UserPoolDomain": { certificateArn: addedOrRemoved },
  "aws:lambda/function:Function": { durableConfig: addedOrRemoved },
  "aws:lambda/eventSourceMapping:EventSourceMapping": {
    amazonManagedKafkaEventSourceConfig: addedOrRemoved,
    selfManagedKafkaEventSourceConfig: addedOrRemoved,
  },
  "aws:lambda/invocation:Invocation": {
    input: (_change, _olds, news) => text(news, "lifecycleScope") !== "CRUD",
  },
  "aws:apigateway/authorizer:Authorizer": {
    type: (change) => change.old === "COGNITO_USER_POOLS" || change.new === "COGNITO_USER_POOLS",
  },
  "aws:opensearch/domain:Domain": {
    vpcOptions: addedOrRemoved,
    "encryptAtRest.enabled": switchedOff,
    "nodeToNodeEncryption.enabled": switchedOff,
    "advancedSecurityOptions.enabled": switchedOff,
    ipAddressType: (change) => change.old === "dualstack",
  },
  "aws:bedrock/guardrailVersion:GuardrailVersion": { description: toSomething },
  "aws:rds/cluster:Cluster": {
    snapshotIdentifier: toSomething,
    storageType: (_change, _olds, news) => !text(news, "engine").startsWith("aurora"),
  },
  "aws:ec2/vpc:Vpc": {
    instanceTenancy: (change) => !(change.old === "dedicated" && change.new === "default"),
  },
  "aws:ec2/subnet:Subnet": { ipv6CidrBlock: (_change, olds) => olds["assignIpv6AddressOnCreation"] === true },
  "aws:ec2/vpcEndpoint:VpcEndpoint": {
    privateDnsEnabled: (_change, _olds, news) => text(news, "vpcEndpointType") !== "Interface",
  },
  "aws:ssm/parameter:Parameter": {
    tier: (change) => change.old === "Advanced" && change.new === "Standard",
  },
  "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime": {
    "agentRuntimeArtifact.codeConfiguration": addedOrRemoved,
    "agentRuntimeArtifact.containerConfiguration": addedOrRemoved,
  },
};

export function replacesConditionally(
  token: string,
  change: Changed,
  olds: Properties,
  news: Properties,
): boolean {
  return CONDITIONS[token]?.[change.pattern]?.(change, olds, news) ?? false;
}

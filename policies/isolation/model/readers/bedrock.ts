/** Knowledge bases and what they read, inference profiles, guardrails, the agent's memory. */
import type { Guardrail, InferenceProfile, KnowledgeBase, Memory, PlacedPolicy } from "../account.ts";
import { Unknown, type ModelResource, type Value } from "../resource.ts";
import { policyOf } from "./policies.ts";
import { collectionArn } from "./search.ts";
import { indexed } from "./storage.ts";
import { type Stack, symbol } from "./stack.ts";

const KNOWLEDGE_BASE = "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase";
const SOURCE = "aws:bedrock/agentDataSource:AgentDataSource";
const PROFILE = "aws:bedrock/inferenceProfile:InferenceProfile";
const GUARDRAIL = "aws:bedrock/guardrail:Guardrail";
const MEMORY = "aws:bedrock/agentcoreMemory:AgentcoreMemory";
const MEMORY_POLICY = "aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy";
const COLLECTION = "aws:opensearch/serverlessCollection:ServerlessCollection";
const ROLE = "aws:iam/role:Role";

export const BEDROCK_TYPES = [KNOWLEDGE_BASE, SOURCE, PROFILE, GUARDRAIL, MEMORY, MEMORY_POLICY];

function arnOf(
  stack: Stack,
  resource: ModelResource,
  property: string,
  service: string,
  kind: string,
): string {
  const { partition, region, account } = stack.where;
  return (
    stack.known(resource, property) ??
    `arn:${partition}:${service}:${region}:${account}:${kind}/${symbol(resource.urn)}`
  );
}

export function readKnowledgeBases(stack: Stack): readonly KnowledgeBase[] {
  const bases = stack.of(KNOWLEDGE_BASE);
  const byId = indexed(bases, "id");
  const sources = new Map<string, KnowledgeBase["sources"][number][]>();
  for (const source of stack.of(SOURCE)) {
    const base = stack.target(source, "knowledgeBaseId", byId, [KNOWLEDGE_BASE]);
    const read = sourceOf(stack, source);
    if (base !== undefined && read !== undefined)
      sources.set(base.urn, [...(sources.get(base.urn) ?? []), read]);
  }
  const roles = new Map(
    stack.of(ROLE).flatMap((role) => {
      const name = stack.known(role, "name");
      const { partition, account } = stack.where;
      return name === undefined ? [] : [[`arn:${partition}:iam::${account}:role/${name}`, role] as const];
    }),
  );
  return bases.map((base) => {
    const role = stack.target(base, "roleArn", roles, [ROLE]);
    const name = role === undefined ? undefined : stack.known(role, "name");
    return {
      urn: base.urn,
      owner: stack.owner(base),
      name: stack.known(base, "name") ?? base.name,
      arn: arnOf(stack, base, "arn", "bedrock", "knowledge-base"),
      tags: stack.tags(base),
      roleArn:
        name === undefined
          ? (stack.known(base, "roleArn") ?? "")
          : `arn:${stack.where.partition}:iam::${stack.where.account}:role/${name}`,
      collectionArn: storeOf(stack, base),
      sources: sources.get(base.urn) ?? [],
    };
  });
}

function storeOf(stack: Stack, base: ModelResource): string | undefined {
  const text = JSON.stringify(base.props["storageConfiguration"] ?? null);
  const known = /"collectionArn":"([^"]+)"/.exec(text)?.[1];
  if (known !== undefined) return known;
  const collections = (base.references["storageConfiguration"] ?? []).flatMap((urn) => {
    const found = stack.find(urn);
    return found?.type === COLLECTION ? [found] : [];
  });
  const [collection] = collections;
  if (collections.length === 1 && collection) return collectionArn(stack, collection);
  stack.gap(base.urn, "which collection it stores in is not known");
  return undefined;
}

function sourceOf(stack: Stack, source: ModelResource): KnowledgeBase["sources"][number] | undefined {
  const { dataSourceConfiguration } = source.props;
  const s3 = (dataSourceConfiguration as Readonly<Record<string, Value>> | undefined)?.["s3Configuration"] as
    Readonly<Record<string, Value>> | undefined;
  const bucketArn = s3?.["bucketArn"];
  const prefixes = (s3?.["inclusionPrefixes"] ?? []) as readonly string[];
  if (typeof bucketArn === "string") return { urn: source.urn, bucketArn, prefixes };
  if (bucketArn instanceof Unknown) {
    const named = (source.references["dataSourceConfiguration"] ?? []).flatMap((urn) => {
      const name = stack.find(urn)?.props["bucket"];
      return typeof name === "string" ? [name] : [];
    });
    const [name] = new Set(named);
    if (name !== undefined && new Set(named).size === 1)
      return { urn: source.urn, bucketArn: `arn:${stack.where.partition}:s3:::${name}`, prefixes };
  }
  stack.gap(source.urn, "which bucket is read into the knowledge base is not known");
  return undefined;
}

export function readProfiles(stack: Stack): readonly InferenceProfile[] {
  return stack.of(PROFILE).map((profile) => {
    const source = profile.props["modelSource"] as Readonly<Record<string, Value>> | undefined;
    const model = source?.["copyFrom"];
    if (typeof model !== "string") stack.gap(profile.urn, "which model is behind it is not known");
    return {
      urn: profile.urn,
      owner: stack.owner(profile),
      name: stack.known(profile, "name") ?? profile.name,
      arn: arnOf(stack, profile, "arn", "bedrock", "application-inference-profile"),
      tags: stack.tags(profile),
      model: typeof model === "string" ? model : "",
    };
  });
}

export function readGuardrails(stack: Stack): readonly Guardrail[] {
  return stack.of(GUARDRAIL).map((guardrail) => ({
    urn: guardrail.urn,
    owner: stack.owner(guardrail),
    arn: arnOf(stack, guardrail, "guardrailArn", "bedrock", "guardrail"),
    tags: stack.tags(guardrail),
  }));
}

export function readMemories(stack: Stack): readonly Memory[] {
  const memories = stack.of(MEMORY);
  const byArn = indexed(memories, "arn");
  const policies = new Map<string, PlacedPolicy>();
  for (const policy of stack.of(MEMORY_POLICY)) {
    const memory = stack.target(policy, "resourceArn", byArn, [MEMORY]);
    const document =
      memory &&
      policyOf(stack, policy, "policy", `policy of memory ${stack.known(memory, "name") ?? memory.name}`);
    if (memory && document) policies.set(memory.urn, document);
  }
  return memories.map((memory) => ({
    urn: memory.urn,
    owner: stack.owner(memory),
    arn: memoryArn(stack, memory),
    tags: stack.tags(memory),
    policy: policies.get(memory.urn),
  }));
}

/** Policies name the memory by its name: until the ten generated characters are known, others stand for them. */
function memoryArn(stack: Stack, memory: ModelResource): string {
  const { partition, region, account } = stack.where;
  const name = stack.known(memory, "name");
  return (
    stack.known(memory, "arn") ??
    (name === undefined
      ? arnOf(stack, memory, "arn", "bedrock-agentcore", "memory")
      : `arn:${partition}:bedrock-agentcore:${region}:${account}:memory/${name}-${symbol(memory.urn).slice(-10)}`)
  );
}

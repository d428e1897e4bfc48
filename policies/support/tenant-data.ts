/** A tenant's data as requests: what to ask, of which resource, with which context. */
import type { PolicyResource } from "@pulumi/policy";
import type { Context } from "../isolation/index.ts";
import { OBJECT_ACTIONS, LIST_ACTIONS } from "./s3-actions.ts";
import { ownerOf, tagOf } from "./owner.ts";
import { whereOf } from "./place.ts";
import { read } from "./read.ts";
import type { Stack } from "./stack.ts";

export interface DataRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
}

/** Names of one tenant's resources, as its own say them. */
export interface DataNames {
  readonly id: string;
  readonly buckets: readonly string[];
  readonly aliases: readonly string[];
  readonly collections: readonly string[];
  readonly secrets: readonly string[];
}

/** What all tenants share, and each has a part of. */
export interface SharedNames {
  readonly account: string;
  readonly region: string;
  readonly tables: readonly string[];
  readonly domains: readonly string[];
}

const KEY_ACTIONS = [
  "kms:Decrypt",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
];
/** Every action that reads a knowledge base, or what is in it. */
const KNOWLEDGE_ACTIONS = [
  "bedrock:Retrieve",
  "bedrock:RetrieveAndGenerate",
  "bedrock:GenerateQuery",
  "bedrock:GetDocumentContent",
  "bedrock:GetKnowledgeBaseDocuments",
  "bedrock:ListKnowledgeBaseDocuments",
  "bedrock:IngestKnowledgeBaseDocuments",
  "bedrock:DeleteKnowledgeBaseDocuments",
  "bedrock:StartIngestionJob",
];
export const ITEM_ACTIONS = [
  "dynamodb:BatchGetItem",
  "dynamodb:BatchWriteItem",
  "dynamodb:ConditionCheckItem",
  "dynamodb:DeleteItem",
  "dynamodb:GetItem",
  "dynamodb:PutItem",
  "dynamodb:Query",
  "dynamodb:Scan",
  "dynamodb:UpdateItem",
  "dynamodb:PartiQLSelect",
  "dynamodb:PartiQLUpdate",
  "dynamodb:PartiQLInsert",
  "dynamodb:PartiQLDelete",
];
const SEARCH_ACTIONS = ["es:ESHttpGet", "es:ESHttpPost", "es:ESHttpPut", "es:ESHttpDelete", "es:ESHttpPatch"];

/** What each tenant's resources are called. One pass over the stack. */
export function namesByTenant(stack: Stack): ReadonlyMap<string, DataNames> {
  const found = new Map<string, Record<Exclude<keyof DataNames, "id">, string[]>>();
  const add = (
    kind: Exclude<keyof DataNames, "id">,
    property: string,
    types: readonly string[],
    owner = ownerOf,
  ): void => {
    for (const resource of stack.of(types)) {
      const id = owner(resource);
      const name = read(resource, property);
      if (id === undefined || !name.known || typeof name.value !== "string") continue;
      const names = found.get(id) ?? { buckets: [], aliases: [], collections: [], secrets: [] };
      names[kind].push(name.value);
      found.set(id, names);
    }
  };
  add("buckets", "bucket", ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"]);
  add("aliases", "name", ["aws:kms/alias:Alias"], (alias) => ownerOf(alias) ?? ownerOfTarget(alias));
  add("collections", "name", ["aws:opensearch/serverlessCollection:ServerlessCollection"]);
  add("secrets", "name", ["aws:secretsmanager/secret:Secret"]);
  return new Map([...found].map(([id, names]) => [id, { id, ...names }]));
}

function ownerOfTarget(alias: PolicyResource): string | undefined {
  const [key] = alias.propertyDependencies["targetKeyId"] ?? [];
  return key && ownerOf(key);
}

export function sharedNames(stack: Stack): SharedNames {
  const { account, region } = whereOf(stack);
  const namesOf = (types: readonly string[], property: string): string[] =>
    stack.of(types).flatMap((resource) => {
      const name = read(resource, property);
      return tagOf(resource).kind !== "one" && name.known && typeof name.value === "string"
        ? [name.value]
        : [];
    });
  return {
    account,
    region,
    tables: tenantTables(stack),
    domains: namesOf(["aws:opensearch/domain:Domain"], "domainName"),
  };
}

/** Tables that are partitioned by tenant. */
function tenantTables(stack: Stack): string[] {
  return stack.of(["aws:dynamodb/table:Table"]).flatMap((table) => {
    const key = read(table, "hashKey");
    const name = read(table, "name");
    return key.known && key.value === "tenant_id" && name.known && typeof name.value === "string"
      ? [name.value]
      : [];
  });
}

/** The same names for a tenant of another id, which need not exist. */
export function renamed(names: DataNames, id: string): DataNames {
  const other = (texts: readonly string[]): string[] => texts.map((text) => text.replaceAll(names.id, id));
  return {
    id,
    buckets: other(names.buckets),
    aliases: other(names.aliases),
    collections: other(names.collections),
    secrets: other(names.secrets),
  };
}

/** Ids that are near another one, as prefix and as suffix, and one that is not. */
export const neighbours = (id: string): readonly string[] => [
  `${id}-2`,
  `${id}x`,
  id.slice(0, -1),
  "bulkhead-probe",
];

const HEX = "00000000-0000-4000-8000-00000000aaaa";

/** Everything that reads or writes a tenant's data, whoever asks. */
export function dataRequests(
  names: DataNames,
  { account, region, tables, domains }: SharedNames,
): DataRequest[] {
  const { id } = names;
  const regional = (service: string, resource: string): string =>
    `arn:aws:${service}:${region}:${account}:${resource}`;
  const out: DataRequest[] = [];
  const ask = (actions: readonly string[], resource: string, ...contexts: readonly Context[]): void => {
    for (const action of actions) for (const context of contexts) out.push({ action, resource, context });
  };
  const via = (service: string): Context => ({ "kms:ViaService": `${service}.${region}.amazonaws.com` });
  for (const bucket of names.buckets) {
    const arn = `arn:aws:s3:::${bucket}`;
    ask(OBJECT_ACTIONS, `${arn}/${id}/x`, {});
    ask(LIST_ACTIONS, arn, {}, { "s3:prefix": `${id}/` });
    for (const alias of names.aliases)
      ask(KEY_ACTIONS, regional("kms", `key/${HEX}`), {
        ...via("s3"),
        "kms:ResourceAliases": [alias],
        "kms:EncryptionContext:aws:s3:arn": arn,
        "aws:ResourceTag/tenant_id": id,
      });
  }
  for (const alias of names.aliases)
    ask(KEY_ACTIONS, regional("kms", `key/${HEX}`), {
      "kms:ResourceAliases": [alias],
      "aws:ResourceTag/tenant_id": id,
    });
  for (const collection of names.collections)
    ask(["aoss:APIAccessAll"], regional("aoss", "collection/probe0probe0"), {
      "aoss:collection": collection,
      "aws:ResourceTag/tenant_id": id,
    });
  ask(KNOWLEDGE_ACTIONS, regional("bedrock", "knowledge-base/PROBE00000"), {
    "aws:ResourceTag/tenant_id": id,
  });
  ask(
    ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
    regional("bedrock", "application-inference-profile/probe0probe0"),
    {
      "aws:ResourceTag/tenant_id": id,
    },
  );
  for (const domain of domains)
    for (const path of [
      `kb.${id}/_search`,
      `kb.${id}/_bulk`,
      `kb.${id}.1/_search`,
      "_search",
      "_bulk",
      "_all/_search",
    ])
      ask(SEARCH_ACTIONS, `${regional("es", `domain/${domain}`)}/${path}`, {});
  for (const table of tables)
    ask(ITEM_ACTIONS, regional("dynamodb", `table/${table}`), { "dynamodb:LeadingKeys": [id] }, {});
  for (const secret of names.secrets)
    ask(
      ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
      regional("secretsmanager", `secret:${secret}-AbCdEf`),
      {
        "aws:ResourceTag/tenant_id": id,
      },
    );
  return out;
}

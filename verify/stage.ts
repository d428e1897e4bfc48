/** An attacker and those it names, and every value that an attack's data can ask for. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { decodeJwt } from "jose";
import { claimsLogin, claimsPartition } from "../runtime/contract/claims.ts";
import { FUNCTIONS, memoryActor, platformNames, SILO_INDEX, tenantNames } from "../runtime/contract/names.ts";
import type { RegistryItem } from "../runtime/contract/registry.ts";
import type { TargetKind } from "./grammar.ts";
import type { Target } from "./target.ts";
import type { Values } from "./template.ts";

/** A tenant that takes part. */
export interface Party {
  readonly id: string;
  readonly tier: "silo" | "pool";
  readonly active: boolean;
  /** A member's access token; none of a suspended tenant. */
  readonly token: string | undefined;
  /** The name of a document that it has, and a word that stands in its documents and nowhere else. */
  readonly document: string;
  readonly canary: string;
}

/** Where an attack happens: who attacks, and whom each kind of target stands for. */
export interface Stage {
  readonly target: Target;
  readonly attacker: Party;
  /** Tenants by kind of target; several where they differ in tier. `none` needs nobody. */
  readonly named: Readonly<Partial<Record<TargetKind, readonly Party[]>>>;
}

/** Ids of AWS's own making. */
export interface Generated {
  readonly referenceKnowledgeBase: string;
}

const NOBODY = "no-such-tenant";
/** Stands for a user where none is known, and is one of no tenant. */
const PROBE_USER = "attack-probe";

/** The registry's item of a tenant; undefined if there is none. */
export async function registryItem(target: Target, id: string): Promise<RegistryItem | undefined> {
  if (target.registryItem) return target.registryItem(id);
  const tables = DynamoDBDocumentClient.from(new DynamoDBClient(target.operator));
  const { Item } = await tables.send(
    new GetCommand({
      TableName: platformNames(target.place).registryTable,
      Key: { tenant_id: id, record: "tenant" },
    }),
  );
  return Item as RegistryItem | undefined;
}

/** Values of one tenant, without a prefix: `bucket`, `dataRole`, … */
export async function tenantValues(target: Target, party: Party): Promise<Values> {
  const names = tenantNames(target.place, party.id);
  const item = await registryItem(target, party.id);
  const store = item?.store;
  return {
    ...namesFor(names, party.id),
    ...actorOf(party.id, party.token === undefined ? PROBE_USER : (decodeJwt(party.token).sub ?? "")),
    tier: party.tier,
    document: party.document,
    key: `${party.id}/${party.document}`,
    canary: party.canary,
    keyArn: await target.keyArn(names.keyAlias),
    endpoint: store?.endpoint ?? "",
    secret: item?.claims_secret ?? "",
    ...(store?.kind === "silo"
      ? { knowledgeBase: store.knowledgeBaseId, dataSource: store.dataSourceId }
      : { knowledgeBase: "", dataSource: "" }),
  };
}

/** The values of no tenant: every name with nothing where the id would be. */
export function noTenantValues(target: Target, attacker: Values): Values {
  const names = namesFor(tenantNames(target.place, NOBODY), NOBODY);
  return {
    ...Object.fromEntries(Object.entries(names).map(([name, value]) => [name, value.replaceAll(NOBODY, "")])),
    ...actorOf("", attacker["user"] ?? ""),
    tier: attacker["tier"] ?? "",
    document: "attack-probe.md",
    key: "/attack-probe.md",
    canary: "nothing at all",
    keyArn: (attacker["keyArn"] ?? "").replace(/[^/]+$/, ""),
    endpoint: attacker["endpoint"] ?? "",
    knowledgeBase: "",
    dataSource: attacker["dataSource"] ?? "",
    secret: "",
  };
}

/** A user, as tokens and as the agent's memory name it. */
function actorOf(id: string, user: string): Values {
  const actor = memoryActor(id, user);
  return { user, actor, actorInPath: encodeURIComponent(actor) };
}

function namesFor(names: ReturnType<typeof tenantNames>, id: string): Values {
  return {
    id,
    bucket: names.bucket,
    prefix: names.objectPrefix,
    dataRole: names.dataRoleArn,
    dataRoleName: names.dataRoleName,
    ingestRole: names.ingestRoleArn,
    knowledgeBaseRole: names.knowledgeBaseRoleArn,
    collection: names.collection,
    alias: names.poolAlias,
    siloIndex: SILO_INDEX,
    login: claimsLogin(id),
    partition: claimsPartition("claims", id),
  };
}

/** Values of the platform. */
export function platformValues(target: Target, { referenceKnowledgeBase }: Generated): Values {
  const names = platformNames(target.place);
  const { region, account } = target.place;
  return {
    "platform.registryTable": names.registryTable,
    "platform.registryTableArn": names.registryTableArn,
    "platform.membershipsTable": names.membershipsTable,
    "platform.usersTable": names.usersTable,
    "platform.domain": names.domain,
    "platform.claimsCluster": names.claimsClusterArn,
    "platform.claimsAdminSecret": names.claimsAdminSecretArns.replace("*", "attack-probe-AAAAAA"),
    agentMemory: target.deployment.agentMemoryId ?? "",
    userPool: target.deployment.userPoolId,
    queueUrl: `https://sqs.${region}.amazonaws.com/${account}/${names.deadLetters("ingest")}`,
    referenceKnowledgeBase,
    ...Object.fromEntries(
      FUNCTIONS.flatMap((fn) => [
        [`role.${fn}`, names.functionRoleArn(fn)],
        [`function.${fn}`, names.functionName(fn)],
      ]),
    ),
  };
}

/** All values of one request: `own.…`, `target.…`, and the platform's. */
export function valuesOf(platform: Values, own: Values, target: Values): Values {
  return { ...platform, ...prefixed("own", own), ...prefixed("target", target) };
}

export function prefixed(prefix: string, values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));
}

/** Resources → account. */
import type { AccountModel, Tenant, Where } from "./account.ts";
import { IRRELEVANT_TYPES, isStructure } from "./irrelevant.ts";
import { ADMIN_TYPES, readAdminDocuments } from "./readers/admin.ts";
import {
  BEDROCK_TYPES,
  readGuardrails,
  readKnowledgeBases,
  readMemories,
  readProfiles,
} from "./readers/bedrock.ts";
import { COMPUTE_TYPES, readFunctions } from "./readers/compute.ts";
import { DATA_TYPES, readClusters, readSecrets } from "./readers/data.ts";
import { LIMIT_TYPES, readLimits } from "./readers/limits.ts";
import { readRoles, ROLE_TYPES } from "./readers/roles.ts";
import { readAccessPolicies, readCollections, readDomains, SEARCH_TYPES } from "./readers/search.ts";
import { Stack, TENANT, TENANT_ID } from "./readers/stack.ts";
import { readBuckets, readKeys, STORAGE_TYPES } from "./readers/storage.ts";
import { readTables, TABLE_TYPES } from "./readers/tables.ts";
import type { ModelResource } from "./resource.ts";

const READ_TYPES: ReadonlySet<string> = new Set([
  ...ADMIN_TYPES,
  ...BEDROCK_TYPES,
  ...COMPUTE_TYPES,
  ...DATA_TYPES,
  ...LIMIT_TYPES,
  ...ROLE_TYPES,
  ...SEARCH_TYPES,
  ...STORAGE_TYPES,
  ...TABLE_TYPES,
]);

/** The account that resources make. What can't be interpreted is among its gaps. */
export function buildAccount(resources: readonly ModelResource[], where: Where): AccountModel {
  const stack = new Stack(resources, where);
  for (const { type, urn } of resources)
    if (!READ_TYPES.has(type) && !IRRELEVANT_TYPES.has(type) && !isStructure(type))
      stack.gap(urn, `is of a type that the proof does not know: ${type}`);
  /** What a reader makes of the stack. One that stumbles over a shape that it does not expect has read nothing, which is a gap. */
  const read = <T>(what: string, reader: () => readonly T[]): readonly T[] => {
    try {
      return reader();
    } catch (error) {
      stack.gap("", `${what} are not understood: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  };
  read("limits", () => readLimits(stack));
  const documents = read("documents of admin functions", () => readAdminDocuments(stack));
  return {
    where,
    tenants: read("tenants", () => readTenants(stack)),
    roles: read("roles", () => readRoles(stack)),
    buckets: read("buckets", () => readBuckets(stack)),
    keys: read("keys", () => readKeys(stack)),
    tables: read("tables", () => readTables(stack)),
    knowledgeBases: read("knowledge bases", () => readKnowledgeBases(stack)),
    profiles: read("inference profiles", () => readProfiles(stack)),
    guardrails: read("guardrails", () => readGuardrails(stack)),
    collections: read("collections", () => readCollections(stack, documents)),
    accessPolicies: read("data-access policies", () => readAccessPolicies(stack)),
    domains: read("domains", () => readDomains(stack, documents)),
    secrets: read("secrets", () => readSecrets(stack)),
    functions: read("functions", () => readFunctions(stack)),
    memories: read("memories", () => readMemories(stack)),
    clusters: read("clusters", () => readClusters(stack, documents)),
    gaps: distinct(stack.gaps),
    resources: resources.length,
  };
}

function readTenants(stack: Stack): readonly Tenant[] {
  const silo = tenantsWith(stack, "bulkhead:tenants:Silo");
  const pool = tenantsWith(stack, "bulkhead:tenants:Pool");
  return stack.of(TENANT).flatMap((component): Tenant[] => {
    const { name: id, urn } = component;
    if (!TENANT_ID.test(id)) {
      stack.gap(urn, `"${id}" is no tenant id`);
      return [];
    }
    if (silo.has(id) === pool.has(id)) {
      stack.gap(urn, silo.has(id) ? "has a store of each tier" : "has no store");
      return [];
    }
    return [{ id, tier: silo.has(id) ? "silo" : "pool", urn }];
  });
}

function tenantsWith(stack: Stack, type: string): ReadonlySet<string> {
  return new Set(stack.of(type).flatMap((component) => stack.owner(component) ?? []));
}

const distinct = (gaps: AccountModel["gaps"]): AccountModel["gaps"] => [
  ...new Map(gaps.map((gap) => [`${gap.urn}\n${gap.what}`, gap])).values(),
];

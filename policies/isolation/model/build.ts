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
  const documents = readAdminDocuments(stack);
  return {
    where,
    tenants: readTenants(stack),
    roles: readRoles(stack),
    buckets: readBuckets(stack),
    keys: readKeys(stack),
    tables: readTables(stack),
    knowledgeBases: readKnowledgeBases(stack),
    profiles: readProfiles(stack),
    guardrails: readGuardrails(stack),
    collections: readCollections(stack, documents),
    accessPolicies: readAccessPolicies(stack),
    domains: readDomains(stack, documents),
    secrets: readSecrets(stack),
    functions: readFunctions(stack),
    memories: readMemories(stack),
    clusters: readClusters(stack, documents),
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

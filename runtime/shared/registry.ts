import { isTenantId, poolAlias, tenantOfIdentityProvider } from "../contract/names.ts";
import type { PoolStore, RegistryItem, SiloStore } from "../contract/registry.ts";
import type { AwsCredentials } from "./aws-credentials.ts";
import type { GetItem } from "./dynamodb.ts";
import { ConfigurationError, TenantNotActive } from "./errors.ts";
import type { TenantContext } from "./tenant-context.ts";

/** Reads a tenant's item with the function's own role; undefined for a tenant that was never there. */
export type ReadStatus = (tenantId: string) => Promise<RegistryItem | undefined>;

/** A suspension reaches authorizer and broker within this time (plus API Gateway's own cache of the authorizer's answer). */
export const STATUS_MAX_AGE_MS = 5000;
/** More tenants than this in one process at one time: the oldest answer goes. */
const MAX_CACHED = 1000;

/** {@link ReadStatus}, remembering answers for {@link STATUS_MAX_AGE_MS}; concurrent reads share one, and a failed one is forgotten. */
export function createStatusReader(getItem: GetItem, table: string, credentials: AwsCredentials): ReadStatus {
  const cache = new Map<
    string,
    { readonly until: number; readonly item: Promise<RegistryItem | undefined> }
  >();
  return (tenantId) => {
    const hit = cache.get(tenantId);
    if (hit && hit.until > Date.now()) return hit.item;
    cache.delete(tenantId);
    if (cache.size >= MAX_CACHED) cache.delete(cache.keys().next().value ?? "");
    const item = readItem(getItem, table, credentials, tenantId);
    const entry = { until: Date.now() + STATUS_MAX_AGE_MS, item };
    cache.set(tenantId, entry);
    item.catch(() => {
      if (cache.get(tenantId) === entry) cache.delete(tenantId);
    });
    return item;
  };
}

/** The app clients of a tenant's own, from its item. */
export function clientsBy(readStatus: ReadStatus): (tenantId: string) => Promise<readonly string[]> {
  return async (tenantId) => (await readStatus(tenantId))?.clients ?? [];
}

/**
 * The tenant's own item, read with its own credentials: name, groups and where its store is. Never cached, because a
 * tenant's store can move.
 * @throws TenantNotActive if the tenant is gone or not active
 */
export async function readRoute(
  getItem: GetItem,
  table: string,
  context: TenantContext,
): Promise<RegistryItem> {
  const item = await readItem(getItem, table, context.credentials, context.tenantId);
  if (item?.status !== "active") throw new TenantNotActive(`tenant is ${item?.status ?? "not registered"}`);
  return item;
}

/** A tenant's item with these credentials; undefined if there is none. @throws ConfigurationError if it is not as it has to be */
export async function readItem(
  getItem: GetItem,
  table: string,
  credentials: AwsCredentials,
  tenantId: string,
) {
  const item = await getItem(credentials, table, { tenant_id: tenantId, record: "tenant" });
  return item && parseRegistryItem(item, tenantId);
}

type Raw = Readonly<Record<string, unknown>>;

/**
 * Checks an item of the registry table. By hand, so that the authorizer carries no validation library.
 * @throws ConfigurationError that names every attribute that is not as it has to be
 */
export function parseRegistryItem(item: Raw, tenantId: string): RegistryItem {
  const faults: string[] = [];
  const check = (name: string, good: boolean) => {
    if (!good) faults.push(name);
  };
  const isText = (value: unknown) => typeof value === "string" && value !== "";
  const store = (isObject(item["store"]) ? item["store"] : {}) as Raw;

  check("tenant_id", item["tenant_id"] === tenantId && isTenantId(tenantId));
  check("record", item["record"] === "tenant");
  check("status", ["active", "suspended", "offboarding"].includes(item["status"] as string));
  check("tier", item["tier"] === "silo" || item["tier"] === "pool");
  check("plan", item["plan"] === "standard" || item["plan"] === "premium");
  for (const name of ["name", "bucket", "chat_profile"]) check(name, isText(item[name]));
  check("groups", isTextList(item["groups"]));
  check("clients", item["clients"] === undefined || isTextList(item["clients"]));
  check("claims_secret", item["claims_secret"] === undefined || isText(item["claims_secret"]));
  check("usage_key", item["usage_key"] === undefined || isText(item["usage_key"]));
  const provider = item["identity_provider"];
  check(
    "identity_provider",
    provider === undefined ||
      (typeof provider === "string" && tenantOfIdentityProvider(provider) === tenantId),
  );
  // A tier's store is of its kind, or a pool tenant could be sent to an endpoint as if it were its own.
  check("store.kind", store["kind"] === item["tier"]);
  const silo = ["endpoint", "index", "knowledgeBaseId", "dataSourceId"] satisfies (keyof SiloStore)[];
  const pool = ["endpoint", "index"] satisfies (keyof PoolStore)[];
  for (const name of store["kind"] === "pool" ? pool : silo) check(`store.${name}`, isText(store[name]));
  if (store["kind"] === "pool") check("store.index", store["index"] === poolAlias(tenantId));

  if (faults.length > 0)
    throw new ConfigurationError(`registry item of ${tenantId} is not valid: ${faults.join(", ")}`);
  return item as unknown as RegistryItem;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string" && entry !== "");
}

/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- these are the mistakes that must not compile */
/** Not run: the type checker is the test. Whatever reads a tenant's data takes a context, and only a grant makes one. */
import type { BrokerGrant } from "../../runtime/contract/api.ts";
import type { PutText } from "../../runtime/documents/objects.ts";
import type { StartIngestion } from "../../runtime/documents/ingestion.ts";
import type { Models } from "../../runtime/agent/model.ts";
import type { GetItem } from "../../runtime/shared/dynamodb.ts";
import type { SearchReference } from "../../runtime/shared/reference.ts";
import { readRoute } from "../../runtime/shared/registry.ts";
import type { StoreQuery, TenantStore } from "../../runtime/shared/store.ts";
import { TenantContext } from "../../runtime/shared/tenant-context.ts";

declare const getItem: GetItem;
declare const store: TenantStore;
declare const query: StoreQuery;
declare const signal: AbortSignal;
declare const searchReference: SearchReference;
declare const putText: PutText;
declare const startIngestion: StartIngestion;
declare const models: Models;
declare const grant: BrokerGrant;
declare const forged: {
  readonly tenantId: string;
  readonly user: BrokerGrant["user"];
  readonly credentials: object;
};

export const mustNotCompile = (): unknown[] => [
  // @ts-expect-error -- no context
  store.search(query, signal),
  // @ts-expect-error -- a tenant's id is no context
  store.search("acme", query, signal),
  // @ts-expect-error -- what looks like a context is none
  store.search(forged, query, signal),
  // @ts-expect-error -- a grant is no context
  store.search(grant, query, signal),
  // @ts-expect-error -- no context
  readRoute(getItem, "registry", "acme"),
  // @ts-expect-error -- what looks like a context is none
  searchReference(forged, "question", 4, signal),
  // @ts-expect-error -- what looks like a context is none
  putText(forged, { bucket: "bucket", key: "key" }, "text", undefined, signal),
  // @ts-expect-error -- what looks like a context is none
  startIngestion(forged, { kind: "silo" }, signal),
  // @ts-expect-error -- what looks like a context is none
  models.embed(forged, "text", signal),
  // @ts-expect-error -- a context is not made by hand
  new TenantContext(grant),
];

/** The way that is meant. */
export const mustCompile = () => store.search(TenantContext.fromGrant(grant), query, signal);

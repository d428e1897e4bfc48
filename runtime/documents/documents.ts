import { randomUUID } from "node:crypto";

import pLimit from "p-limit";

import type {
  DeleteDocumentResponse,
  DocumentEntry,
  ListDocumentsResponse,
  PutDocumentResponse,
} from "../contract/api.ts";
import type { RegistryItem } from "../contract/registry.ts";
import type { ContextForToken } from "../shared/credentials.ts";
import { DOCUMENT_NAME, SIDECAR_SUFFIX } from "../shared/document-rules.ts";
import { Conflict, InvalidRequest, NotFound } from "../shared/errors.ts";
import type { Exchange, Routes } from "../shared/http.ts";
import { jsonBody, pathParameter, queryParameter } from "../shared/http.ts";
import { contextOf, parseBody } from "../shared/request-context.ts";
import type { Limits } from "../shared/sidecar.ts";
import {
  closedSidecar,
  includesUser,
  NOBODY,
  readSidecar,
  sidecar,
  SidecarFault,
} from "../shared/sidecar.ts";
import type { TenantContext } from "../shared/tenant-context.ts";
import type { StartIngestion } from "./ingestion.ts";
import type { DocumentObjects, StoredObject } from "./objects.ts";
import { documentRequest, MAX_BODY_BYTES } from "./request.ts";
import type { Present, StatesOf } from "./states.ts";

export interface DocumentParts {
  readonly contextForToken: ContextForToken;
  readonly readRoute: (context: TenantContext) => Promise<RegistryItem>;
  readonly objects: DocumentObjects;
  readonly startIngestion: StartIngestion;
  readonly statesOf: StatesOf;
}

/** Nobody sees and nobody owns a document whose metadata is missing or can't be understood. */
const NOBODYS: Limits = { groups: [NOBODY], owners: [NOBODY] };
const CONCURRENT_READS = 16;

/** Documents of the tenant: `POST` stores one, `GET` lists them with what became of them, `DELETE` removes one. */
export function documentRoutes(parts: DocumentParts): Routes {
  return {
    "POST /v1/documents": (exchange) => put(parts, exchange),
    "GET /v1/documents": (exchange) => list(parts, exchange),
    "DELETE /v1/documents/{id}": (exchange) => remove(parts, exchange),
  };
}

async function put(parts: DocumentParts, exchange: Exchange) {
  const { signal, audit } = exchange;
  const { name, content, groups } = parseBody(documentRequest, jsonBody(exchange.event, MAX_BODY_BYTES));
  const context = await contextOf(exchange, parts.contextForToken);
  const tenant = await parts.readRoute(context);
  const unknown = groups?.filter((group) => !tenant.groups.includes(group)) ?? [];
  if (unknown.length > 0)
    throw new InvalidRequest(
      `groups: there is no group ${unknown.map((group) => JSON.stringify(group)).join(", ")}`,
    );

  const { object, metadata, limits } = await look(parts, context, tenant, name, signal);
  if (object && !includesUser(limits.owners, context.user.groups))
    throw new Conflict("The name is taken by another document.");

  const { putText } = parts.objects;
  const document = documentOf(context, tenant, name);
  const beside = sidecarOf(document);
  // The name may be taken, by a document for other groups. Whenever an ingestion looks, and wherever this stops, nobody sees a text
  // under limits that it was not given: limits close before the text changes and open after it. Each write only happens if nobody
  // else's came between, so that two requests at once can't show one's text under the other's limits.
  const closed = await putText(
    context,
    beside,
    closedSidecar(context.tenantId, groups, randomUUID()),
    metadata?.etag,
    signal,
  );
  await putText(context, document, content, object?.etag, signal);
  await putText(context, beside, sidecar(context.tenantId, groups), closed.etag, signal);

  const ingestion = await parts.startIngestion(context, tenant.store, signal);
  const bytes = Buffer.byteLength(content);
  Object.assign(audit, { bytes, limited: groups !== undefined, ingestion: ingestion.status });
  const body: PutDocumentResponse = {
    document: { name, uri: uriOf(document), bytes },
    ingestion,
  };
  // 202: it is stored, and can be asked about once it is ingested.
  return { status: 202, body };
}

async function list(parts: DocumentParts, exchange: Exchange) {
  const { signal, audit, event } = exchange;
  const context = await contextOf(exchange, parts.contextForToken);
  const tenant = await parts.readRoute(context);
  const prefix = `${context.tenantId}/`;
  const from = queryParameter(event, "next");
  const page = await parts.objects.list(context, tenant.bucket, prefix, from, signal);

  const limit = pLimit(CONCURRENT_READS);
  const named = page.objects.filter(({ key }) => DOCUMENT_NAME.test(key.slice(prefix.length)));
  const known = await Promise.all(
    named.map((object) =>
      limit(async () => ({
        object,
        ...(await metadataOf(parts, context, tenant.bucket, object.key, signal)),
      })),
    ),
  );
  const visible = known.flatMap(({ object, metadata, limits }) =>
    metadata && includesUser(limits.groups, context.user.groups)
      ? [{ object, limits, present: presentOf(tenant.bucket, object, metadata) }]
      : [],
  );
  const states = await parts.statesOf(
    context,
    tenant,
    visible.map(({ present }) => present),
    signal,
  );
  const documents = visible.map(({ object, limits, present }): DocumentEntry => {
    const state = states.get(object.key) ?? { state: "pending" };
    return {
      name: object.key.slice(prefix.length),
      uri: present.uri,
      bytes: object.bytes,
      modified: present.modified.toISOString(),
      ...state,
      ...(limits.groups && { groups: limits.groups }),
    };
  });
  Object.assign(audit, { documents: documents.length });
  const body: ListDocumentsResponse = { documents, ...(page.next !== undefined && { next: page.next }) };
  return { status: 200, body };
}

async function remove(parts: DocumentParts, exchange: Exchange) {
  const { signal, audit, event } = exchange;
  const name = pathParameter(event, "id");
  const context = await contextOf(exchange, parts.contextForToken);
  const tenant = await parts.readRoute(context);
  // What can't be a document's name is none that is there.
  if (!DOCUMENT_NAME.test(name)) throw new NotFound("no such document");
  const { object, limits } = await look(parts, context, tenant, name, signal);
  // The same answer for what is not there and for what this user must not know of.
  if (!object || !includesUser(limits.owners, context.user.groups)) throw new NotFound("no such document");

  const document = documentOf(context, tenant, name);
  // The document first: without its metadata it could not be told any more who may see it.
  await parts.objects.remove(context, document, signal);
  await parts.objects.remove(context, sidecarOf(document), signal);
  const ingestion = await parts.startIngestion(context, tenant.store, signal);
  Object.assign(audit, { ingestion: ingestion.status });
  const body: DeleteDocumentResponse = { ingestion };
  return { status: 202, body };
}

interface Named {
  readonly bucket: string;
  readonly key: string;
}

function documentOf(context: TenantContext, tenant: RegistryItem, name: string): Named {
  return { bucket: tenant.bucket, key: `${context.tenantId}/${name}` };
}

function sidecarOf({ bucket, key }: Named): Named {
  return { bucket, key: key + SIDECAR_SUFFIX };
}

function uriOf({ bucket, key }: Named): string {
  return `s3://${bucket}/${key}`;
}

type Metadata = Awaited<ReturnType<DocumentObjects["read"]>>;

async function look(
  parts: DocumentParts,
  context: TenantContext,
  tenant: RegistryItem,
  name: string,
  signal: AbortSignal,
) {
  const document = documentOf(context, tenant, name);
  // The metadata first: if both change meanwhile, the writes that rest on its ETag fail.
  const known = await metadataOf(parts, context, tenant.bucket, document.key, signal);
  return { object: await parts.objects.look(context, document, signal), ...known };
}

async function metadataOf(
  parts: DocumentParts,
  context: TenantContext,
  bucket: string,
  key: string,
  signal: AbortSignal,
): Promise<{ readonly metadata: Metadata; readonly limits: Limits }> {
  const metadata = await parts.objects.read(context, sidecarOf({ bucket, key }), signal);
  if (!metadata) return { metadata, limits: NOBODYS };
  try {
    return { metadata, limits: readSidecar(metadata.bytes, context.tenantId) };
  } catch (error) {
    if (!(error instanceof SidecarFault)) throw error;
    return { metadata, limits: NOBODYS };
  }
}

function presentOf(bucket: string, object: StoredObject, metadata: NonNullable<Metadata>): Present {
  const { key, etag } = object;
  const modified = metadata.modified > object.modified ? metadata.modified : object.modified;
  return { key, uri: uriOf({ bucket, key }), etag, sidecarEtag: metadata.etag, modified };
}

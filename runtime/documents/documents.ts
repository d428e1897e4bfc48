import type { PutDocumentResponse } from "../contract/api.ts";
import type { RegistryItem } from "../contract/registry.ts";
import type { ContextForToken } from "../shared/credentials.ts";
import { ConfigurationError, InvalidRequest } from "../shared/errors.ts";
import type { Routes } from "../shared/http.ts";
import { jsonBody } from "../shared/http.ts";
import { contextOf, parseBody } from "../shared/request-context.ts";
import type { TenantContext } from "../shared/tenant-context.ts";
import type { StartIngestion } from "./ingestion.ts";
import type { PutText } from "./objects.ts";
import { documentRequest, MAX_BODY_BYTES } from "./request.ts";
import { NOBODY, sidecar } from "./sidecar.ts";

export interface DocumentParts {
  readonly contextForToken: ContextForToken;
  readonly readRoute: (context: TenantContext) => Promise<RegistryItem>;
  readonly putText: PutText;
  readonly startIngestion: StartIngestion;
}

/** `POST /v1/documents`: stores a document, with who may see it, and starts its ingestion. */
export function documentRoutes(parts: DocumentParts): Routes {
  return {
    "POST /v1/documents": async (exchange) => {
      const { name, content, groups } = parseBody(documentRequest, jsonBody(exchange.event, MAX_BODY_BYTES));
      const context = await contextOf(exchange, parts.contextForToken);
      const tenant = await parts.readRoute(context);
      const unknown = groups?.filter((group) => !tenant.groups.includes(group)) ?? [];
      if (unknown.length > 0)
        throw new InvalidRequest(
          `groups: there is no group ${unknown.map((group) => JSON.stringify(group)).join(", ")}`,
        );

      const { store } = tenant;
      if (store.kind !== "silo")
        throw new ConfigurationError(`nothing ingests into a store of kind "${store.kind}"`);

      const { signal, audit } = exchange;
      const key = `${context.tenantId}/${name}`;
      const put = (suffix: string, text: string) =>
        parts.putText(context, tenant.bucket, key + suffix, text, signal);
      // The name may be taken, by a document for other groups. Whenever an ingestion looks, and wherever this stops, nobody
      // sees a text under limits that it was not given: limits close before the text changes and open after it.
      await put(".metadata.json", sidecar(context.tenantId, [NOBODY]));
      await put("", content);
      await put(".metadata.json", sidecar(context.tenantId, groups));

      const ingestion = await parts.startIngestion(context, store, signal);
      const bytes = Buffer.byteLength(content);
      Object.assign(audit, { bytes, limited: groups !== undefined, ingestion: ingestion.status });
      const body: PutDocumentResponse = {
        document: { name, uri: `s3://${tenant.bucket}/${key}`, bytes },
        ingestion,
      };
      // 202: it is stored, and can be asked about once it is ingested.
      return { status: 202, body };
    },
  };
}

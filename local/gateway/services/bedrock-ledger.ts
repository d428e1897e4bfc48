/** What ingestion did with each document, as `ListKnowledgeBaseDocuments` and `GetKnowledgeBaseDocuments` tell it. */
import type { Account, Table } from "../../account/account.ts";
import { type Call, type Gateway, type Reply } from "../contract.ts";
import { invalid, isJson, only, readJson, reply, textOf } from "./bedrock-json.ts";
import { page } from "./bedrock-page.ts";

/** What is kept of a document, under `<knowledge base>/<data source>/<uri>`. */
export interface IngestedDocument {
  /** ETags of the object and of its sidecar: equal ones mean unchanged. Empty: not to be relied on. */
  readonly state: string;
  /** Ids of the chunks that may be in the store. */
  readonly chunks: readonly string[];
  readonly status: "PENDING" | "IN_PROGRESS" | "INDEXED" | "FAILED" | "DELETE_IN_PROGRESS";
  readonly reason?: string;
  /** ISO 8601 */
  readonly updatedAt: string;
}

/** The documents of one data source. */
export class DocumentLedger {
  readonly #table: Table<IngestedDocument>;
  readonly #prefix: string;

  constructor(account: Account, knowledgeBaseId: string, dataSourceId: string) {
    this.#table = account.table("bedrock-documents");
    this.#prefix = `${knowledgeBaseId}/${dataSourceId}/`;
  }

  get(uri: string): IngestedDocument | undefined {
    return this.#table.get(this.#prefix + uri);
  }

  put(uri: string, document: Omit<IngestedDocument, "updatedAt">): void {
    this.#table.put(this.#prefix + uri, { ...document, updatedAt: new Date().toISOString() });
  }

  delete(uri: string): void {
    this.#table.delete(this.#prefix + uri);
  }

  /** In the order of their addresses. */
  entries(): [uri: string, document: IngestedDocument][] {
    return [...this.#table.entries(this.#prefix)].map(([key, one]) => [key.slice(this.#prefix.length), one]);
  }

  /** What a job left in the middle has not been done. */
  settle(status: "PENDING" | "FAILED", reason?: string): void {
    for (const [uri, document] of this.entries())
      if (document.status === "PENDING" || document.status === "IN_PROGRESS")
        this.put(uri, { ...document, status, ...(reason !== undefined && { reason }) });
  }
}

/** Of Bedrock: `DocumentIdentifiers`, 1 to 10. */
const MAX_IDENTIFIERS = 10;

/** @param operation What follows `documents` in the path. */
export function handleDocuments(
  gateway: Gateway,
  call: Call,
  of: { readonly knowledgeBaseId: string; readonly dataSourceId: string },
  operation: "list" | "get",
): Reply {
  const ledger = new DocumentLedger(gateway.account, of.knowledgeBaseId, of.dataSourceId);
  if (operation === "list") {
    const { items, nextToken } = page(call, ledger.entries());
    return reply(call, { documentDetails: items.map(([uri, one]) => detail(of, uri, one)), nextToken });
  }
  const { documentIdentifiers } = readJson(call, ["documentIdentifiers"]);
  if (
    !Array.isArray(documentIdentifiers) ||
    documentIdentifiers.length < 1 ||
    documentIdentifiers.length > MAX_IDENTIFIERS
  )
    throw invalid(`documentIdentifiers must be 1 to ${MAX_IDENTIFIERS}.`);
  const uris = documentIdentifiers.map(uriOf);
  return reply(call, { documentDetails: uris.map((uri) => detail(of, uri, ledger.get(uri))) });
}

function uriOf(identifier: unknown): string {
  const { dataSourceType, s3 } = only(identifier, ["dataSourceType", "s3"], "a document identifier");
  if (dataSourceType !== "S3" || !isJson(s3))
    throw invalid("The data source's type is S3: name documents so.");
  return textOf(only(s3, ["uri"], "s3")["uri"], "s3.uri");
}

const detail = (of: object, uri: string, document: IngestedDocument | undefined): object => ({
  ...of,
  identifier: { dataSourceType: "S3", s3: { uri } },
  status: document?.status ?? "NOT_FOUND",
  statusReason: document?.reason,
  updatedAt: document?.updatedAt,
});

/** A knowledge base's vector store, reached as on AWS: with the knowledge base's role, through the collection's own access checks. */
import { LOCAL_ACCOUNT } from "../../account/identity.ts";
import { AwsError, PATHS, type Gateway, type Session } from "../contract.ts";
import { textIn } from "../json.ts";
import { invalid, isJson, type Json } from "./bedrock-json.ts";
import type { KnowledgeBase } from "./bedrock-records.ts";
import { serviceSession } from "./service-sessions.ts";

export const SOURCE_URI = "x-amz-bedrock-kb-source-uri";
export const DATA_SOURCE_ID = "x-amz-bedrock-kb-data-source-id";
export const CHUNK_ID = "x-amz-bedrock-kb-chunk-id";

/** Bedrock takes on the knowledge base's role, by the role's trust policy. @throws AwsError AccessDenied */
export function knowledgeBaseSession(gateway: Gateway, { arn, roleArn, id }: KnowledgeBase): Session {
  const context = { "aws:SourceAccount": LOCAL_ACCOUNT, "aws:SourceArn": arn };
  return serviceSession(gateway, "bedrock.amazonaws.com", roleArn, `knowledge-base-${id}`, context);
}

/** Refused by the store, the bucket or the model: a fault of the set-up, not of one document. */
export class StoreRefusal extends AwsError {}

export interface Hit {
  readonly id: string;
  readonly score: number;
  readonly source: Json;
}

export class VectorStore {
  readonly #gateway: Gateway;
  readonly #session: Session;
  readonly #knowledgeBase: KnowledgeBase;

  constructor(gateway: Gateway, session: Session, knowledgeBase: KnowledgeBase) {
    this.#gateway = gateway;
    this.#session = session;
    this.#knowledgeBase = knowledgeBase;
  }

  /** An embedding by the knowledge base's model. */
  async embed(text: string): Promise<readonly number[]> {
    const { embeddingModelArn, dimensions } = this.#knowledgeBase;
    const reply = await this.#gateway.call({
      service: "bedrock",
      method: "POST",
      rawPath: `/model/${encodeURIComponent(embeddingModelArn)}/invoke`,
      body: Buffer.from(JSON.stringify({ inputText: text, dimensions, normalize: true })),
      session: this.#session,
    });
    const answer = parse(reply.body);
    if (reply.status === 403)
      throw new StoreRefusal(
        "AccessDeniedException",
        `The knowledge base's role may not use ${embeddingModelArn}: ${message(answer)}`,
        403,
      );
    if (reply.status !== 200) throw invalid(`Embedding failed: ${message(answer)}`);
    return answer["embedding"] as number[];
  }

  async search(query: object, size: number): Promise<Hit[]> {
    const { index, fields } = this.#knowledgeBase;
    const answer = await this.#send("POST", `/${index}/_search`, {
      size,
      query,
      _source: { excludes: [fields.vector] },
    });
    const hits = (answer["hits"] as { hits: { _id: string; _score: number; _source: Json }[] }).hits;
    return hits.map(({ _id, _score, _source }) => ({ id: _id, score: _score, source: _source }));
  }

  /** The index's mapped fields by name. */
  async properties(): Promise<Json> {
    const { index } = this.#knowledgeBase;
    const answer = await this.#send("GET", `/${index}/_mapping`);
    const { mappings } = answer[index] as { mappings: { properties?: Json } };
    return mappings.properties ?? {};
  }

  /** @returns the ids that the store gave. @throws AwsError if any chunk was refused; those written are removed again. */
  async add(chunks: readonly Json[]): Promise<string[]> {
    const items = await this.#bulk(
      "index",
      chunks.flatMap((chunk) => [{ index: {} }, chunk]),
    );
    const written = items.filter((item) => item.error === undefined).map((item) => item._id);
    const fault = items.find((item) => item.error !== undefined)?.error;
    if (fault) {
      await this.remove(written);
      throw invalid(`The vector store refused a chunk: ${fault.reason}`);
    }
    return written;
  }

  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length > 0)
      await this.#bulk(
        "delete",
        ids.map((_id) => ({ delete: { _id } })),
      );
  }

  async #bulk(action: string, lines: readonly object[]) {
    const { index } = this.#knowledgeBase;
    const body = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    const answer = await this.#send("POST", `/${index}/_bulk`, body);
    return (answer["items"] as Record<string, { _id: string; error?: { reason: string } }>[]).map(
      (item) => item[action] ?? { _id: "", error: { reason: "no answer for an item" } },
    );
  }

  async #send(method: string, path: string, body?: string | object): Promise<Json> {
    const { collectionId, index } = this.#knowledgeBase;
    const reply = await this.#gateway.call({
      service: "aoss",
      method,
      rawPath: PATHS.collection(collectionId) + path,
      body: Buffer.from(body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body)),
      session: this.#session,
    });
    if (reply.status === 403)
      throw new StoreRefusal(
        "AccessDeniedException",
        `The knowledge base's role has no access to index ${index} of collection ${collectionId} (403 Forbidden).`,
        403,
      );
    const answer = parse(reply.body);
    if (reply.status >= 300) {
      const error = isJson(answer["error"]) ? answer["error"] : {};
      throw new StoreRefusal(
        "ValidationException",
        `The vector store answered ${reply.status}: ${textIn(error["reason"])}`,
      );
    }
    return answer;
  }
}

function parse(body: string | Buffer | undefined): Json {
  const value: unknown = JSON.parse(body?.toString() ?? "{}");
  return isJson(value) ? value : {};
}

const message = (answer: Json): string =>
  typeof answer["message"] === "string" ? answer["message"] : "no reason given";

/** What the functions need of AWS, behind one endpoint: answers rightly, counts, and misbehaves when it is told to. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { BrokerResponse } from "../../../runtime/contract/api.ts";
import type { RegistryItem } from "../../../runtime/contract/registry.ts";
import { grant, poolItem, registryItem } from "../../runtime/support/grants.ts";
import { Bucket } from "./bucket.ts";
import { found, Index, json } from "./engine.ts";
import { headersOf, MISBEHAVIOUR, type Misbehaviour, type Reply } from "./misbehaviour.ts";

export const TENANT = "acme";
export const DIMENSIONS = 4;
export const BUCKET = `bulkhead-test-111122223333-${TENANT}`;

/** The services, by the names that the scenarios use. */
export type Dependency =
  | "broker"
  | "registry"
  | "sts"
  | "key set"
  | "embedding model"
  | "chat model"
  | "reference corpus"
  | "tenant store"
  | "document store"
  | "document states"
  | "ingestion";

interface Asked {
  readonly dependency: Dependency;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** What to do instead of a right answer to the `nth` request (from 1) of a dependency; undefined: nothing. */
export type Decide = (dependency: Dependency, nth: number) => Misbehaviour | Reply | "after" | undefined;

const PASSAGES = {
  tenant: { text: "The deductible of Acme is $500.", uri: `s3://${BUCKET}/${TENANT}/a.md` },
  shared: { text: "A deductible is what the insured pays.", uri: "s3://reference/b.md" },
};

export class Services {
  readonly bucket = new Bucket();
  readonly index = new Index();
  readonly counts = new Map<Dependency, number>();
  readonly keys: unknown[] = [];
  tier: "silo" | "pool" = "silo";
  decide: Decide = () => undefined;
  /** Actions of a bulk request that are carried out; the others are refused. */
  bulkLimit = Infinity;
  #origin = "";
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const asked = read(request, Buffer.concat(chunks));
      const nth = (this.counts.get(asked.dependency) ?? 0) + 1;
      this.counts.set(asked.dependency, nth);
      const instead = this.decide(asked.dependency, nth);
      if (typeof instead === "object")
        response.writeHead(instead.status, headersOf(instead)).end(instead.body);
      else if (instead === "after") {
        // Done, and the answer is lost.
        this.#answer(asked);
        response.destroy();
      } else if (instead !== undefined) MISBEHAVIOUR[instead](response, this.#answer(asked, true));
      else {
        const good = this.#answer(asked);
        response.writeHead(good.status, headersOf(good)).end(good.body);
      }
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.#server.unref();
    this.#origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this.#origin;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Forgets counts, documents and faults. */
  reset(): void {
    this.counts.clear();
    this.bucket.objects.clear();
    this.index.documents.clear();
    this.decide = () => undefined;
    this.bulkLimit = Infinity;
  }

  /** @param dry the answer alone, nothing is changed by it */
  #answer(asked: Asked, dry = false): Reply {
    switch (asked.dependency) {
      case "broker":
        return json({ granted: true, grant: grant(TENANT) } satisfies BrokerResponse);
      case "registry":
        return json({ Item: marshall(this.#item()) });
      case "sts":
        return { status: 200, type: "text/xml", body: assumed() };
      case "key set":
        return json({ keys: this.keys });
      case "embedding model":
        return json({ embedding: [1, 0, 0, 0], inputTextTokenCount: 3 });
      case "chat model":
        return json({
          output: {
            message: { role: "assistant", content: [{ text: "It is $500 [1]. The insured pays [2]." }] },
          },
          stopReason: "end_turn",
          usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
        });
      case "reference corpus": {
        const { text, uri } = PASSAGES.shared;
        const location = { type: "S3", s3Location: { uri } };
        return json({ retrievalResults: [{ content: { text }, location, score: 0.9 }] });
      }
      case "tenant store":
        return this.#engine(asked, dry);
      case "document store":
        if (dry && asked.method !== "GET") return { status: 200, type: "application/xml", body: "<Done/>" };
        return this.bucket.answer({ ...asked, key: decodeURIComponent(asked.path).slice(BUCKET.length + 2) });
      case "document states":
        return json({ documentDetails: [] });
      case "ingestion":
        return json({
          ingestionJob: {
            knowledgeBaseId: "KB1",
            dataSourceId: "DS1",
            ingestionJobId: "JOB1",
            status: "STARTING",
          },
        });
    }
  }

  #engine({ path, body }: Asked, dry: boolean): Reply {
    if (path.endsWith("/_bulk"))
      return dry ? json({ errors: false, items: [] }) : this.index.bulk(body.toString(), this.bulkLimit);
    const text = body.toString();
    // Ingestion asks by a document's key, everybody else for passages or records.
    const key = /"key":"([^"]*)"/.exec(text)?.[1];
    if (key !== undefined) return this.index.find(key);
    const source = {
      text: PASSAGES.tenant.text,
      tenant_id: TENANT,
      "x-amz-bedrock-kb-source-uri": PASSAGES.tenant.uri,
    };
    return json(found([{ _id: "chunk-1", _score: 1, _source: source }]));
  }

  #item(): RegistryItem {
    const endpoint = `${this.#origin}/_store`;
    const silo = registryItem(TENANT);
    return this.tier === "silo"
      ? registryItem(TENANT, { store: { ...silo.store, endpoint } })
      : poolItem(TENANT, { store: { kind: "pool", endpoint, index: `kb.${TENANT}` } });
  }
}

function read(request: IncomingMessage, body: Buffer): Asked {
  const url = new URL(request.url ?? "/", "http://localhost");
  const method = request.method ?? "";
  const path = (request.url ?? "/").split("?")[0]!;
  const common = { method, path, query: url.searchParams, headers: request.headers, body };
  const dependency = BY_PATH.find(([pattern]) => pattern.test(`${method} ${path}`))?.[1];
  if (dependency) return { ...common, dependency };
  return { ...common, dependency: request.headers["x-amz-target"] === undefined ? "sts" : "registry" };
}

const BY_PATH: readonly (readonly [RegExp, Dependency])[] = [
  [/^POST \/2015-03-31\/functions\//, "broker"],
  [/^GET .*\/\.well-known\/jwks\.json$/, "key set"],
  [/^POST \/model\/.*\/invoke$/, "embedding model"],
  [/^POST \/model\/.*\/converse$/, "chat model"],
  [/^POST \/knowledgebases\/[^/]+\/retrieve$/, "reference corpus"],
  [/^\w+ \/_store\//, "tenant store"],
  [/^PUT \/knowledgebases\/.*\/ingestionjobs\/?$/, "ingestion"],
  [/^POST \/knowledgebases\/.*\/(?:documents|ingestionjobs)\/?$/, "document states"],
  [new RegExp(`^\\w+ /${BUCKET}(?:/|$)`), "document store"],
];

function assumed(): string {
  const expiration = new Date(Date.now() + 900_000).toISOString();
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>AKIDTENANT</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>session</SessionToken><Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
}

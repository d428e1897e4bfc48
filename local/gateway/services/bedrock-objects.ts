/** Reads a data source's bucket with the knowledge base's role: the S3 client of the SDK, whose requests go to the account's S3 in process. */
import { Readable } from "node:stream";
import { GetObjectCommand, paginateListObjectsV2, S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../../account/identity.ts";
import type { Gateway, Session } from "../contract.ts";
import type { DataSource } from "./bedrock-records.ts";
import { StoreRefusal } from "./bedrock-store.ts";

export interface ObjectEntry {
  readonly key: string;
  readonly etag: string;
}

export class DocumentBucket {
  readonly #client: S3Client;
  readonly #source: DataSource;

  constructor(gateway: Gateway, session: Session, source: DataSource) {
    this.#source = source;
    this.#client = new S3Client({
      region: LOCAL_REGION,
      endpoint: gateway.origin,
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: session,
      requestHandler: inProcess(gateway, session),
    });
  }

  uri(key: string): string {
    return `s3://${this.#source.bucket}/${key}`;
  }

  /** Objects under the data source's prefix. @throws StoreRefusal */
  list(): Promise<ObjectEntry[]> {
    const { bucket, prefix } = this.#source;
    return this.#refusals(`list ${this.uri(prefix)}`, async () => {
      const found: ObjectEntry[] = [];
      const input = {
        Bucket: bucket,
        ExpectedBucketOwner: LOCAL_ACCOUNT,
        ...(prefix === "" ? {} : { Prefix: prefix }),
      };
      for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#client }, input))
        for (const { Key, ETag } of Contents)
          if (Key !== undefined && !Key.endsWith("/")) found.push({ key: Key, etag: ETag ?? "" });
      return found;
    });
  }

  /** @throws StoreRefusal */
  read(key: string): Promise<Uint8Array> {
    return this.#refusals(`read ${this.uri(key)}`, async () => {
      const { Body } = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#source.bucket, Key: key, ExpectedBucketOwner: LOCAL_ACCOUNT }),
      );
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    });
  }

  close(): void {
    this.#client.destroy();
  }

  async #refusals<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof S3ServiceException)) throw error;
      const status = error.$metadata.httpStatusCode ?? 400;
      throw new StoreRefusal(
        error.name,
        `The knowledge base's role could not ${what}: ${error.name}: ${error.message}`,
        status,
      );
    }
  }
}

/** The part of the SDK's HTTP request that is passed on. */
interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** An HTTP handler for the SDK that hands requests to `gateway.call`, which is authorized like any other call. */
function inProcess(gateway: Gateway, session: Session) {
  return {
    metadata: { handlerProtocol: "http/1.1" },
    updateHttpClientConfig: (): void => undefined,
    httpHandlerConfigs: (): object => ({}),
    handle: async (request: HttpRequest) => {
      const query = Object.entries(request.query ?? {}).flatMap(([name, value]) =>
        [value].flat().map((one) => (one === null ? encode(name) : `${encode(name)}=${encode(one)}`)),
      );
      const {
        status,
        headers = {},
        body = "",
      } = await gateway.call({
        service: "s3",
        method: request.method,
        rawPath: request.path,
        rawQuery: query.join("&"),
        headers: Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
        ),
        body: Buffer.alloc(0),
        session,
      });
      return {
        response: { statusCode: status, headers: { ...headers }, body: Readable.from([Buffer.from(body)]) },
      };
    },
  };
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

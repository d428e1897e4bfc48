/** The few operations of S3 that the functions use, over a map, path style. */
import { createHash } from "node:crypto";
import type { Reply } from "./misbehaviour.ts";

interface Stored {
  readonly body: Buffer;
  readonly etag: string;
}

export class Bucket {
  readonly objects = new Map<string, Stored>();

  put(key: string, body: Buffer | string): Stored {
    const bytes = Buffer.from(body);
    const stored = { body: bytes, etag: `"${createHash("md5").update(bytes).digest("hex")}"` };
    this.objects.set(key, stored);
    return stored;
  }

  /** @param path Below the bucket, decoded. */
  answer(request: {
    readonly method: string;
    readonly key: string;
    readonly query: URLSearchParams;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
    readonly body: Buffer;
  }): Reply {
    const { method, key, query, headers } = request;
    const there = this.objects.get(key);
    if (method === "GET" && query.has("list-type")) return this.#list(query.get("prefix") ?? "");
    if (method === "DELETE") {
      this.objects.delete(key);
      return { status: 204, type: "application/xml", body: "" };
    }
    const differs = headers["if-match"] !== undefined && headers["if-match"] !== there?.etag;
    if (method === "PUT") {
      if (differs || (headers["if-none-match"] === "*" && there)) return fault(412, "PreconditionFailed");
      const { etag } = this.put(key, request.body);
      return { status: 200, type: "application/xml", headers: { etag }, body: "" };
    }
    if (!there) return fault(404, "NoSuchKey");
    if (differs) return fault(412, "PreconditionFailed");
    const modified = { etag: there.etag, "last-modified": new Date(0).toUTCString() };
    return { status: 200, type: "application/octet-stream", headers: modified, body: there.body.toString() };
  }

  #list(prefix: string): Reply {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    const contents = keys.map((key) => {
      const { body, etag } = this.objects.get(key)!;
      return `<Contents><Key>${key}</Key><ETag>${etag.replaceAll('"', "&quot;")}</ETag><Size>${body.length}</Size><LastModified>1970-01-01T00:00:00.000Z</LastModified></Contents>`;
    });
    const body = `<?xml version="1.0"?><ListBucketResult><Name>b</Name><Prefix>${prefix}</Prefix><KeyCount>${keys.length}</KeyCount><IsTruncated>false</IsTruncated>${contents.join("")}</ListBucketResult>`;
    return { status: 200, type: "application/xml", body };
  }
}

const fault = (status: number, code: string): Reply => ({
  status,
  type: "application/xml",
  body: `<Error><Code>${code}</Code><Message>no</Message></Error>`,
});

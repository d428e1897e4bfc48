/** Requests as they go onto the wire: paths that no client library would leave alone, signed or not. */
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Request {
  readonly method: string;
  /** `https://…`, or of the embedded account `http://127.0.0.1:…`; may have a path, which comes before `path`. */
  readonly endpoint: string;
  /** `..`, `%2C` and the like are left alone. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** The id by which a log knows the request. */
  readonly requestId: string | undefined;
}

export interface Signing {
  readonly credentials: Credentials;
  readonly service: string;
  readonly region: string;
  /** Puts the signature into the query. */
  readonly presigned?: boolean;
  /** What is signed, if not what is sent. */
  readonly signedPath?: string;
}

const TIMEOUT_MS = 30_000;
/** How often a throttled request is sent, and half of the first wait. */
const ATTEMPTS = 6;
const WAIT_MS = 25;
const THROTTLED =
  /Throttl|throttling_exception|TooManyRequests|SlowDown|ProvisionedThroughputExceeded|Rate exceeded/;
const AGENTS = {
  "http:": new http.Agent({ keepAlive: true }),
  "https:": new https.Agent({ keepAlive: true }),
};

/** Sends a request; without `signing`, as it is. */
export async function send(request: Request, signing?: Signing): Promise<Answer> {
  const { endpoint, path } = request;
  const { protocol, host, hostname, port, pathname } = new URL(endpoint);
  const base = pathname.replace(/\/$/, "");
  const parts = { protocol, host, hostname, port, path: base + path };
  const signed = signing ? await sign(request, signing, { ...parts, base }) : request;
  const query = queryOf(signed.query ?? {});
  const attempt = (): Promise<Answer> =>
    exchange(
      { protocol, hostname, port, path: parts.path + (query === "" ? "" : `?${query}`) },
      {
        method: request.method,
        headers: { host, ...signed.headers },
        body: request.body,
      },
    );
  for (let sent = 1; ; sent++) {
    // A kept connection may end just when it is used again.
    const answer = await attempt().catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
      return attempt();
    });
    if (sent === ATTEMPTS || !isThrottled(answer)) return answer;
    await sleep(WAIT_MS * 2 ** sent);
  }
}

/** One request too many: nobody has looked at what it asks. */
const isThrottled = ({ status, body }: Answer): boolean =>
  // An answer to HEAD has no words.
  ((status === 429 || status === 503) && body === "") ||
  ([400, 429, 503].includes(status) && THROTTLED.test(body.slice(0, 600)));

async function sign(
  { method, query = {}, headers = {}, body = "" }: Request,
  { credentials, service, region, presigned = false, signedPath }: Signing,
  at: { protocol: string; host: string; hostname: string; port: string; path: string; base: string },
) {
  // S3 signs a path as it is; all others encode it once more.
  const signer = new SignatureV4({
    service,
    region,
    credentials,
    sha256: Sha256,
    uriEscapePath: service !== "s3",
  });
  const unsigned = {
    method,
    protocol: at.protocol,
    hostname: at.hostname,
    ...(at.port === "" ? {} : { port: Number(at.port) }),
    path: signedPath === undefined ? at.path : at.base + signedPath,
    query: { ...query },
    headers: {
      host: at.host,
      ...headers,
      // Who signs a URL does not know what will be sent.
      ...(presigned ? { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } : {}),
    },
    body,
  };
  return presigned ? signer.presign(unsigned, { expiresIn: 60 }) : signer.sign(unsigned);
}

function queryOf(query: Readonly<Record<string, unknown>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join("&");
}

function exchange(
  to: { protocol: string; hostname: string; port: string; path: string },
  { method, headers, body }: { method: string; headers: Record<string, string>; body: string | undefined },
): Promise<Answer> {
  const secure = to.protocol === "https:";
  return new Promise((resolve, reject) => {
    const sent = (secure ? https : http).request(
      {
        hostname: to.hostname,
        port: to.port,
        path: to.path,
        method,
        headers: { ...headers, "content-length": String(Buffer.byteLength(body ?? "")) },
        agent: secure ? AGENTS["https:"] : AGENTS["http:"],
        timeout: TIMEOUT_MS,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          const id = response.headers["x-amzn-requestid"] ?? response.headers["x-amz-request-id"];
          const inBody = /"request-id":"([^"]+)"/.exec(text)?.[1];
          resolve({
            status: response.statusCode ?? 0,
            body: text,
            requestId: typeof id === "string" ? id : inBody,
          });
        });
      },
    );
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    sent.on("error", reject);
    sent.end(body);
  });
}

/** One port for HTTP/1.1 and for HTTP/2 with prior knowledge, which some of the AWS SDK's clients speak. */
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AwsError, type Reply } from "./contract.ts";
import { portHolder } from "./port-holder.ts";

/** A request as it came in, before anyone knows who sent it. */
export interface RawRequest {
  readonly method: string;
  /** As on the wire, without the query. Never passed through `URL`, which would fold `..` in an object's key. */
  readonly rawPath: string;
  readonly rawQuery: string;
  /** Lower-case names; `host` also where HTTP/2 calls it `:authority`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Lower-case names of fields that came more than once: signatures can't tell which one counts. */
  readonly repeated: readonly string[];
  readonly body: Buffer;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Answers a request; must not throw. */
  readonly answer: (request: RawRequest) => Promise<Reply>;
  /** Answers a request whose body could not be taken. */
  readonly refuse: (head: Omit<RawRequest, "body">, error: AwsError) => Reply;
  /** How long a client may take to send a request's head. @default 15000 */
  readonly headMilliseconds?: number;
}

export interface Listener {
  readonly port: number;
  /** Takes no more connections, lets requests under way end for a moment, then cuts the rest. */
  close(): Promise<void>;
}

type Request = http.IncomingMessage;
type Response = http.ServerResponse;

/** Requests beyond it are refused; AWS's own limits are below it, except S3's for a single object. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 60_000;
const HEADERS_TIMEOUT_MS = 15_000;
/** Longer than clients keep a connection: one that is closed while a request is on its way loses the request. */
const KEEP_ALIVE_MS = 75_000;
const FIRST_BYTES_TIMEOUT_MS = 15_000;
const CHECK_MS = 5_000;
const CLOSE_GRACE_MS = 2_000;

export async function listen(options: ListenOptions): Promise<Listener> {
  const sockets = new Set<net.Socket>();
  let underWay = 0;
  const onRequest = (request: Request, response: Response): void => {
    underWay += 1;
    void respond(options, request, response).finally(() => (underWay -= 1));
  };
  const headersTimeout = options.headMilliseconds ?? HEADERS_TIMEOUT_MS;
  const h1 = http.createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout,
      connectionsCheckingInterval: Math.min(CHECK_MS, headersTimeout),
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: 32 * 1024,
    },
    onRequest,
  );
  // Node looks for requests that take too long from the moment a server listens: this one is handed its connections instead.
  h1.emit("listening");
  const h2 = http2.createServer({ maxSessionMemory: 256 }, (request, response) => {
    // Node's compatibility classes have the shape of HTTP/1's for all that is used here.
    onRequest(request as unknown as Request, response as unknown as Response);
  });
  h2.on("session", (session) =>
    session.on("error", () => {
      session.destroy();
    }),
  );
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    tellApart(socket, h1, h2);
  });
  await bind(server, options);
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    close: async () => {
      const closed = new Promise<void>((resolve) =>
        server.close(() => {
          resolve();
        }),
      );
      const deadline = Date.now() + CLOSE_GRACE_MS;
      while (underWay > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
      for (const socket of sockets) socket.destroy();
      await closed;
      h1.close();
      h2.close();
    },
  };
}

function bind(server: net.Server, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "EADDRINUSE"
          ? `port ${port} is in use${holderOf(port)}: stop what listens there, or choose another port (BULKHEAD_PORT)`
          : error.code === "EACCES"
            ? `port ${port} needs more rights than this user has: choose a port above 1023 (BULKHEAD_PORT)`
            : error.message;
      reject(new Error(`The gateway can't listen on ${host}: ${why}.`, { cause: error }));
    });
    server.listen({ host, port }, resolve);
  });
}

function holderOf(port: number): string {
  const holder = portHolder(port);
  return holder ? ` by process ${holder.pid} (${holder.command})` : "";
}

/** HTTP/2 with prior knowledge opens with "PRI": three bytes tell it from every HTTP/1.1 method. */
function tellApart(socket: net.Socket, h1: http.Server, h2: http2.Http2Server): void {
  socket.setTimeout(FIRST_BYTES_TIMEOUT_MS, () => {
    socket.destroy();
  });
  let seen: Buffer = Buffer.alloc(0);
  const look = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = Buffer.concat([seen, chunk]);
    if (seen.length < 3) return;
    socket.off("readable", look);
    socket.setTimeout(0);
    socket.removeAllListeners("timeout");
    socket.unshift(seen);
    (seen.toString("latin1", 0, 3) === "PRI" ? h2 : h1).emit("connection", socket);
  };
  socket.on("readable", look);
}

async function respond(options: ListenOptions, request: Request, response: Response): Promise<void> {
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  const head = headOf(request);
  let reply: Reply;
  try {
    reply = await options.answer({ ...head, body: await readBody(request) });
  } catch (error) {
    if (!(error instanceof AwsError)) return void request.destroy();
    reply = options.refuse(head, error);
  }
  await write(head.method, request, response, reply);
}

function headOf(request: Request): Omit<RawRequest, "body"> {
  const target = request.url ?? "/";
  const query = target.indexOf("?");
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || name.startsWith(":")) continue;
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  const authority = request.headers[":authority"];
  if (typeof authority === "string") {
    // Under its own name too: signers on HTTP/2 sign it in place of `host`. HTTP/1 can't carry a field of that name.
    headers[":authority"] = authority;
    headers["host"] ??= authority;
  }
  const counts = new Map<string, number>();
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i]?.toLowerCase() ?? "";
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return {
    method: request.method ?? "GET",
    rawPath: query < 0 ? target : target.slice(0, query),
    rawQuery: query < 0 ? "" : target.slice(query + 1),
    headers,
    repeated: [...counts].filter(([, count]) => count > 1).map(([name]) => name),
  };
}

function tooLarge(): AwsError {
  return new AwsError(
    "RequestEntityTooLarge",
    `The request's body is larger than the gateway takes (${MAX_BODY_BYTES} bytes).`,
    413,
  );
}

async function readBody(request: Request): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

async function write(method: string, request: Request, response: Response, reply: Reply): Promise<void> {
  if (reply.stream) {
    response.writeHead(reply.status, { ...reply.headers });
    try {
      await pipeline(Readable.from(reply.stream), response);
    } catch {
      // Client or source is gone: a body that is cut off says so.
      response.destroy();
    }
    return;
  }
  const body = typeof reply.body === "string" ? Buffer.from(reply.body) : (reply.body ?? Buffer.alloc(0));
  const headers: Record<string, string> = { ...reply.headers };
  // A reply to HEAD says how long the answer to GET would be; the service sets that itself.
  if (headers["content-length"] === undefined && reply.status !== 204 && reply.status !== 304) {
    headers["content-length"] = String(body.length);
  }
  if (!request.complete && request.httpVersionMajor === 1) headers["connection"] = "close";
  response.writeHead(reply.status, headers);
  await new Promise<void>((resolve) => {
    response.on("close", resolve);
    if (method === "HEAD" || body.length === 0) response.end(resolve);
    else response.end(body, resolve);
  });
  // What is left of a refused body is not read to its end.
  if (!request.complete) request.destroy();
}

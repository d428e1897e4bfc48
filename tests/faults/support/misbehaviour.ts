/** Ways in which a service fails, as they look on the wire. */
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export interface Reply {
  readonly status: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

type Misbehave = (response: ServerResponse, good: Reply) => unknown;

const HTML = "<!DOCTYPE html><html><head><title>502</title></head><body>Bad gateway</body></html>";

const faultOf = (status: number, code: string) => (response: ServerResponse, good: Reply) => {
  const isXml = good.type?.includes("xml") === true;
  const body = isXml
    ? `<ErrorResponse><Error><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`
    : JSON.stringify({ __type: code, message: "no" });
  const headers = {
    "content-type": isXml ? "application/xml" : "application/json",
    "x-amzn-errortype": code,
  };
  response.writeHead(status, headers).end(body);
};

/** By name. Each has the reply that would have been right. */
export const MISBEHAVIOUR = {
  unavailable: faultOf(503, "ServiceUnavailableException"),
  broken: faultOf(500, "InternalServerError"),
  throttled: faultOf(429, "ThrottlingException"),
  refused: faultOf(403, "AccessDeniedException"),
  /** Takes the request and never answers. */
  silent: () => undefined,
  /** Sends the beginning of an answer, and nothing more. */
  stalled: (response, good) => {
    response.writeHead(good.status, { ...headersOf(good), "content-length": `${lengthOf(good)}` });
    response.write(halfOf(good));
  },
  /** Closes the connection instead of an answer. */
  dropped: (response) => response.destroy(),
  /** Closes the connection in the middle of the answer. */
  cut: async (response, good) => {
    response.writeHead(good.status, { ...headersOf(good), "content-length": `${lengthOf(good)}` });
    response.write(halfOf(good));
    await sleep(5);
    response.destroy();
  },
  /** A page of some proxy, under a status that says that all is well. */
  html: (response) => response.writeHead(200, { "content-type": "text/html" }).end(HTML),
  /** The first half of the answer, as if it were all. */
  truncated: (response, good) => response.writeHead(good.status, headersOf(good)).end(halfOf(good)),
  empty: (response, good) => response.writeHead(good.status, headersOf(good)).end(),
  /** Well-formed, and of no operation. */
  nothing: (response, good) =>
    response.writeHead(200, headersOf(good)).end(good.type?.includes("xml") === true ? "<Nothing/>" : "{}"),
} as const satisfies Readonly<Record<string, Misbehave>>;

export type Misbehaviour = keyof typeof MISBEHAVIOUR;

export function headersOf({ type = "application/json", headers }: Reply): Record<string, string> {
  return { "content-type": type, ...headers };
}

const lengthOf = ({ body }: Reply): number => Math.max(2, Buffer.byteLength(body));
const halfOf = ({ body }: Reply): string => body.slice(0, Math.max(1, Math.floor(body.length / 2)));

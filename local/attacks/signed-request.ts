import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import { request } from "node:http";
import type { Stage } from "./stage.ts";

export interface RawRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** As it goes onto the wire: `..`, `%2C` and the like are left alone, which no client library does. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
}

export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

/** Signs and sends one request to a loopback address, path untouched. */
export async function signedRequest(
  origin: string,
  service: string,
  config: ReturnType<Stage["asRole"]>,
  { method, path, body = "", contentType = "application/json" }: RawRequest,
): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(origin);
  const signer = new SignatureV4({
    service,
    region: config.region,
    credentials: config.credentials,
    sha256: Sha256,
  });
  const { headers } = await signer.sign({
    method,
    protocol: "http:",
    hostname,
    port: Number(port),
    path,
    query: {},
    headers: { host, ...(body === "" ? {} : { "content-type": contentType }) },
    body,
  });
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

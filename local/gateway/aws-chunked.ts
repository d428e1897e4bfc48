/** Bodies that the AWS SDK sends in chunks with a checksum after them (`Content-Encoding: aws-chunked`). */
import { AwsError } from "./contract.ts";
import type { RawRequest } from "./listener.ts";

/**
 * The request with its body put together and the trailing checksum among its headers; a request of another kind as it is.
 * Source: Amazon S3 API reference, "Signature calculations: trailing headers".
 */
export function decodeAwsChunked(request: RawRequest): RawRequest {
  const encodings = (request.headers["content-encoding"] ?? "").split(",").map((each) => each.trim());
  if (request.headers["x-amz-content-sha256"] !== "STREAMING-UNSIGNED-PAYLOAD-TRAILER") {
    if (encodings.includes("aws-chunked"))
      throw bad("an aws-chunked body must be sent as STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    return request;
  }
  const { body, trailers } = decode(request.body);
  const declared = request.headers["x-amz-decoded-content-length"];
  if (declared === undefined || Number(declared) !== body.length) {
    throw bad(`x-amz-decoded-content-length is ${declared ?? "missing"}, the body has ${body.length} bytes`);
  }
  const rest = encodings.filter((each) => each !== "aws-chunked").join(", ");
  return {
    ...request,
    body,
    headers: {
      ...Object.fromEntries(Object.entries(request.headers).filter(([name]) => name !== "content-encoding")),
      ...(rest !== "" && { "content-encoding": rest }),
      ...announced(trailers, request.headers["x-amz-trailer"]),
      "content-length": String(body.length),
    },
  };
}

function decode(raw: Buffer): { body: Buffer; trailers: Map<string, string> } {
  const chunks: Buffer[] = [];
  let at = 0;
  const line = (): string => {
    const end = raw.indexOf("\r\n", at);
    if (end < 0 || end - at > 1024) throw bad("a line of it does not end");
    const text = raw.toString("latin1", at, end);
    at = end + 2;
    return text;
  };
  for (;;) {
    const size = /^([0-9a-fA-F]{1,8})$/.exec(line());
    if (!size?.[1]) throw bad("a chunk's size is not a hexadecimal number");
    const length = parseInt(size[1], 16);
    if (length === 0) break;
    if (at + length + 2 > raw.length) throw bad("it ends within a chunk");
    chunks.push(raw.subarray(at, at + length));
    at += length;
    if (line() !== "") throw bad("a chunk is longer than its size says");
  }
  const trailers = new Map<string, string>();
  while (at < raw.length) {
    const text = line();
    if (text === "") continue;
    const colon = text.indexOf(":");
    if (colon < 1) throw bad("a trailer has no name");
    trailers.set(text.slice(0, colon).toLowerCase(), text.slice(colon + 1).trim());
  }
  return { body: Buffer.concat(chunks), trailers };
}

/** Only the checksum that the signed header `x-amz-trailer` announces: any other trailer would be an unsigned header. */
function announced(trailers: Map<string, string>, name: string | undefined): Record<string, string> {
  for (const each of trailers.keys()) {
    if (each !== name?.toLowerCase() || !each.startsWith("x-amz-checksum-"))
      throw bad(`trailer '${each}' is not announced`);
  }
  if (name !== undefined && trailers.size === 0) throw bad(`the announced trailer '${name}' is missing`);
  return Object.fromEntries(trailers);
}

function bad(why: string): AwsError {
  return new AwsError("IncompleteBody", `The request's aws-chunked body can't be read: ${why}.`, 400);
}

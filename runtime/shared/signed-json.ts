import type { AwsClient } from "aws4fetch";

import type { CallOptions } from "./deadline.ts";

export interface SignedAnswer<Answer> {
  readonly ok: boolean;
  readonly status: number;
  /** Undefined: it was JSON of another kind. */
  readonly answer: (Answer & { readonly __type?: string }) | undefined;
  /** The error's name, without what is before it. */
  readonly fault: string;
}

/**
 * Sends JSON as a signed request and reads JSON: for services that are called without an AWS SDK client, which would take ten times the
 * size of the whole authorizer, whose import time every cold start pays.
 * @param what as logs name the call
 */
export async function sendSigned<Answer extends object>(
  client: AwsClient,
  url: string,
  {
    what,
    headers,
    body,
  }: { readonly what: string; readonly headers: Record<string, string>; readonly body: string },
  { abortSignal, requestTimeout }: CallOptions,
): Promise<SignedAnswer<Answer>> {
  const request = await client.sign(url, { method: "POST", headers, body });
  const signal = AbortSignal.any([abortSignal, AbortSignal.timeout(requestTimeout)]);
  try {
    const response = await fetch(request, { redirect: "error", signal });
    const { ok, status } = response;
    const json: unknown = await response.json();
    const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
    const answer = isObject ? (json as SignedAnswer<Answer>["answer"]) : undefined;
    const type = response.headers.get("x-amzn-errortype") ?? answer?.__type ?? "";
    return { ok, status, answer, fault: type.slice(type.indexOf("#") + 1) };
  } catch (cause) {
    if (cause instanceof Error && cause.name === "TimeoutError") throw cause;
    // Of the kind that is worth another attempt: `fetch` reports lost connections as programming errors.
    throw new Error(`${what}: no answer, or half of one`, { cause });
  }
}

/** An answer that would be the same a second time. */
export class Refused extends Error {
  override readonly name = "Refused";
}

/** Host of a service in a region, by the region's partition. */
export function awsHost(service: string, region: string): string {
  return `${service}.${region}.${region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com"}`;
}

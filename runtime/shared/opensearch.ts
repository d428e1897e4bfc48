import { Client, errors } from "@opensearch-project/opensearch";
import { AwsSigv4Signer } from "@opensearch-project/opensearch/aws-v3";
import { z } from "zod";

import type { AwsCredentials } from "./aws-credentials.ts";
import type { CallOptions } from "./deadline.ts";
import type { Dependency } from "./dependencies.ts";
import { checkedEndpoint, localOrigin } from "./endpoints.ts";
import type { Env } from "./environment.ts";
import { isPassingStatus, retried } from "./retry.ts";

/** Where an OpenSearch API is: `aoss` is a Serverless collection, `es` a provisioned domain. */
export interface SearchEndpoint {
  readonly service: "aoss" | "es";
  readonly endpoint: string;
}

/**
 * A client of one collection or domain that signs with these credentials. It sends each request once; {@link asked} repeats.
 * @throws ConfigurationError if the endpoint is neither https nor, in an embedded account, loopback
 */
export function searchClient(
  env: Env,
  region: string,
  { service, endpoint }: SearchEndpoint,
  credentials: AwsCredentials,
  { attemptMs }: Pick<Dependency, "attemptMs">,
): Client {
  const url = checkedEndpoint(endpoint, localOrigin(env));
  return new Client({
    ...AwsSigv4Signer({ region, service, getCredentials: () => Promise.resolve(credentials) }),
    node: url.href.replace(/\/$/, ""),
    requestTimeout: attemptMs,
    maxRetries: 0,
  });
}

/** A request under way, as the client hands it out. */
interface Sent extends PromiseLike<{ readonly body: unknown }> {
  abort(): unknown;
}

/** The body of an engine's answer. The request is repeated as the dependency allows, and is given up with the call that it is for. */
export function asked(
  dependency: Dependency,
  { abortSignal }: Pick<CallOptions, "abortSignal">,
  send: () => Sent,
): Promise<unknown> {
  const once = async () => {
    const sent = send();
    const abort = () => void sent.abort();
    abortSignal.addEventListener("abort", abort, { once: true });
    try {
      return (await sent).body;
    } finally {
      abortSignal.removeEventListener("abort", abort);
    }
  };
  return retried(dependency, abortSignal, once, (error) =>
    error instanceof errors.ResponseError ? isPassingStatus(error.statusCode) : isConnectionFault(error),
  );
}

/** No answer, or only the beginning of one. */
export function isConnectionFault(error: unknown): boolean {
  return error instanceof errors.ConnectionError || error instanceof errors.TimeoutError;
}

/** A search's answer that is whole: every shard answered, and in time. With less, what is missing would look as if it were not there. */
export const searchAnswer = <Source extends z.ZodType>(source: Source) =>
  z.object({
    timed_out: z.literal(false),
    _shards: z.object({ failed: z.literal(0) }),
    hits: z.object({ hits: z.array(z.object({ _id: z.string().min(1), _source: source })) }),
  });

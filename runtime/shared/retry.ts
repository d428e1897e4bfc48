import pRetry from "p-retry";

import type { Dependency } from "./dependencies.ts";

const FIRST_WAIT_MS = 50;

/** Answers that say: not now. OpenSearch and DynamoDB alike. */
export function isPassingStatus(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501);
}

/**
 * Repeats a request as often as its dependency allows, after waits that double and are jittered: for services that are
 * called without an AWS SDK client, which does the same by itself.
 * @param mayPass whether a failure is worth another attempt
 * @throws what the last attempt threw, or the signal's reason
 */
export function retried<T>(
  { attempts }: Dependency,
  signal: AbortSignal,
  attempt: () => Promise<T>,
  mayPass: (error: Error) => boolean,
): Promise<T> {
  return pRetry(attempt, {
    retries: attempts - 1,
    minTimeout: FIRST_WAIT_MS,
    randomize: true,
    signal,
    shouldRetry: ({ error }) => mayPass(error),
  });
}

import type { Dependency } from "./dependencies.ts";
import { BulkheadError, DependencyTimeout, DependencyUnavailable } from "./errors.ts";

/** What an AWS SDK client's `send` takes: the end of the whole call, and the time for one attempt. */
export interface CallOptions {
  readonly abortSignal: AbortSignal;
  readonly requestTimeout: number;
}

/** For a call that is part of no longer one. */
export const UNBOUND = new AbortController().signal;

/**
 * Calls a dependency within its time and within `outer`, also where it doesn't heed its signal.
 * @throws DependencyTimeout if it took too long
 * @throws DependencyUnavailable if it failed in any other way; a BulkheadError passes as it is
 */
export async function within<T>(
  { name, attemptMs, totalMs }: Dependency,
  outer: AbortSignal,
  run: (options: CallOptions) => Promise<T>,
): Promise<T> {
  const failed = new AbortController();
  const signal = AbortSignal.any([outer, AbortSignal.timeout(totalMs), failed.signal]);
  const late = Promise.withResolvers<never>();
  const onAbort = () => {
    late.reject(new DependencyTimeout(name));
  };
  if (signal.aborted) throw new DependencyTimeout(name);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([run({ abortSignal: signal, requestTimeout: attemptMs }), late.promise]);
  } catch (cause) {
    // Read anew: it may have aborted meanwhile.
    const timedOut = (signal as { aborted: boolean }).aborted || isTimeout(cause);
    // What ran beside the part that failed has nobody to answer to.
    failed.abort();
    if (cause instanceof BulkheadError) throw cause;
    throw new (timedOut ? DependencyTimeout : DependencyUnavailable)(name, { cause });
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** The AWS SDK gives lost and refused connections this name too, beside the code that tells what they are. */
function isTimeout(error: unknown): boolean {
  if (!(error instanceof Error) || !/^Timeout(Error)?$/.test(error.name)) return false;
  return !["ECONNRESET", "ECONNREFUSED", "EPIPE"].includes(String((error as { code?: unknown }).code));
}

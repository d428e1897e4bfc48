import { BulkheadError, DependencyTimeout, DependencyUnavailable } from "./errors.ts";

/**
 * Calls a dependency within `milliseconds` and within `outer`, also where it doesn't heed its signal.
 * @throws DependencyTimeout if it took too long
 * @throws DependencyUnavailable if it failed in any other way; a BulkheadError passes as it is
 */
export async function within<T>(
  dependency: string,
  milliseconds: number,
  outer: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.any([outer, AbortSignal.timeout(milliseconds)]);
  const late = Promise.withResolvers<never>();
  const onAbort = () => {
    late.reject(new DependencyTimeout(dependency));
  };
  if (signal.aborted) throw new DependencyTimeout(dependency);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([run(signal), late.promise]);
  } catch (cause) {
    if (cause instanceof BulkheadError) throw cause;
    // Read anew: it may have aborted meanwhile.
    const timedOut =
      (signal as { aborted: boolean }).aborted ||
      (cause instanceof Error && /^Timeout(Error)?$/.test(cause.name));
    throw new (timedOut ? DependencyTimeout : DependencyUnavailable)(dependency, { cause });
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

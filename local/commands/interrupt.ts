import process from "node:process";

/** Exit code of a command that was interrupted, as shells give it for SIGINT. */
const INTERRUPTED = 130;

/**
 * Runs `work` with a signal that aborts on Ctrl-C, SIGTERM and SIGHUP, so that it can end what it started. A second
 * Ctrl-C ends at once.
 */
export async function interruptible(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const controller = new AbortController();
  const { signal: interrupted } = controller;
  const stop = (): void => {
    if (interrupted.aborted) process.exit(INTERRUPTED);
    process.stderr.write("\nStopping…\n");
    controller.abort(new Error("Interrupted."));
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work(interrupted);
  } catch (error) {
    if (interrupted.aborted) return INTERRUPTED;
    throw error;
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

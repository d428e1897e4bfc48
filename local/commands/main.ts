import process from "node:process";

/** Runs a command: its number is the exit code; an error is told in its own words, never as a stack trace. */
export async function main(run: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    if (process.env["BULKHEAD_DEBUG"] && error instanceof Error)
      process.stderr.write(`${error.stack ?? ""}\n`);
    process.exitCode = 1;
  }
}

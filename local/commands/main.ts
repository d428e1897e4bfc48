import process from "node:process";
import { storageFault } from "../toolchain/storage-fault.mjs";

/** Runs a command: its number is the exit code; an error is told in its own words, never as a stack trace. */
export async function main(run: () => Promise<number>): Promise<void> {
  surviveOutput();
  try {
    process.exitCode = await run();
  } catch (error) {
    const told = storageFault(error) ?? (error instanceof Error ? error.message : String(error));
    process.stderr.write(`${told}\n`);
    if (process.env["BULKHEAD_DEBUG"] && error instanceof Error)
      process.stderr.write(`${error.stack ?? ""}\n`);
    process.exitCode = 1;
  }
}

/** Output that nobody takes any more (`| head`), or that a full disk does not take, ends the command like Ctrl-C does. */
function surviveOutput(): void {
  let told = false;
  const onError = (error: Error): void => {
    if (told) return;
    told = true;
    const reason = storageFault(error, "the command's output");
    if (reason !== undefined) process.stderr.write(`${reason}\n`);
    process.exitCode = 1;
    process.kill(process.pid, "SIGTERM");
  };
  process.stdout.on("error", onError);
  process.stderr.on("error", onError);
}

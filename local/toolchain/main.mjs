/** What both entries share: signals, one message on failure, the exit code. */
import process from "node:process";
import { inspect } from "node:util";
import { ToolchainFailure } from "./failure.mjs";
import { handleSignals } from "./processes.mjs";
import { storageFault } from "./storage-fault.mjs";

/** @param {() => Promise<number>} work returns the exit code */
export async function main(work) {
  handleSignals();
  try {
    process.exitCode = await work();
  } catch (error) {
    const told = error instanceof ToolchainFailure ? error.message : storageFault(error);
    // Anything else is a fault of the toolchain itself, whose trace helps to mend it.
    process.stderr.write(`${told ?? inspect(error)}\n`);
    process.exitCode = 1;
  }
}

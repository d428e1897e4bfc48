import * as pulumi from "@pulumi/pulumi";

/** What is wrong with settings and tenants' files is told in its own words; the engine adds a stack trace to other errors. */
export function told<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const fault = new pulumi.RunError(error instanceof Error ? error.message : String(error));
    // Nobody is shown it, yet the runtime formats it in colors, on which Node 22 spends half a minute and a gigabyte.
    delete fault.stack;
    throw fault;
  }
}

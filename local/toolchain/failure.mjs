/** A failure that is told to the user as it is, without a stack trace. */
export class ToolchainFailure extends Error {
  /** @param {string} message what failed, what was tried, what to do */
  constructor(message) {
    super(message);
    this.name = "ToolchainFailure";
  }
}

/**
 * One message for a tool that could not be had.
 * @param {string} need what is missing, as a sentence
 * @param {readonly { what: string, why: string }[]} attempts in the order in which they were made
 * @param {string} remedy what to install, as a sentence
 */
export function notFound(need, attempts, remedy) {
  const tried = attempts.map(({ what, why }) => `  - ${what}: ${why}`);
  return new ToolchainFailure([need, "Tried:", ...tried, remedy].join("\n"));
}

import Mocha from "mocha";

/** Mocha's `spec` report with a last line that a program can read: `N passed, N failed`, and `, N skipped` when any was. */
export default class ClosingLine extends Mocha.reporters.Spec {
  override epilogue(): void {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    const skipped = pending > 0 ? `, ${pending} skipped` : "";
    process.stdout.write(`${passes} passed, ${failures} failed${skipped}\n`);
  }
}

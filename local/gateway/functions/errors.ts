import { AwsError } from "../contract.ts";

/** What Lambda answers when the function itself failed. A stack stays in the function's log. */
export interface FailurePayload {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** The function ran and failed: threw, timed out, crashed or could not be loaded. */
export class FunctionError extends AwsError {
  readonly payload: FailurePayload;

  constructor(payload: FailurePayload) {
    super("FunctionError", `${payload.errorType}: ${payload.errorMessage}`, 502);
    this.payload = payload;
  }
}

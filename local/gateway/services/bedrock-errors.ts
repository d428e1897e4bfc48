import { AwsError, type Call } from "../contract.ts";

/** A request that names an operation which the embedded account lacks. */
export const unserved = (call: Call): AwsError =>
  new AwsError(
    "UnknownOperationException",
    `The embedded account does not serve ${call.method} ${call.rawPath} of Bedrock.`,
    404,
  );

import { BulkheadError } from "./errors.ts";

/** Structured logging: one JSON object a line. Never a token, a credential, a question or a document's text. */
export type Fields = Readonly<Record<string, unknown>>;

export function log(kind: "audit" | "error" | "info", fields: Fields): void {
  console.log(JSON.stringify({ kind, time: new Date().toISOString(), ...fields }));
}

/**
 * An error for the log. The text of errors from libraries is left out where it can quote what was sent (parsers, search engines):
 * their names, codes and places in the code stay.
 */
export function describeError(error: unknown, depth = 0): Fields {
  if (!(error instanceof Error)) return { name: typeof error };
  const { code, statusCode, $metadata } = error as {
    code?: unknown;
    statusCode?: unknown;
    $metadata?: { httpStatusCode?: number; requestId?: string };
  };
  const quotesNothing =
    error instanceof BulkheadError || /^(AccessDenied|ResourceNotFound|Throttling|Expired)/.test(error.name);
  return {
    name: error.name,
    ...(quotesNothing && { message: error.message }),
    ...(typeof code === "string" && { code }),
    ...(typeof statusCode === "number" && { status: statusCode }),
    ...($metadata && { status: $metadata.httpStatusCode, awsRequestId: $metadata.requestId }),
    ...(error.cause !== undefined && depth < 4
      ? { cause: describeError(error.cause, depth + 1) }
      : {
          at: error.stack
            ?.split("\n")
            .filter((line) => line.startsWith("    at "))
            .slice(0, 4),
        }),
  };
}

import { errors } from "@opensearch-project/opensearch";

import { UNBOUND } from "../shared/deadline.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import { isConnectionFault } from "../shared/opensearch.ts";
import { retried } from "../shared/retry.ts";

/** What an engine answered, refusals too. */
export interface Answered {
  readonly status: number;
  readonly body: unknown;
  /** The error's type; empty if there is none. */
  readonly reason: string;
}

/** A call's answer, also where the client would throw for its status. @throws Error if there was no answer */
export async function attempt(
  call: () => PromiseLike<{ statusCode: number | null; body: unknown }>,
): Promise<Answered> {
  try {
    const once = async () => call();
    const { statusCode, body: answer } = await retried(
      DEPENDENCIES.administration,
      UNBOUND,
      once,
      isConnectionFault,
    );
    return { status: statusCode ?? 0, body: answer, reason: "" };
  } catch (error) {
    if (!(error instanceof errors.ResponseError)) throw error;
    const { statusCode, body: answer } = error.meta as { statusCode: number | null; body: unknown };
    const reason = (answer as { error?: { type?: string } } | null)?.error?.type ?? "";
    return { status: statusCode ?? 0, body: answer, reason };
  }
}

/** Refused for the moment: policies take time to act, nodes are busy. */
export function isTransient({ status, reason }: Answered): boolean {
  return [403, 404, 429].includes(status) || status >= 500 || reason === "resource_already_exists_exception";
}

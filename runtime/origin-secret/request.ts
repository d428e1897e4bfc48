import { z } from "zod";

import type { OriginSecretRequest } from "../contract/edge.ts";
import { ConfigurationError } from "../shared/errors.ts";

const id = z.string().min(1).max(256);
const schema: z.ZodType<OriginSecretRequest> = z.object({
  secret: id,
  ruleGroup: z.object({ id, name: id }),
  distribution: id.exactOptional(),
});

/** @throws ConfigurationError if it is not what the program sends */
export function readRequest(event: unknown): OriginSecretRequest {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(`the event is not valid: ${z.prettifyError(parsed.error)}`);
}

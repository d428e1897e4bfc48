/** AWS JSON 1.1: the operation is a header's, the input the body's. Its inputs are judged as those of any service that takes JSON. */
import { z } from "zod";
import { judge } from "../../../runtime/contract/judge.ts";
import { AwsError, type Call, type Reply } from "../contract.ts";
import { parseJson } from "../json.ts";

/** @throws AwsError that names what is not served */
export function operationOf<Name extends string>(call: Call, prefix: string, served: readonly Name[]): Name {
  const target = call.headers["x-amz-target"] ?? "";
  const found = served.find((name) => target === `${prefix}${name}`);
  if (found === undefined)
    throw new AwsError(
      "UnknownOperationException",
      `The embedded account does not serve ${target} of service '${call.service}'; it serves ${served.join(", ")}.`,
      404,
    );
  return found;
}

/**
 * @param refusal the service's error code for an input that is not as it has to be
 * @throws AwsError for what is no such input; what is not known of it is refused, not dropped
 */
export function readInput<Schema extends z.ZodType>(
  call: Call,
  schema: Schema,
  refusal = "InvalidInputException",
): z.infer<Schema> {
  let body: unknown;
  try {
    body = parseJson(call.body.toString("utf8"));
  } catch {
    throw new AwsError("SerializationException", "The request's body is not JSON.");
  }
  const parsed = judge(schema, body);
  if (!parsed.success) throw new AwsError(refusal, z.prettifyError(parsed.error));
  return parsed.data;
}

export function jsonReply(call: Call, body: object): Reply {
  return {
    status: 200,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": call.id },
    body: JSON.stringify(body),
  };
}

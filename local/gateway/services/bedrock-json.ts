/** Requests and replies of Bedrock's REST-JSON APIs. */
import { AwsError, type Call, type Reply } from "../contract.ts";
import { parseJson } from "../json.ts";

export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const invalid = (message: string): AwsError => new AwsError("ValidationException", message);

/** The body as an object; `known` names what is served of it. */
export function readJson(call: Call, known: readonly string[]): Json {
  let body: unknown = {};
  if (call.body.length > 0) {
    try {
      body = parseJson(call.body.toString("utf8"));
    } catch {
      throw invalid("The request's body is not JSON.");
    }
  }
  return only(body, known, "the request");
}

/** An object with no other names than these: what is not understood is refused, not dropped. */
export function only(value: unknown, known: readonly string[], where: string): Json {
  if (!isJson(value)) throw invalid(`${where} must be an object.`);
  for (const [name, given] of Object.entries(value))
    if (!known.includes(name) && given !== undefined && given !== null)
      throw invalid(`The embedded account does not support '${name}' of ${where}.`);
  return value;
}

export function textOf(value: unknown, where: string): string {
  if (typeof value !== "string" || value === "") throw invalid(`${where} must be a text that is not empty.`);
  return value;
}

export function reply(call: Call, body: object, status = 200): Reply {
  return {
    status,
    headers: { "content-type": "application/json", "x-amzn-requestid": call.id },
    body: JSON.stringify(body),
  };
}

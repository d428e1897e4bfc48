/**
 * Writes what API Gateway is told of requests' bodies, from the checks of the functions themselves:
 * `node runtime/request-bodies.ts` after one of them has changed.
 */
import { writeFileSync } from "node:fs";
import { z } from "zod";

import { chatRequest } from "./agent/answer.ts";
import { documentRequest } from "./documents/request.ts";
import { inviteRequest, setGroupsRequest } from "./users/request.ts";

/** What each route takes. A route that is not here takes no body. */
export const REQUEST_BODIES: Readonly<Record<string, z.ZodType>> = {
  "POST /v1/chat": chatRequest,
  "POST /v1/documents": documentRequest,
  "POST /v1/users": inviteRequest,
  "PUT /v1/users/{id}": setGroupsRequest,
};

/**
 * The keywords that say of a body what its check says before it changes anything. Lengths and patterns are of texts that were
 * trimmed and normalized: those are left to the functions, which check all of it again.
 */
const KEYWORDS = new Set(["additionalProperties", "items", "maxItems", "properties", "required", "type"]);

/** JSON Schema draft 4, which API Gateway takes: whatever it refuses, the function would refuse. */
export function bodySchema(check: z.ZodType): object {
  const schema = z.toJSONSchema(check, { io: "input", target: "draft-4", unrepresentable: "any" });
  return outline(schema) as object;
}

function outline(schema: unknown): unknown {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword]) => KEYWORDS.has(keyword))
      .map(([keyword, value]) => [
        keyword,
        keyword === "properties"
          ? Object.fromEntries(Object.entries(value as object).map(([name, of]) => [name, outline(of)]))
          : outline(value),
      ]),
  );
}

/** All of them, as the file has them. */
export function requestBodies(): string {
  const all = Object.entries(REQUEST_BODIES).map(([route, check]) => [route, bodySchema(check)]);
  return `${JSON.stringify(Object.fromEntries(all), undefined, 2)}\n`;
}

if (import.meta.main)
  writeFileSync(new URL("contract/request-bodies.json", import.meta.url), requestBodies());

import { validateHeaderName, validateHeaderValue } from "node:http";
import { z } from "zod";
import { AwsError, type Gateway, type Reply } from "../contract.ts";
import { FunctionError } from "../functions/errors.ts";
import { invokeAsService } from "../functions/permissions.ts";
import { Late, within } from "../functions/within.ts";
import { CONNECTION_HEADERS, executeApiArn, requestParts, type FrontRequest } from "./event.ts";
import { GatewayResponse } from "./responses.ts";
import type { Route } from "./route.ts";

const Scalar = z.union([z.string(), z.number(), z.boolean()]);
const Answer = z.looseObject({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), Scalar).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(Scalar)).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/**
 * A Lambda proxy integration: the request becomes an event of payload format 1.0, the function's answer the reply.
 * @throws GatewayResponse where the function may not be invoked, fails, is late, or answers in another format.
 */
export async function invokeProxy(
  gateway: Gateway,
  request: FrontRequest,
  route: Route,
  options: {
    readonly authorizer: Readonly<Record<string, unknown>> | undefined;
    readonly binaryMediaTypes: readonly string[];
  },
): Promise<Reply> {
  const { integration, resource } = route.operation;
  const binary = isBinary(options.binaryMediaTypes, request.headers["content-type"]);
  const event = {
    ...requestParts(request, route, options.authorizer),
    body: request.body.length === 0 ? null : request.body.toString(binary ? "base64" : "utf8"),
    isBase64Encoded: binary && request.body.length > 0,
  };
  const source = resource.replaceAll(/\{[^}]+\}/g, "*").slice(1);
  const run = invokeAsService(
    gateway,
    {
      service: "apigateway.amazonaws.com",
      sourceArn: executeApiArn(request.apiId, request.stage, request.verb, source),
      function: integration.function,
      roleArn: integration.roleArn,
      tenantId: tenantOf(integration.tenantFrom, options.authorizer),
      id: request.requestId,
    },
    event,
  );
  let raw: unknown;
  try {
    raw = await within(integration.timeoutMs, run);
  } catch (error) {
    if (error instanceof Late) throw new GatewayResponse("INTEGRATION_TIMEOUT");
    if (error instanceof FunctionError) throw new GatewayResponse("DEFAULT_5XX");
    if (error instanceof AwsError)
      throw new GatewayResponse(
        error.code === "RequestTooLargeException" ? "REQUEST_TOO_LARGE" : "API_CONFIGURATION_ERROR",
      );
    throw error;
  }
  return replyOf(raw, isBinary(options.binaryMediaTypes, request.headers["accept"]));
}

/** What the authorizer says of the caller is all strings; what it doesn't say sets no header. */
function tenantOf(
  key: string | undefined,
  authorizer: Readonly<Record<string, unknown>> | undefined,
): string | undefined {
  const value = key === undefined ? undefined : authorizer?.[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function replyOf(raw: unknown, binary: boolean): Reply {
  const parsed = Answer.safeParse(raw);
  if (!parsed.success) throw new GatewayResponse("DEFAULT_5XX");
  const answer = parsed.data;
  const headers: Record<string, string> = { "content-type": "application/json" };
  const all = [...Object.entries(answer.headers ?? {}), ...Object.entries(answer.multiValueHeaders ?? {})];
  for (const [name, value] of all) {
    const text = Array.isArray(value) ? value.map(String).join(", ") : String(value);
    if (!isHeader(name, text)) throw new GatewayResponse("DEFAULT_5XX");
    if (!CONNECTION_HEADERS.has(name.toLowerCase())) headers[name.toLowerCase()] = text;
  }
  const body = answer.body ?? "";
  return {
    status: answer.statusCode,
    headers,
    // API Gateway decodes an answer only for a client that asked for a binary type.
    body: answer.isBase64Encoded === true && binary ? Buffer.from(body, "base64") : body,
  };
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

/** The first media type of a header decides; `*` in the list stands for any part. */
function isBinary(types: readonly string[], header: string | undefined): boolean {
  const media =
    /^[^,;]*/
      .exec(header ?? "")?.[0]
      .trim()
      .toLowerCase() ?? "";
  return media !== "" && types.some((type) => type === "*/*" || type.toLowerCase() === media);
}

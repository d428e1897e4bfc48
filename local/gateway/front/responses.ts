import { z } from "zod";
import type { Account } from "../../account/account.ts";
import { AwsError, type Reply } from "../contract.ts";

/** A gateway response as an API's document or an `aws.apigateway.Response` gives it. */
export const ResponseOverride = z.strictObject({
  statusCode: z.coerce.number().int().min(100).max(599).nullish(),
  responseParameters: z.record(z.string(), z.string()).nullish(),
  responseTemplates: z.record(z.string(), z.string()).nullish(),
});
export type ResponseOverride = z.infer<typeof ResponseOverride>;

/** API Gateway's own answers: status, error type, message (null where it tells none). */
const DEFAULTS = {
  MISSING_AUTHENTICATION_TOKEN: [403, "MissingAuthenticationTokenException", "Missing Authentication Token"],
  UNAUTHORIZED: [401, "UnauthorizedException", "Unauthorized"],
  ACCESS_DENIED: [403, "AccessDeniedException", "User is not authorized to access this resource"],
  AUTHORIZER_FAILURE: [500, "AuthorizerFailureException", null],
  AUTHORIZER_CONFIGURATION_ERROR: [500, "AuthorizerConfigurationException", null],
  API_CONFIGURATION_ERROR: [500, "InternalServerErrorException", "Internal server error"],
  BAD_REQUEST_BODY: [400, "BadRequestException", "Invalid request body"],
  BAD_REQUEST_PARAMETERS: [400, "BadRequestException", "Missing required request parameters"],
  INVALID_API_KEY: [403, "ForbiddenException", "Forbidden"],
  THROTTLED: [429, "TooManyRequestsException", "Too Many Requests"],
  QUOTA_EXCEEDED: [429, "LimitExceededException", "Limit Exceeded"],
  WAF_FILTERED: [403, "ForbiddenException", "Forbidden"],
  INTEGRATION_TIMEOUT: [504, "InternalServerErrorException", "Endpoint request timed out"],
  REQUEST_TOO_LARGE: [413, "RequestTooLargeException", "HTTP content length exceeded 10485760 bytes."],
  DEFAULT_4XX: [400, "BadRequestException", "Bad Request"],
  DEFAULT_5XX: [502, "InternalServerErrorException", "Internal server error"],
} as const;
export type ResponseType = keyof typeof DEFAULTS;

/** A request that API Gateway answers itself. */
export class GatewayResponse extends Error {
  override readonly name = "GatewayResponse";
  readonly type: ResponseType;
  /** In place of the type's default message. */
  readonly text: string | null;

  constructor(type: ResponseType, text: string | null = DEFAULTS[type][2]) {
    super(text ?? type);
    this.type = type;
    this.text = text;
  }
}

/** `$context` values that templates and parameters may name. */
export interface ResponseContext {
  readonly apiId: string;
  readonly stage: string;
  readonly requestId: string;
}

const RESPONSE_TYPE = "aws:apigateway/response:Response";

/** What the document and the deployed `Response` resources override; the resources come after, so they win. */
export function responseOverrides(
  account: Account,
  apiId: string,
  fromDocument: Readonly<Record<string, ResponseOverride>>,
): Readonly<Record<string, ResponseOverride>> {
  const overrides: Record<string, ResponseOverride> = { ...fromDocument };
  for (const record of account.resources(RESPONSE_TYPE)) {
    const { restApiId, responseType, statusCode, responseParameters, responseTemplates } = record.outputs;
    if (restApiId !== apiId || typeof responseType !== "string") continue;
    const parsed = ResponseOverride.safeParse({ statusCode, responseParameters, responseTemplates });
    if (!parsed.success) throw notServed(`${responseType}: ${z.prettifyError(parsed.error)}`);
    overrides[responseType] = parsed.data;
  }
  return overrides;
}

export function renderResponse(
  response: GatewayResponse,
  overrides: Readonly<Record<string, ResponseOverride>>,
  context: ResponseContext,
): Reply {
  const [status, errorType] = DEFAULTS[response.type];
  const override = overrides[response.type] ?? overrides[status < 500 ? "DEFAULT_4XX" : "DEFAULT_5XX"];
  const values: Readonly<Record<string, string>> = {
    "error.message": response.text ?? "null",
    "error.messageString": JSON.stringify(response.text),
    "error.responseType": response.type,
    requestId: context.requestId,
    extendedRequestId: context.requestId,
    apiId: context.apiId,
    stage: context.stage,
  };
  const templates = override?.responseTemplates ?? {};
  const [contentType = "application/json", template = '{"message":$context.error.messageString}'] =
    Object.entries(templates).find(([type]) => type === "application/json") ??
    Object.entries(templates)[0] ??
    [];
  const headers: Record<string, string> = { "content-type": contentType, "x-amzn-errortype": errorType };
  for (const [target, source] of Object.entries(override?.responseParameters ?? {})) {
    const name = /^gatewayresponse\.header\.([\w-]+)$/.exec(target)?.[1];
    if (name === undefined) throw notServed(target);
    headers[name.toLowerCase()] = parameter(source, values);
  }
  return { status: override?.statusCode ?? status, headers, body: render(template, values) };
}

/** `'text'` or `context.name`. */
function parameter(source: string, values: Readonly<Record<string, string>>): string {
  const value = /^'(.*)'$/.exec(source)?.[1] ?? values[/^context\.([\w.]+)$/.exec(source)?.[1] ?? ""];
  if (value === undefined) throw notServed(source);
  return value;
}

function render(template: string, values: Readonly<Record<string, string>>): string {
  if (/#(?:set|if|foreach|else|end|macro)\b/.test(template))
    throw notServed("a directive in a response template");
  return template.replaceAll(
    /\$(?:\{([^}]*)\}|([A-Za-z]\w*(?:\.\w+)*(?:\([^)]*\))?))/g,
    (match, braced, bare) => {
      const path = ((braced ?? bare) as string).replace(/^context\./, "");
      const value = values[path];
      if (value === undefined) throw notServed(`${match} in a response template`);
      return value;
    },
  );
}

function notServed(what: string): AwsError {
  return new AwsError("NotImplemented", `A gateway response with ${what} is not served locally`, 501);
}

/** One of API Gateway's own answers, as its OpenAPI extension has it. */
interface GatewayResponse {
  readonly statusCode: number;
  readonly responseParameters: Readonly<Record<string, string>>;
  readonly responseTemplates: Readonly<Record<string, string>>;
}

/**
 * What API Gateway answers by itself, in the form of every other error: problem documents with the codes and titles of
 * the functions' own (runtime/shared/errors.ts).
 */
export function gatewayResponses(): Readonly<Record<string, GatewayResponse>> {
  return {
    UNAUTHORIZED: problem(401, "invalid-token", "The access token was not accepted"),
    // A key is the authorizer's to name: none, or one that is in no plan, is a tenant that is not served (yet).
    INVALID_API_KEY: problem(403, "forbidden", "This request is not allowed"),
    EXPIRED_TOKEN: problem(403, "forbidden", "This request is not allowed"),
    INVALID_SIGNATURE: problem(403, "forbidden", "This request is not allowed"),
    WAF_FILTERED: problem(403, "forbidden", "This request is not allowed"),
    ACCESS_DENIED: problem(403, "forbidden", "This request is not allowed"),
    // What API Gateway calls a missing token is an address or a method that it has no route for.
    MISSING_AUTHENTICATION_TOKEN: problem(404, "not-found", "There is nothing at this address"),
    RESOURCE_NOT_FOUND: problem(404, "not-found", "There is nothing at this address"),
    REQUEST_TOO_LARGE: problem(413, "payload-too-large", "The request is too large"),
    UNSUPPORTED_MEDIA_TYPE: problem(415, "invalid-request", "The request is not valid"),
    // API Gateway's own words for it are not JSON, and can't stand in a problem document.
    BAD_REQUEST_BODY: problem(
      400,
      "invalid-request",
      "The request is not valid",
      "The body has to be a JSON object with the members that this request takes, each of its type, and no others.",
    ),
    BAD_REQUEST_PARAMETERS: problem(400, "invalid-request", "The request is not valid"),
    THROTTLED: problem(429, "too-many-requests", "There are too many requests; please try again later"),
    QUOTA_EXCEEDED: problem(429, "quota-exceeded", "There were too many requests this month"),
    // The authorizer decides or says that it can't, because a service that it needs failed.
    AUTHORIZER_FAILURE: problem(
      503,
      "unavailable",
      "A service that is needed is not available; please try again",
    ),
    AUTHORIZER_CONFIGURATION_ERROR: problem(500, "internal", "The request could not be completed"),
    API_CONFIGURATION_ERROR: problem(500, "internal", "The request could not be completed"),
    INTEGRATION_TIMEOUT: problem(
      504,
      "timeout",
      "A service that is needed did not answer in time; please try again",
    ),
    DEFAULT_4XX: problem(400, "invalid-request", "The request is not valid"),
    DEFAULT_5XX: problem(502, "internal", "The request could not be completed"),
  };
}

function problem(status: number, code: string, title: string, detail?: string): GatewayResponse {
  const about = { type: `urn:bulkhead:problem:${code}`, title, status };
  const body = { ...about, ...(detail === undefined ? {} : { detail }), requestId: "$context.requestId" };
  const passes = [429, 503, 504].includes(status) && code !== "quota-exceeded";
  return {
    statusCode: status,
    responseParameters: {
      "gatewayresponse.header.Content-Type": "'application/problem+json'",
      "gatewayresponse.header.Cache-Control": "'no-store'",
      ...(passes && { "gatewayresponse.header.Retry-After": "'2'" }),
    },
    responseTemplates: { "application/json": JSON.stringify(body) },
  };
}

/**
 * A line for each request of the API: who of which tenant called which route, and what became of it. No header, no query and no
 * path as it was sent, in which a document's name would stand: so no token and no text of a tenant's.
 */
export function accessLogFormat(): string {
  return JSON.stringify({
    requestId: "$context.requestId",
    time: "$context.requestTimeEpoch",
    route: "$context.httpMethod $context.resourcePath",
    status: "$context.status",
    bytes: "$context.responseLength",
    ms: "$context.responseLatency",
    integrationMs: "$context.integration.latency",
    authorizerMs: "$context.authorizer.integrationLatency",
    tenant: "$context.authorizer.tenantId",
    sub: "$context.authorizer.sub",
    firewall: "$context.waf.status",
    refusal: "$context.error.responseType",
  });
}

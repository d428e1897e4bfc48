import type { PolicyResource } from "@pulumi/policy";
import { Subject } from "../support/control.ts";
import { rule } from "../support/rule.ts";

const METHODS = new Set([
  "get",
  "put",
  "post",
  "delete",
  "options",
  "head",
  "patch",
  "trace",
  "x-amazon-apigateway-any-method",
]);

/** A route without an authorizer asks nobody who they are. */
export const apiAuthorized = rule({
  name: "api-authorized",
  description: "Every route of the API asks an authorizer, and counts against an API key.",
  severity: "critical",
  remediation:
    "Give every operation of the OpenAPI body a `security` that names a custom authorizer and the API key; a method, authorization CUSTOM and apiKeyRequired.",
  controls: ["APIGateway.8"],
  validate: ({ stack }, report) => {
    for (const resource of stack.of(["aws:apigateway/restApi:RestApi"])) {
      const api = new Subject(resource, report);
      const body = api.get("body");
      // It names the functions that the first deployment makes: it is judged at the end of that.
      if (!body.known && (resource.propertyDependencies["body"] ?? []).length > 0) continue;
      if (!body.known) api.fault("not proven: body is not known before deployment");
      else if (body.value !== undefined) for (const fault of judge(body.value)) api.fault(fault);
    }
    for (const method of stack.of(["aws:apigateway/method:Method"])) judgeMethod(method, report);
    for (const route of stack.of(["aws:apigatewayv2/route:Route"]))
      new Subject(route, report).must(
        "authorizationType",
        (value) => value === "JWT" || value === "CUSTOM",
        "asks nobody who they are",
      );
  },
});

function judgeMethod(resource: PolicyResource, report: (message: string, urn: string) => void): void {
  const method = new Subject(resource, report);
  method.must(
    "authorization",
    (value) => value === "CUSTOM" || value === "COGNITO_USER_POOLS",
    "asks nobody who they are",
  );
  method.must("apiKeyRequired", (value) => value === true, "counts against nobody's share of requests");
}

interface OpenApi {
  readonly paths?: Record<string, Record<string, { readonly security?: readonly Record<string, unknown>[] }>>;
  readonly security?: readonly Record<string, unknown>[];
  readonly components?: { readonly securitySchemes?: Record<string, Record<string, unknown>> };
}

function openApi(text: unknown): OpenApi | undefined {
  try {
    const body: unknown = typeof text === "string" ? JSON.parse(text) : text;
    return typeof body === "object" && body !== null && "paths" in body ? (body as OpenApi) : undefined;
  } catch {
    return undefined;
  }
}

function judge(text: unknown): readonly string[] {
  const body = openApi(text);
  if (body === undefined) return ["not proven: body is not understood: expected OpenAPI as JSON"];
  const schemes = body.components?.securitySchemes ?? {};
  const authorizers = Object.keys(schemes).filter(
    (name) => "x-amazon-apigateway-authorizer" in (schemes[name] ?? {}),
  );
  const faults: string[] = [];
  for (const [path, operations] of Object.entries(body.paths ?? {}))
    for (const [method, operation] of Object.entries(operations)) {
      if (!METHODS.has(method)) continue;
      // Each of the list is enough by itself.
      const asked = operation.security ?? body.security ?? [];
      const where = `${method.toUpperCase()} ${path}`;
      if (asked.length === 0 || !asked.every((each) => authorizers.some((name) => name in each)))
        faults.push(`${where} asks nobody who they are`);
      else if (
        !asked.every((each) => Object.keys(each).some((name) => schemes[name]?.["name"] === "x-api-key"))
      )
        faults.push(`${where} counts against nobody's share of requests`);
    }
  return faults;
}

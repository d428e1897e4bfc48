import { createHash } from "node:crypto";
import { z } from "zod";
import { AwsError } from "../contract.ts";
import { ResponseOverride } from "./responses.ts";
import { MethodRequest, requestChecks, VALIDATOR, Validators, type RequestChecks } from "./request-checks.ts";

/** What a REST API's OpenAPI document says, as far as serving it needs. */
export interface ApiDefinition {
  readonly operations: readonly Operation[];
  readonly responses: Readonly<Record<string, ResponseOverride>>;
  readonly binaryMediaTypes: readonly string[];
  /** Where a request's API key is taken from; the API's own argument says it where the document doesn't. */
  readonly apiKeySource: "HEADER" | "AUTHORIZER" | undefined;
}

export interface Operation {
  /** Upper case, or `ANY`. */
  readonly verb: string;
  /** Path template: `/v1/documents/{name}`. */
  readonly resource: string;
  readonly integration: Invocation & {
    readonly timeoutMs: number;
    /** Which of the authorizer's words becomes the tenant that Lambda is called for (X-Amz-Tenant-Id). */
    readonly tenantFrom: string | undefined;
  };
  readonly authorizer: Authorizer | undefined;
  readonly apiKeyRequired: boolean;
  readonly checks: RequestChecks;
}

/** A function, and the role that API Gateway takes on to invoke it where one is given. */
export interface Invocation {
  readonly function: string;
  readonly roleArn: string | undefined;
}

export interface Authorizer extends Invocation {
  readonly id: string;
  readonly kind: "token" | "request";
  readonly sources: readonly IdentitySource[];
  readonly ttlSeconds: number;
  /** What a token must match as a whole before the authorizer is asked. */
  readonly validation: RegExp | undefined;
}

export interface IdentitySource {
  readonly from: "header" | "querystring";
  readonly name: string;
}

const VERBS = ["get", "put", "post", "delete", "options", "head", "patch"] as const;
const ANY = "x-amazon-apigateway-any-method";
const INTEGRATION = "x-amazon-apigateway-integration";
const AUTHORIZER = "x-amazon-apigateway-authorizer";
/** Extensions that change nothing here, or that are read below. Any other is refused: it might be what keeps a caller out. */
const EXTENSIONS = new Set([
  "x-amazon-apigateway-api-key-source",
  "x-amazon-apigateway-request-validator",
  "x-amazon-apigateway-request-validators",
  "x-amazon-apigateway-gateway-responses",
  "x-amazon-apigateway-binary-media-types",
  "x-amazon-apigateway-importexport-version",
  "x-amazon-apigateway-documentation",
]);

const Security = z.array(z.record(z.string(), z.array(z.string())));
const Method = z.looseObject({
  security: Security.optional(),
  ...MethodRequest,
  [INTEGRATION]: z.strictObject({
    type: z.string().regex(/^aws_proxy$/i),
    httpMethod: z.literal("POST"),
    uri: z.string(),
    credentials: z.string().optional(),
    passthroughBehavior: z.string().optional(),
    payloadFormatVersion: z.literal("1.0").optional(),
    timeoutInMillis: z.number().int().min(50).max(29_000).default(29_000),
    responses: z.unknown().optional(),
    requestParameters: z
      .strictObject({ "integration.request.header.X-Amz-Tenant-Id": z.string() })
      .optional(),
  }),
});
const PathItem = z.looseObject({});
const Scheme = z.looseObject({
  type: z.literal("apiKey"),
  name: z.string(),
  in: z.string(),
  "x-amazon-apigateway-authtype": z.literal("custom"),
  [AUTHORIZER]: z.strictObject({
    type: z.enum(["token", "request"]),
    authorizerUri: z.string(),
    authorizerCredentials: z.string().optional(),
    identitySource: z.string().optional(),
    identityValidationExpression: z.string().optional(),
    authorizerResultTtlInSeconds: z.number().int().min(0).max(3600).default(300),
  }),
});
const KeyScheme = z.strictObject({
  type: z.literal("apiKey"),
  name: z.literal("x-api-key"),
  in: z.literal("header"),
});
const Document = z.looseObject({
  openapi: z.string().regex(/^3\./),
  security: z
    .array(z.unknown())
    .max(0, "API Gateway ignores security at the root: put it on each operation")
    .optional(),
  paths: z.record(z.string().startsWith("/"), PathItem),
  components: z
    .looseObject({
      securitySchemes: z.record(z.string(), z.unknown()).default({}),
      schemas: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
  "x-amazon-apigateway-api-key-source": z.enum(["HEADER", "AUTHORIZER"]).optional(),
  ...Validators,
  "x-amazon-apigateway-gateway-responses": z.record(z.string(), ResponseOverride).default({}),
  "x-amazon-apigateway-binary-media-types": z.array(z.string()).default([]),
});

/** @throws AwsError that names what the document holds and this gateway does not serve. */
export function parseApi(apiId: string, body: string): ApiDefinition {
  const fail = (what: string): never => {
    throw new AwsError("NotImplemented", `REST API ${apiId} is not served locally: ${what}`, 501);
  };
  const check = <Schema extends z.ZodType>(
    schema: Schema,
    value: unknown,
    where: string,
  ): z.infer<Schema> => {
    const parsed = schema.safeParse(value);
    return parsed.success ? parsed.data : fail(`${where}: ${z.prettifyError(parsed.error)}`);
  };
  const document = check(Document, json(body) ?? fail("its body is not JSON"), "its OpenAPI document");
  refuseExtensions(document, EXTENSIONS, (name) => fail(name));

  /** A caller's own words (header, query, path) would be mapped here too; nobody should want to. */
  const tenantFrom = (source: string | undefined, where: string): string | undefined =>
    source === undefined
      ? undefined
      : (/^context\.authorizer\.(\w+)$/.exec(source)?.[1] ??
        fail(`${where}: X-Amz-Tenant-Id from ${source}`));

  const authorizer = (name: string): Authorizer => {
    const where = `security scheme ${name}`;
    const scheme = check(Scheme, document.components?.securitySchemes[name], where);
    const of = scheme[AUTHORIZER];
    const given = of.identitySource?.split(",").map((source) => source.trim());
    const byDefault = of.type === "token" ? [`method.request.header.${scheme.name}`] : [];
    const sources = (given ?? byDefault).map((source): IdentitySource => {
      const parts =
        /^method\.request\.(header|querystring)\.([\w-]+)$/.exec(source) ?? fail(`${where}: ${source}`);
      return { from: parts[1] === "header" ? "header" : "querystring", name: parts[2] ?? "" };
    });
    const [first, ...more] = sources;
    if (of.type === "token" && (first?.from !== "header" || more.length > 0))
      fail(`${where}: a token authorizer has one header as its identity source`);
    if (of.type === "request" && sources.length === 0 && of.authorizerResultTtlInSeconds > 0)
      fail(`${where}: answers can't be cached without an identity source`);
    const expression = of.identityValidationExpression;
    if (expression !== undefined && of.type !== "token")
      fail(`${where}: identityValidationExpression is for tokens`);
    return {
      id: shortId(apiId, name),
      kind: of.type,
      function: functionOf(of.authorizerUri) ?? fail(`${where}: authorizerUri ${of.authorizerUri}`),
      roleArn: of.authorizerCredentials,
      sources,
      ttlSeconds: of.authorizerResultTtlInSeconds,
      validation:
        expression === undefined
          ? undefined
          : regularExpression(expression, () => fail(`${where}: ${expression}`)),
    };
  };

  const isKey = (name: string): boolean =>
    KeyScheme.safeParse(document.components?.securitySchemes[name]).success;

  const operation = (resource: string, verb: string, value: unknown): Operation => {
    const where = `${verb} ${resource}`;
    const method = check(Method, value, where);
    refuseExtensions(method, new Set([INTEGRATION, VALIDATOR]), (name) => fail(`${where}: ${name}`));
    const [security, ...others] = method.security ?? [];
    const schemes = Object.keys(security ?? {});
    // Beside an authorizer, the scheme of a key says that the method takes one.
    const names = schemes.filter((name) => !isKey(name));
    if (others.length > 0 || names.length > 1) fail(`${where}: more than one security requirement`);
    if (method.security && schemes.length === 0) fail(`${where}: an empty security requirement`);
    const of = method[INTEGRATION];
    return {
      verb,
      resource,
      integration: {
        function: functionOf(of.uri) ?? fail(`${where}: uri ${of.uri}`),
        roleArn: of.credentials,
        timeoutMs: of.timeoutInMillis,
        tenantFrom: tenantFrom(of.requestParameters?.["integration.request.header.X-Amz-Tenant-Id"], where),
      },
      authorizer: names[0] === undefined ? undefined : authorizer(names[0]),
      apiKeyRequired: schemes.length > names.length,
      checks: requestChecks(document, method, (what) => fail(`${where}: ${what}`)),
    };
  };

  const operations = Object.entries(document.paths).flatMap(([resource, item]) => {
    refuseExtensions(item, new Set([ANY]), (name) => fail(`${resource}: ${name}`));
    return [...VERBS, ANY]
      .filter((key) => item[key] !== undefined)
      .map((key) => operation(resource, key === ANY ? "ANY" : key.toUpperCase(), item[key]));
  });
  return {
    operations,
    responses: document["x-amazon-apigateway-gateway-responses"],
    binaryMediaTypes: document["x-amazon-apigateway-binary-media-types"],
    apiKeySource: document["x-amazon-apigateway-api-key-source"],
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function refuseExtensions(of: object, known: ReadonlySet<string>, fail: (name: string) => never): void {
  for (const name of Object.keys(of)) if (name.startsWith("x-amazon-") && !known.has(name)) fail(name);
}

/** `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations` */
function functionOf(uri: string): string | undefined {
  return /^arn:aws:apigateway:[a-z0-9-]+:lambda:path\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(
    uri,
  )?.[1];
}

function regularExpression(source: string, fail: () => never): RegExp {
  try {
    return new RegExp(`^(?:${source})$`);
  } catch {
    return fail();
  }
}

/** Six characters, as API Gateway's own ids of authorizers and resources have. */
export function shortId(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 6);
}

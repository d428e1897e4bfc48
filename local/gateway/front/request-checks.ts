import { z } from "zod";

/** What an API's document asks of one operation's requests. */
export interface RequestChecks {
  /** By media type; a body of another one is not looked at. */
  readonly bodies: Readonly<Record<string, z.ZodType>>;
  readonly bodyRequired: boolean;
  readonly parameters: readonly { readonly in: "path" | "query" | "header"; readonly name: string }[];
}

export const VALIDATOR = "x-amazon-apigateway-request-validator";
const VALIDATORS = "x-amazon-apigateway-request-validators";

/** Members of the document. */
export const Validators = {
  [VALIDATOR]: z.string().optional(),
  [VALIDATORS]: z
    .record(
      z.string(),
      z.strictObject({ validateRequestBody: z.boolean(), validateRequestParameters: z.boolean() }),
    )
    .default({}),
};

/** Members of a method. */
export const MethodRequest = {
  [VALIDATOR]: z.string().optional(),
  parameters: z
    .array(
      z.looseObject({
        name: z.string(),
        in: z.enum(["path", "query", "header"]),
        required: z.boolean().default(false),
      }),
    )
    .default([]),
  requestBody: z
    .looseObject({
      required: z.boolean().default(false),
      content: z.record(z.string(), z.looseObject({ schema: z.unknown() })),
    })
    .optional(),
};

type Document = z.infer<z.ZodObject<typeof Validators>> & {
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> | undefined } | undefined;
};
type Method = z.infer<z.ZodObject<typeof MethodRequest>>;

const NONE: RequestChecks = { bodies: {}, bodyRequired: false, parameters: [] };

/** What a method's validator, or the document's, has to look at. */
export function requestChecks(
  document: Document,
  method: Method,
  fail: (what: string) => never,
): RequestChecks {
  const name = method[VALIDATOR] ?? document[VALIDATOR];
  if (name === undefined) return NONE;
  const validator = document[VALIDATORS][name] ?? fail(`there is no request validator ${name}`);
  const bodies = validator.validateRequestBody ? Object.entries(method.requestBody?.content ?? {}) : [];
  return {
    bodies: Object.fromEntries(
      bodies.map(([media, { schema }]) => [media.toLowerCase(), schemaOf(document, schema, fail)]),
    ),
    bodyRequired: method.requestBody?.required ?? false,
    parameters: validator.validateRequestParameters
      ? method.parameters.filter(({ required }) => required)
      : [],
  };
}

/** The keywords that are served: those whose meaning JSON Schema draft 4, API Gateway's, shares with its later versions. */
const KEYWORDS = new Set([
  "$schema",
  "additionalProperties",
  "description",
  "enum",
  "items",
  "maxItems",
  "maxLength",
  "minItems",
  "minLength",
  "pattern",
  "properties",
  "required",
  "title",
  "type",
]);

function schemaOf(document: Document, schema: unknown, fail: (what: string) => never): z.ZodType {
  const reference = z.strictObject({ $ref: z.string() }).safeParse(schema);
  if (!reference.success) {
    refuseKeywords(schema, fail);
    return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  }
  const name = /^#\/components\/schemas\/([A-Za-z0-9]+)$/.exec(reference.data.$ref)?.[1];
  const target = name === undefined ? undefined : document.components?.schemas?.[name];
  return schemaOf(document, target ?? fail(`there is no schema ${reference.data.$ref}`), fail);
}

function refuseKeywords(schema: unknown, fail: (what: string) => never): void {
  if (typeof schema !== "object" || schema === null) return;
  for (const [keyword, value] of Object.entries(schema)) {
    if (!KEYWORDS.has(keyword)) fail(`${keyword} in a schema`);
    if (keyword === "items" || keyword === "additionalProperties") refuseKeywords(value, fail);
    if (keyword === "properties")
      for (const each of Object.values(value as object)) refuseKeywords(each, fail);
  }
}

/**
 * What admin functions make: documents of `aws.lambda.Invocation`, each of a kind. A kind that is not known here is a gap: who knows
 * what it opens.
 */
import type { ModelResource } from "../resource.ts";
import { Unknown } from "../resource.ts";
import type { Stack } from "./stack.ts";

const INVOCATION = "aws:lambda/invocation:Invocation";

export const ADMIN_TYPES = [INVOCATION];

/** One document: `kind`, and what it says. */
export interface AdminDocument {
  readonly resource: ModelResource;
  readonly kind: string;
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Kinds that make nothing that isolation depends on. */
const IRRELEVANT: Readonly<Record<string, string>> = {
  ingestion: "reads a bucket into its knowledge base, as the roles and policies of both let it",
  "first-admin":
    "invites a person to the tenant that the document names: membership, which the registry's readers verify",
  image: "builds the agent's code",
  guard: "makes nothing: it refuses to be deleted while the environment is protected",
  "domain-audit": "says what the shared domain writes into its audit log",
};

/** Functions of the platform whose documents make nothing that isolation depends on. */
const IRRELEVANT_FUNCTIONS: Readonly<Record<string, string>> = {
  "origin-secret": "makes what CloudFront proves itself to the API with",
};

const READ: ReadonlySet<string> = new Set([
  "collection-index",
  "pool-index",
  "pool-role",
  "claims-schema",
  "claims-tenant",
]);

export function readAdminDocuments(stack: Stack): readonly AdminDocument[] {
  return stack.of(INVOCATION).flatMap((resource): AdminDocument[] => {
    const fn = stack.known(resource, "functionName")?.replace(`bulkhead-${stack.where.environment}-`, "");
    if (fn !== undefined && Object.hasOwn(IRRELEVANT_FUNCTIONS, fn)) return [];
    const { input } = resource.props;
    if (input instanceof Unknown) {
      // Only for these: what the function does is in its code, and its documents are not read.
      const invoked = resource.references["functionName"] ?? [];
      if (invoked.some((urn) => Object.keys(IRRELEVANT_FUNCTIONS).some((name) => urn.endsWith(`::${name}`))))
        return [];
      stack.gap(resource.urn, "what the admin function is told is not known before deployment");
      return [];
    }
    try {
      const said = (typeof input === "string" ? JSON.parse(input) : input) as Partial<
        Record<string, unknown>
      > | null;
      const kind = said?.["kind"];
      const name = said?.["name"];
      const body = said?.["body"];
      if (typeof kind !== "string" || typeof name !== "string" || typeof body !== "object" || body === null) {
        stack.gap(resource.urn, "what the admin function is told has no kind, name and body");
        return [];
      }
      if (Object.hasOwn(IRRELEVANT, kind)) return [];
      if (!READ.has(kind)) {
        stack.gap(resource.urn, `tells the admin function of a kind that the proof does not know: ${kind}`);
        return [];
      }
      return [{ resource, kind, name, body: body as Readonly<Record<string, unknown>> }];
    } catch {
      stack.gap(resource.urn, "what the admin function is told is no JSON");
      return [];
    }
  });
}

/** A field of a document that is a text; a gap where it is not. */
export function textIn(stack: Stack, { resource, kind, body }: AdminDocument, field: string): string {
  const value = body[field];
  if (typeof value === "string") return value;
  stack.gap(resource.urn, `the document of kind ${kind} has no text as its ${field}`);
  return "";
}

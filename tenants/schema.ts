import { z } from "zod";
import { TENANT_ID } from "../runtime/contract/names.ts";
import { ADMIN_GROUP, PLANS, SCOPES } from "../runtime/contract/registry.ts";
import { hidesNothing } from "./printable.ts";

const group = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,31}$/,
    "a group is 1 to 32 lower-case letters, digits and hyphens, a letter first",
  );

/** A tenant's own identity provider. */
const identityProvider = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("oidc"),
    issuer: z.url({ protocol: /^https$/, error: "must be an https URL" }),
    clientId: z.string().min(1).max(256),
  }),
  z.strictObject({
    type: z.literal("saml"),
    metadataUrl: z.url({ protocol: /^https$/, error: "must be an https URL" }),
  }),
]);

/** A program of the tenant's that uses the API as itself. */
const machineClient = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z][a-z0-9-]{0,31}$/,
      "a client's name is 1 to 32 lower-case letters, digits and hyphens, a letter first",
    )
    .refine((name) => name !== "people", "`people` is what the tenant's users sign in by"),
  scopes: z
    .array(z.enum(SCOPES, { error: `must be one of ${SCOPES.join(", ")}` }))
    .min(1)
    .refine((scopes) => new Set(scopes).size === scopes.length, "a scope is named twice"),
});

/** `tenants/config/<env>/<id>.yaml`. Unknown keys are faults: a misspelt key must not fall back to a default. */
export const tenantSchema = z.strictObject({
  id: z
    .string()
    .regex(
      TENANT_ID,
      "a tenant id is 3 to 20 lower-case letters and digits, in parts joined by single hyphens, a letter first",
    )
    .describe("The tenant's id; the same as the file's name, never reused."),
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .refine(hidesNothing, "holds control or invisible characters")
    .describe("The tenant's name as people read it."),
  tier: z
    .enum(["silo", "pool"])
    .describe("silo: a collection of its own; pool: an index on the shared domain."),
  status: z
    .enum(["active", "suspended", "offboarding"])
    .describe("suspended refuses requests and keeps data; offboarding comes before removal."),
  plan: z.enum(PLANS).describe("Throttle and budgets."),
  cell: z.int().min(0).max(999).default(0).describe("The cell (stack) that holds the tenant."),
  admin: z.email().max(100).describe("Invited at onboarding."),
  groups: z
    .array(group)
    .max(20)
    .refine((groups) => new Set(groups).size === groups.length, "a group is named twice")
    .refine((groups) => !groups.includes(ADMIN_GROUP), `every tenant has the group "${ADMIN_GROUP}" already`)
    .default([])
    .describe("Groups that a document can be limited to."),
  identityProvider: identityProvider
    .optional()
    .describe(
      "The tenant's own, SAML or OIDC. An OIDC client's secret is set by `pulumi config set --secret oidcClientSecret.<id>`.",
    ),
  machineClients: z
    .array(machineClient)
    .max(10)
    .refine(
      (clients) => new Set(clients.map(({ name }) => name)).size === clients.length,
      "a client is named twice",
    )
    .default([])
    .describe("Programs of the tenant's that use the API as themselves, each limited to scopes."),
});

/** One tenant as its file describes it, defaults applied. */
export type TenantSpec = z.infer<typeof tenantSchema>;

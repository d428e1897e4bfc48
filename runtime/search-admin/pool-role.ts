import { isDeepStrictEqual } from "node:util";

import type { Client } from "@opensearch-project/opensearch";
import { z } from "zod";

import type { PoolRoleInput } from "../contract/admin-payloads.ts";
import { isTenantId, poolAlias, TENANT_TAG } from "../contract/names.ts";
import type { AdminKind } from "../shared/admin.ts";
import type { Answered } from "./attempt.ts";
import { attempt, isTransient } from "./attempt.ts";
import type { DomainParts } from "./domain.ts";
import { onDomain, onRemainingDomain } from "./domain.ts";
import { waitFor } from "../shared/wait.ts";

type Body = PoolRoleInput["body"];

const body: z.ZodType<Body> = z
  .strictObject({
    domain: z.string().regex(/^[a-z][a-z0-9-]{2,27}$/),
    // Literal: OpenSearch puts user attributes in for `${…}`, and those are whatever a token says.
    role: z
      .string()
      .max(64)
      .regex(/^[a-z][a-z0-9.-]*$/),
    access: z.enum(["read", "write"]),
    tenant: z.string().refine(isTenantId, "has to be a tenant id"),
    alias: z.string(),
    roleArn: z.string().regex(/^arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/),
  })
  .refine(({ tenant, alias }) => alias === poolAlias(tenant), "the alias has to be the tenant's")
  .refine(
    ({ tenant, role }) => role.startsWith(`tenant.${tenant}.`),
    "the role has to be named tenant.<id>.<part>",
  )
  .refine(({ tenant, roleArn }) => roleArn.endsWith(`.${tenant}`), "the IAM role has to be the tenant's");

/** An OpenSearch role and who has it: one IAM role. */
export function poolRole(parts: DomainParts): AdminKind<Body> {
  return {
    parse: (input) => body.parse(input),
    apply: (_name, wanted) =>
      onDomain(parts, wanted.domain, async (client) => {
        const { role, roleArn } = wanted;
        await ensure(parts, client, "roles", role, roleDefinition(wanted));
        await ensure(parts, client, "rolesmapping", role, mappingDefinition(roleArn));
        return { role, roleArn };
      }),
    // The mapping first: a role that nobody has does no harm.
    remove: (_name, { domain, role }) =>
      onRemainingDomain(parts, domain, async (client) => {
        for (const kind of ["rolesmapping", "roles"] as const)
          await waitFor(`deletion of ${kind} ${role}`, parts.wait, async () => {
            const answer = await security(client, "DELETE", kind, role);
            const left = await security(client, "GET", kind, role);
            if (left.status === 404) return { gone: true };
            return `HTTP ${answer.status} on deletion, then ${left.status}`;
          });
      }),
  };
}

const SEARCH = ["indices:data/read/search"];
/** A bulk request of index and delete operations; refreshing what it wrote is part of it. */
const WRITE = [
  ...SEARCH,
  "indices:data/write/bulk*",
  "indices:data/write/index",
  "indices:data/write/delete",
];

/** The tenant's own alias and indices, and in them its own documents only. */
export function roleDefinition({ access, tenant, alias }: Body) {
  return {
    // A bulk request is checked as such before its operations are, each on its index.
    cluster_permissions: access === "write" ? ["indices:data/write/bulk"] : [],
    index_permissions: [
      {
        index_patterns: [alias, `${alias}.*`],
        dls: JSON.stringify({ term: { [TENANT_TAG]: tenant } }),
        allowed_actions: access === "write" ? WRITE : SEARCH,
      },
    ],
  };
}

/** IAM roles come to the domain as backend roles, by their ARN. */
export function mappingDefinition(roleArn: string) {
  return { backend_roles: [roleArn], hosts: [], users: [] };
}

type SecurityKind = "roles" | "rolesmapping";

/** Replaces what is there (a PUT leaves nothing of it) and verifies what is there then. */
async function ensure(
  { wait }: DomainParts,
  client: Client,
  kind: SecurityKind,
  role: string,
  wanted: object,
): Promise<void> {
  await waitFor(`${kind} ${role}`, wait, async () => {
    const before = await security(client, "GET", kind, role);
    if (before.status === 200 && holds(before.body, role, wanted)) return { done: true };
    const written = await security(client, "PUT", kind, role, wanted);
    if (written.status >= 300 && !isTransient(written))
      throw new Error(`${kind} ${role} could not be written: HTTP ${written.status} ${written.reason}`);
    const after = await security(client, "GET", kind, role);
    return after.status === 200 && holds(after.body, role, wanted)
      ? { done: true }
      : `HTTP ${written.status} on writing, then ${after.status} and not as it was written`;
  });
}

function security(
  client: Client,
  method: "GET" | "PUT" | "DELETE",
  kind: SecurityKind,
  role: string,
  definition?: object,
): Promise<Answered> {
  const path = `/_plugins/_security/api/${kind}/${encodeURIComponent(role)}`;
  return attempt(() => client.transport.request({ method, path, ...(definition && { body: definition }) }));
}

/** Whether the engine's answer says what was wanted, and grants nothing beyond it. */
function holds(answer: unknown, role: string, wanted: object): boolean {
  const entry = (answer as Readonly<Record<string, unknown>> | null)?.[role];
  return isDeepStrictEqual(granted(entry), granted(wanted));
}

/** What bears on access, sorted and without what is empty: engines add descriptions, flags and empty lists. */
function granted(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(granted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(([name]) => !["description", "reserved", "hidden", "static"].includes(name))
    .map(([name, each]) => [name, granted(each)] as const)
    .filter(([, each]) => each !== null && !(Array.isArray(each) && each.length === 0));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

import { isDeepStrictEqual } from "node:util";

import type { Client } from "@opensearch-project/opensearch";
import { z } from "zod";

import type { DomainAuditInput } from "../contract/admin-payloads.ts";
import type { AdminKind } from "../shared/admin.ts";
import { waitFor } from "../shared/wait.ts";
import { attempt, isTransient } from "./attempt.ts";
import { onDomain, type DomainParts } from "./domain.ts";

const PATH = "/_plugins/_security/api/audit";

/** Logged would be every request there is. What is left are refusals, failed sign-ins, and changes of the security's own settings. */
const LEFT_OUT = ["AUTHENTICATED", "GRANTED_PRIVILEGES"];

/** Bodies are questions and documents: none is logged, and of documents that are read or written neither. */
export const AUDIT_CONFIG = {
  enabled: true,
  audit: {
    enable_rest: true,
    disabled_rest_categories: LEFT_OUT,
    enable_transport: true,
    disabled_transport_categories: LEFT_OUT,
    log_request_body: false,
    resolve_indices: true,
    resolve_bulk_requests: false,
    exclude_sensitive_headers: true,
    ignore_users: [],
    ignore_requests: [],
  },
  compliance: {
    enabled: true,
    internal_config: true,
    external_config: false,
    read_metadata_only: true,
    read_watched_fields: {},
    read_ignore_users: [],
    write_metadata_only: true,
    write_log_diffs: false,
    write_watched_indices: [],
    write_ignore_users: [],
  },
} as const;

/** The engine's audit, which a domain publishes to its log group, and does not make before it is switched on. */
export function domainAudit(parts: DomainParts): AdminKind<DomainAuditInput["body"]> {
  const body = z.strictObject({ domain: z.string().regex(/^[a-z][a-z0-9-]{2,27}$/) });
  return {
    parse: (input) => body.parse(input),
    apply: (_name, { domain }) =>
      onDomain(parts, domain, async (client) => {
        await waitFor("the domain's audit", parts.wait, async () => {
          if (await isSwitchedOn(client)) return { done: true };
          const written = await attempt(() =>
            client.transport.request({ method: "PUT", path: `${PATH}/config`, body: AUDIT_CONFIG }),
          );
          if (written.status >= 300 && !isTransient(written))
            throw new Error(`the audit could not be switched on: HTTP ${written.status} ${written.reason}`);
          return (await isSwitchedOn(client))
            ? { done: true }
            : `HTTP ${written.status} on writing, and it is not as it was written`;
        });
        return { audit: "on" };
      }),
    // It goes with the domain, and until then it stays on.
    remove: () => Promise.resolve(),
  };
}

/** Whether it is as it should be. The engine adds settings of newer versions. */
async function isSwitchedOn(client: Client): Promise<boolean> {
  const { status, body } = await attempt(() => client.transport.request({ method: "GET", path: PATH }));
  const { config } = (body ?? {}) as { readonly config?: unknown };
  return status === 200 && holds(config, AUDIT_CONFIG);
}

function holds(actual: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted) || typeof wanted !== "object" || wanted === null)
    return isDeepStrictEqual(sorted(actual), sorted(wanted));
  if (typeof actual !== "object" || actual === null) return false;
  const entries = actual as Readonly<Record<string, unknown>>;
  // An empty object says that nothing is watched: nothing may have been added there.
  if (Object.keys(wanted).length === 0) return Object.keys(entries).length === 0;
  return Object.entries(wanted).every(([key, value]) => holds(entries[key], value));
}

const sorted = (value: unknown): unknown => (Array.isArray(value) ? value.map(String).sort() : value);

/** The security plugin of a domain: its roles and mappings, the API that puts them, and what they allow. */
import {
  decideIndexAccess,
  type IndexDecision,
  parseRoleMapping,
  parseSecurityRole,
  PolicyError,
  type SecurityConfiguration,
} from "../../../policies/isolation/index.ts";
import type { Account, ResourceRecord, Table } from "../../account/account.ts";
import { isObject, type JsonObject } from "../search/errors.ts";

/** Reserved, as on every cluster. The domain's master user has it. */
const ALL_ACCESS = "all_access";
const KINDS = { roles: parseSecurityRole, rolesmapping: parseRoleMapping } as const;
type Kind = keyof typeof KINDS;
const AUDIT_PARTS = new Set(["enabled", "audit", "compliance"]);
const SHOWN = {
  roles: { cluster_permissions: [], index_permissions: [], tenant_permissions: [], static: false },
  rolesmapping: { backend_roles: [], hosts: [], users: [], and_backend_roles: [] },
} as const;

export interface ApiAnswer {
  readonly status: number;
  readonly answer: object;
}

export class DomainSecurity {
  readonly #entries: Table<unknown>;
  readonly #store: string;
  readonly #master: string | undefined;
  /** False: the domain has no fine-grained access control, and takes what IAM lets in. */
  readonly enabled: boolean;

  constructor(account: Account, domain: ResourceRecord, store: string) {
    this.#entries = account.table("domain-security");
    this.#store = store;
    const options = domain.outputs["advancedSecurityOptions"];
    this.enabled = isObject(options) && options["enabled"] === true;
    const master = isObject(options) ? options["masterUserOptions"] : undefined;
    const arn = isObject(master) ? master["masterUserArn"] : undefined;
    this.#master = typeof arn === "string" ? arn : undefined;
  }

  decide(roleArn: string, action: string, index?: string, aliases: readonly string[] = []): IndexDecision {
    if (!this.enabled)
      return { allowed: true, reason: "allowed", detail: "the domain has no fine-grained access control" };
    return decideIndexAccess(
      { roleArn, action, ...(index !== undefined && { index, aliases }) },
      this.#configuration(),
    );
  }

  mayAdminister(roleArn: string): boolean {
    return this.enabled && this.#master === roleArn;
  }

  /** `_plugins/_security/api/KIND[/NAME]`. The caller has been found to be the master. */
  api(method: string, kind: string | undefined, name: string | undefined, body: unknown): ApiAnswer {
    if (kind === "audit") return this.#audit(method, name, body);
    if (kind !== "roles" && kind !== "rolesmapping")
      return fault(
        400,
        "BAD_REQUEST",
        `of the security API only roles, rolesmapping and audit are served, not ${kind ?? "the root"}`,
      );
    if (name === undefined) {
      if (method !== "GET")
        return fault(405, "METHOD_NOT_ALLOWED", `Method ${method} not supported without a name`);
      return {
        status: 200,
        answer: Object.fromEntries([...this.#of(kind)].map(([each, value]) => [each, shown(kind, value)])),
      };
    }
    const key = `${this.#store}/${kind}/${name}`;
    const before = this.#entries.get(key);
    if (method === "PUT") return this.#put(kind, name, body);
    if (name === ALL_ACCESS) return fault(403, "FORBIDDEN", `Resource '${name}' is reserved.`);
    if (method !== "GET" && method !== "DELETE")
      return fault(405, "METHOD_NOT_ALLOWED", `Method ${method} not supported`);
    if (before === undefined) return fault(404, "NOT_FOUND", `Resource '${name}' not found.`);
    if (method === "GET") return { status: 200, answer: { [name]: shown(kind, before) } };
    this.#entries.delete(key);
    return { status: 200, answer: { status: "OK", message: `'${name}' deleted.` } };
  }

  /** How the engine audits. Here it is kept as it was put, and nothing is audited. */
  #audit(method: string, name: string | undefined, body: unknown): ApiAnswer {
    const key = `${this.#store}/audit/config`;
    if (name === undefined && method === "GET")
      return {
        status: 200,
        answer: {
          _readonly: [],
          config: this.#entries.get(key) ?? { enabled: false, audit: {}, compliance: {} },
        },
      };
    if (name !== "config" || method !== "PUT")
      return fault(405, "METHOD_NOT_ALLOWED", `Method ${method} not supported for this action.`);
    const unknown = isObject(body)
      ? Object.keys(body).filter((part) => !AUDIT_PARTS.has(part))
      : ["the body"];
    if (unknown.length > 0) return fault(400, "BAD_REQUEST", `Could not parse: ${unknown.join(", ")}`);
    this.#entries.put(key, body);
    return { status: 200, answer: { status: "OK", message: "'config' updated." } };
  }

  #put(kind: Kind, name: string, body: unknown): ApiAnswer {
    if (name === ALL_ACCESS) return fault(403, "FORBIDDEN", `Resource '${name}' is reserved.`);
    if (kind === "rolesmapping" && this.#entries.get(`${this.#store}/roles/${name}`) === undefined)
      return fault(404, "NOT_FOUND", `Role '${name}' is not available for role-mapping.`);
    try {
      // What could not be decided on later is refused now, where its writer sees why.
      KINDS[kind](body);
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      return fault(400, "BAD_REQUEST", `The embedded account can't decide by this: ${error.message}`);
    }
    const key = `${this.#store}/${kind}/${name}`;
    const before = this.#entries.get(key);
    this.#entries.put(key, body);
    return before === undefined
      ? { status: 201, answer: { status: "CREATED", message: `'${name}' created.` } }
      : { status: 200, answer: { status: "OK", message: `'${name}' updated.` } };
  }

  *#of(kind: Kind): Generator<[name: string, value: unknown]> {
    const prefix = `${this.#store}/${kind}/`;
    for (const [key, value] of this.#entries.entries(prefix)) yield [key.slice(prefix.length), value];
  }

  #configuration(): SecurityConfiguration {
    const everything = {
      cluster_permissions: ["*"],
      index_permissions: [{ index_patterns: ["*"], allowed_actions: ["*"] }],
    };
    return {
      roles: { ...Object.fromEntries(this.#of("roles")), [ALL_ACCESS]: everything },
      mappings: {
        ...Object.fromEntries(this.#of("rolesmapping")),
        ...(this.#master !== undefined && { [ALL_ACCESS]: { backend_roles: [this.#master] } }),
      },
    };
  }
}

const shown = (kind: Kind, value: unknown): JsonObject => ({
  reserved: false,
  hidden: false,
  ...SHOWN[kind],
  ...(isObject(value) ? value : {}),
});

const fault = (status: number, name: string, message: string): ApiAnswer => ({
  status,
  answer: { status: name, message },
});

/** One request to a domain that IAM has let in: who asks, where, and what the domain's own roles allow. */
import type { IndexDecision } from "../../../policies/isolation/index.ts";
import type { Call, Gateway } from "../contract.ts";
import type { SearchEngine, Visible } from "../search/engine.ts";
import { SearchError } from "../search/errors.ts";
import type { Indices } from "./indices.ts";
import type { DomainSecurity } from "./security.ts";

export interface Domain {
  readonly name: string;
  readonly engine: SearchEngine;
  /** The engine's name of the domain's indices. */
  readonly store: string;
  readonly indices: Indices;
  readonly security: DomainSecurity;
  /** `rest.action.multi.allow_explicit_index`: whether bodies of multi requests may name indices. */
  readonly explicitIndex: boolean;
}

export class DomainRequest {
  readonly domain: Domain;
  readonly roleArn: string;
  readonly #gateway: Gateway;
  readonly #call: Call;
  readonly #decided = new Map<string, IndexDecision>();

  constructor(parts: { gateway: Gateway; call: Call; domain: Domain; roleArn: string }) {
    this.domain = parts.domain;
    this.roleArn = parts.roleArn;
    this.#gateway = parts.gateway;
    this.#call = parts.call;
  }

  /** Decides and logs, once per action and index. */
  decide(action: string, index?: string): IndexDecision {
    const key = `${action}\n${index ?? ""}`;
    const known = this.#decided.get(key);
    if (known) return known;
    const { name, indices, security } = this.domain;
    const aliases = index === undefined ? [] : indices.aliasesOf(index);
    const decision = security.decide(this.roleArn, action, index, aliases);
    const resource = index === undefined ? `cluster/${name}` : `index/${name}/${index}`;
    this.#gateway.record(this.#call, { action, resource }, decision);
    this.#decided.set(key, decision);
    return decision;
  }

  /** @throws SearchError 403 as the security plugin words it. */
  requireCluster(action: string): void {
    if (!this.decide(action).allowed) throw this.refusal([action]);
  }

  /**
   * All of the actions on all of the indices.
   *
   * @returns what the caller may read of them
   * @throws SearchError 403: one index that the caller may not use spoils the whole request.
   */
  require(actions: readonly string[], indices: readonly string[]): Visible {
    const filters: Record<string, unknown> = {};
    for (const index of indices)
      for (const action of actions) {
        const { allowed, documentFilter } = this.decide(action, index);
        if (!allowed) throw this.refusal([action]);
        if (documentFilter) filters[index] = documentFilter;
      }
    return filters;
  }

  refusal(actions: readonly string[]): SearchError {
    const user = `User [name=${this.roleArn}, backend_roles=[${this.roleArn}], requestedTenant=null]`;
    return new SearchError(
      403,
      "security_exception",
      `no permissions for [${actions.join(", ")}] and ${user}`,
    );
  }
}

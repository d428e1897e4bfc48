import type { BrokerGrant } from "../contract/api.ts";
import type { AwsCredentials } from "./aws-credentials.ts";

/**
 * On whose behalf the runtime works: one tenant, one user, and credentials that reach this tenant's data only. Whatever touches
 * data takes one. It comes from a broker's grant and from nothing else; its private state makes it impossible to write one
 * down as an object literal. Only `credentials.ts` makes them.
 */
export class TenantContext {
  readonly tenantId: string;
  /** What the tenant may ask in a month. */
  readonly budget: BrokerGrant["tenant"]["budget"];
  readonly user: BrokerGrant["user"];
  readonly #credentials: AwsCredentials;
  readonly #perSession = new Map<string, unknown>();

  private constructor(grant: BrokerGrant) {
    this.tenantId = grant.tenant.id;
    this.budget = grant.tenant.budget;
    this.user = grant.user;
    this.#credentials = {
      accessKeyId: grant.credentials.accessKeyId,
      secretAccessKey: grant.credentials.secretAccessKey,
      sessionToken: grant.credentials.sessionToken,
      expiration: new Date(grant.credentials.expiration),
    };
    Object.freeze(this);
  }

  static fromGrant(grant: BrokerGrant): TenantContext {
    return new TenantContext(grant);
  }

  /** Not enumerable, so that a context can be logged by mistake without its keys. */
  get credentials(): AwsCredentials {
    return this.#credentials;
  }

  /** Something that is made once per session of this tenant, by name, and lives as long: an SDK client. */
  once<T>(name: string, make: (credentials: AwsCredentials) => T): T {
    if (!this.#perSession.has(name)) this.#perSession.set(name, make(this.#credentials));
    return this.#perSession.get(name) as T;
  }

  /** Closes what {@link once} made, where it can be closed. */
  async close(): Promise<void> {
    const made = [...this.#perSession.values()] as { close?: () => unknown }[];
    this.#perSession.clear();
    await Promise.allSettled(made.map((one) => one.close?.()));
  }
}

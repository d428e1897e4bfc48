import { attackAll } from "../attacks/index.ts";
import type { Attempted } from "../attacks/attack.ts";
import { Stage, type Party } from "../attacks/stage.ts";
import { platformNames } from "../../runtime/contract/names.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../account/identity.ts";
import type { RunningGateway } from "../gateway/index.ts";
import { LOCAL_STACK } from "../paths.ts";
import { ApiClient } from "./api-client.ts";
import { Operator, signIn, type Deployment, type User } from "./operator.ts";
import { judge, type Asked } from "./questions.ts";
import { sampleCanaries, sampleDocuments, sampleQuestions, sampleUsers } from "./samples.ts";

/** The sample tenants at work on a deployment: invited users, their documents, questions, and attacks between them. */
export class Scenario {
  readonly #gateway: RunningGateway;
  readonly #deployment: Deployment;
  readonly #operator: Operator;
  readonly #users = new Map<string, User>();
  readonly #tokens = new Map<string, string>();

  constructor(gateway: RunningGateway, deployment: Deployment) {
    this.#gateway = gateway;
    this.#deployment = deployment;
    const { registryTable } = platformNames({
      environment: LOCAL_STACK,
      account: LOCAL_ACCOUNT,
      region: LOCAL_REGION,
    });
    this.#operator = new Operator(gateway, deployment, registryTable);
  }

  get users(): readonly User[] {
    return [...this.#users.values()];
  }

  /** Invites the sample users of these tenants and signs them in. */
  async invite(tenants: readonly string[]): Promise<readonly User[]> {
    const invited = await Promise.all(
      sampleUsers()
        .filter(({ tenant }) => tenants.includes(tenant))
        .map((user) => this.#operator.invite(user)),
    );
    for (const user of invited) {
      this.#users.set(user.username, user);
      this.#tokens.set(user.username, await signIn(this.#gateway.origin, this.#deployment.clientId, user));
    }
    return invited;
  }

  /** A member of the tenant uploads its sample documents by the API; waits until all are ingested. @returns how many */
  async upload(tenant: string, onDocument?: (name: string) => void): Promise<number> {
    const api = this.api(this.#memberOf(tenant).username);
    const documents = sampleDocuments(tenant);
    const jobs = new Set<string>();
    for (const document of documents) {
      onDocument?.(document.name);
      const { ingestion } = await api.putDocument(document);
      if (ingestion.id) jobs.add(ingestion.id);
    }
    for (const job of jobs) await this.#operator.ingested(tenant, job);
    return documents.length;
  }

  /** Asks the sample questions of the users that have been invited. */
  async ask(onAsked?: (asked: Asked) => void): Promise<Asked[]> {
    const canaries = sampleCanaries();
    const results: Asked[] = [];
    for (const sample of sampleQuestions()) {
      const user = this.#users.get(sample.user);
      if (!user) continue;
      const foreign = Object.keys(canaries).flatMap((tenant) =>
        tenant === user.tenant || sample.question.toLowerCase().includes(canaries[tenant] ?? "")
          ? []
          : [canaries[tenant] ?? ""],
      );
      const asked = judge(sample, await this.api(user.username).ask(sample.question), foreign);
      results.push(asked);
      onAsked?.(asked);
    }
    return results;
  }

  /** Carries out every attack, by a member of the first tenant on the second. */
  attack(
    tier: "silo" | "pool",
    [attacker, victim]: readonly [attacker: string, victim: string],
    onDone?: (done: Attempted) => void,
  ): Promise<Attempted[]> {
    return attackAll(tier, this.stage(attacker, victim), onDone);
  }

  stage(attacker: string, victim: string): Stage {
    return new Stage({
      gateway: this.#gateway,
      deployment: this.#deployment,
      environment: LOCAL_STACK,
      attacker: this.#party(attacker),
      victim: this.#party(victim),
    });
  }

  api(username: string): ApiClient {
    return new ApiClient(this.#deployment.apiUrl, this.token(username));
  }

  token(username: string): string {
    const token = this.#tokens.get(username);
    if (token === undefined) throw new Error(`${username} has not been invited`);
    return token;
  }

  tenantOf(username: string): string | undefined {
    return this.#users.get(username)?.tenant;
  }

  #memberOf(tenant: string): User {
    const member = this.users.find((user) => user.tenant === tenant);
    if (!member) throw new Error(`tenant ${tenant} has no sample user`);
    return member;
  }

  #party(tenant: string): Party {
    const [document] = sampleDocuments(tenant);
    return {
      id: tenant,
      token: this.token(this.#memberOf(tenant).username),
      objectKey: `${tenant}/${document?.name ?? ""}`,
      canary: sampleCanaries()[tenant] ?? "",
    };
  }
}

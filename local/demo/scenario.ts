import { attackAll, stagesOf, type SignedIn } from "../../verify/attack-all.ts";
import { loadGrammar } from "../../verify/grammar.ts";
import type { Attempted } from "../../verify/outcome.ts";
import { registryItem } from "../../verify/stage.ts";
import { LocalTarget } from "../verify/target.ts";
import { Stage, type Party } from "./stage.ts";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunningGateway } from "../gateway/index.ts";
import { LOCAL_STACK } from "../paths.ts";
import { ApiClient } from "./api-client.ts";
import { Operator, type Deployment, type User } from "./operator.ts";
import { loadClaims, seenClaims, type SeenClaims } from "./claims.ts";
import { judge, type Asked } from "./questions.ts";
import { sampleCanaries, sampleDocuments, sampleQuestions, sampleUsers } from "./samples.ts";

/** Callers that a demo shows. */
const DEMO_CALLERS = ["member", "data", "ingest", "broker", "outsider", "untagged", "anonymous"];

/** The sample tenants at work on a deployment: invited users, their documents, questions, and attacks between them. */
export class Scenario {
  readonly #idTokens = new Map<string, string>();
  readonly #gateway: RunningGateway;
  readonly #deployment: Deployment;
  readonly #operator: Operator;
  readonly #users = new Map<string, User>();
  readonly #tokens = new Map<string, string>();

  constructor(gateway: RunningGateway, deployment: Deployment) {
    this.#gateway = gateway;
    this.#deployment = deployment;
    this.#operator = new Operator(gateway, deployment);
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
      const { accessToken, idToken } = await this.#operator.signIn(user);
      this.#tokens.set(user.username, accessToken);
      this.#idTokens.set(user.username, idToken);
    }
    return invited;
  }

  /**
   * Members of the tenant upload its sample documents by the API, each by one who may see it; waits until all are ingested.
   * @returns how many
   * @throws Error naming the documents that are not ingested after a minute, or never will be
   */
  async upload(tenant: string, onDocument?: (name: string) => void): Promise<number> {
    const documents = sampleDocuments(tenant);
    const members = new Map<string, string[]>();
    for (const document of documents) {
      onDocument?.(document.name);
      const member = this.#memberOf(tenant, document.groups);
      await this.api(member.username).putDocument(document);
      members.set(member.username, [...(members.get(member.username) ?? []), document.name]);
    }
    for (const [username, names] of members) await this.ingested(username, names);
    return documents.length;
  }

  /** Adds the tenant's sample claims to the database. @returns how many */
  addClaims(tenant: string): Promise<number> {
    return loadClaims(this.#gateway, tenant);
  }

  /** Asks each user of these tenants' samples for the claims that it sees. */
  async claims(tenants: readonly string[]): Promise<readonly SeenClaims[]> {
    const users = this.users.filter(({ tenant }) => tenants.includes(tenant));
    const seen: SeenClaims[] = [];
    for (const { username } of users) seen.push(await seenClaims(this.api(username), username));
    return seen;
  }

  /** Waits until these documents are ingested, as their owner sees it. */
  async ingested(username: string, names: readonly string[], seconds = 60): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const entries = await this.api(username).documents();
      const open = names.filter((name) => entries.find((entry) => entry.name === name)?.state !== "indexed");
      if (open.length === 0) return;
      const failed = entries.filter(({ name, state }) => open.includes(name) && state === "failed");
      if (failed.length > 0 || Date.now() > deadline) {
        const states = open.map((name) => {
          const entry = entries.find((each) => each.name === name);
          return `${name}: ${entry ? `${entry.state} ${entry.reason ?? ""}`.trim() : "not stored"}`;
        });
        throw new Error(`Documents that ${username} uploaded are not ingested: ${states.join("; ")}`);
      }
      await sleep(150);
    }
  }

  /** Asks the sample questions of these tenants' users. */
  async ask(tenants: readonly string[], onAsked?: (asked: Asked) => void): Promise<Asked[]> {
    const canaries = sampleCanaries();
    const results: Asked[] = [];
    for (const sample of sampleQuestions()) {
      const user = this.#users.get(sample.user);
      if (!user || !tenants.includes(user.tenant)) continue;
      const foreign = Object.entries(canaries)
        .filter(([tenant, word]) => tenant !== user.tenant && !sample.question.toLowerCase().includes(word))
        .map(([, word]) => word);
      const asked = judge(sample, await this.api(user.username).ask(sample.question), foreign);
      results.push(asked);
      onAsked?.(asked);
    }
    return results;
  }

  /**
   * Attacks between two tenants, by those whom a demo has time for: members, the credentials that they and a compromised broker or
   * ingest function have, a role of the account, and nobody. `bulkhead verify` and the tests have them all.
   */
  async attack(
    [attacker, victim]: readonly [attacker: string, victim: string],
    signal: AbortSignal,
    onCount: (count: number) => void,
  ): Promise<Attempted[]> {
    const target = new LocalTarget(this.#gateway.account.folder, this.#gateway.origin, this.#deployment);
    try {
      const parties = await this.parties(target, [attacker, victim]);
      let count = 0;
      return await attackAll(loadGrammar(), stagesOf(target, parties).slice(0, 1), {
        callers: DEMO_CALLERS,
        signal,
        tellLeftOut: false,
        onDone: () => {
          onCount((count += 1));
        },
      });
    } finally {
      target.close();
    }
  }

  /** Tenants that take part in attacks, each by one of its members. */
  async parties(target: LocalTarget, tenants: readonly string[]): Promise<SignedIn[]> {
    const parties: SignedIn[] = [];
    for (const id of tenants) {
      const item = await registryItem(target, id);
      if (!item) throw new Error(`there is no tenant ${id}`);
      const { username } = this.#memberOf(id);
      const [document] = sampleDocuments(id);
      parties.push({
        id,
        tier: item.tier,
        active: item.status === "active",
        token: this.token(username),
        idToken: this.#idTokens.get(username),
        document: document?.name ?? "none.md",
        canary: sampleCanaries()[id] ?? "nothing at all",
      });
    }
    return parties;
  }

  /** A suspended tenant, with a member who is invited now: the user pool lets it sign in, and nothing else does. */
  async suspendedParty(target: LocalTarget, id: string): Promise<SignedIn> {
    const item = await registryItem(target, id);
    if (!item) throw new Error(`there is no tenant ${id}`);
    const user = await this.#operator.invite({
      username: `member-of-${id}`,
      email: `member@${id}.example`,
      tenant: id,
      groups: [],
    });
    const { accessToken, idToken } = await this.#operator.signIn(user);
    return {
      id,
      tier: item.tier,
      active: false,
      token: accessToken,
      idToken,
      document: "none.md",
      canary: "nothing at all",
    };
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

  /** A member of the tenant, and of one of the groups if any are named. */
  #memberOf(tenant: string, groups?: readonly string[]): User {
    const member = this.users.find(
      (user) => user.tenant === tenant && (groups?.some((group) => user.groups.includes(group)) ?? true),
    );
    if (!member)
      throw new Error(`tenant ${tenant} has no sample user${groups ? ` in ${groups.join(", ")}` : ""}`);
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

/** The embedded account as a target: besides what AWS has, sessions of any role, tokens of the pool's own key, the decision log. */
import { SignJWT } from "jose";
import { Account } from "../account/account.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION, OPERATOR } from "../account/identity.ts";
import { PATHS, type LoggedDecision } from "../gateway/contract.ts";
import { SigningKeys } from "../gateway/issuer/keys.ts";
import { Roles } from "../gateway/roles.ts";
import { Sessions } from "../gateway/sessions.ts";
import { LOCAL_STACK } from "../paths.ts";
import type { Credentials } from "../../verify/request.ts";
import type { Deployment, LoggedRefusal, Target } from "../../verify/target.ts";

const SESSION_SECONDS = 3600;

/** The newest decisions that the gateway tells at once: more than a batch of attacks makes. */
const DECISIONS = 5000;

/** Reads the account's own file, so it serves whichever process serves the account. */
export class LocalTarget implements Target {
  readonly place = { environment: LOCAL_STACK, account: LOCAL_ACCOUNT, region: LOCAL_REGION };
  readonly deployment: Deployment;
  readonly #origin: string;
  readonly #account: Account;
  readonly #operator: Credentials;

  /** @param folder the account's; @param origin where it is served */
  constructor(folder: string, origin: string, deployment: Deployment) {
    this.deployment = deployment;
    this.#origin = origin;
    this.#account = Account.open(folder);
    this.#operator = this.#session(OPERATOR, {});
  }

  get operator() {
    return {
      endpoint: this.#origin,
      region: LOCAL_REGION,
      credentials: this.#operator,
      // A throttled call says nothing.
      maxAttempts: 6,
    };
  }

  endpoint(): string {
    return this.#origin;
  }

  outsider(): Promise<Credentials> {
    return Promise.resolve(this.#operator);
  }

  insider(roleArn: string, tags: Readonly<Record<string, string>>): Promise<Credentials> {
    return Promise.resolve(this.#session(roleArn, tags));
  }

  keyArn(alias: string): Promise<string> {
    const record = this.#account.find("aws:kms/alias:Alias", "name", alias);
    if (!record) throw new Error(`there is no key behind ${alias}`);
    return Promise.resolve(String(record.outputs["targetKeyArn"]));
  }

  async signAsPool(claims: Readonly<Record<string, unknown>>): Promise<string> {
    const { key, kid } = await new SigningKeys(this.#account).signing(this.deployment.userPoolId);
    return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid }).sign(key);
  }

  async decisions(requestIds: ReadonlySet<string>): Promise<ReadonlyMap<string, readonly LoggedRefusal[]>> {
    const response = await fetch(`${this.#origin}${PATHS.decisions}?limit=${DECISIONS}`);
    const { decisions } = (await response.json()) as { decisions: LoggedDecision[] };
    const found = new Map<string, LoggedRefusal[]>();
    for (const { callId, allowed, detail } of decisions.reverse()) {
      if (!requestIds.has(callId)) continue;
      found.set(callId, [...(found.get(callId) ?? []), { allowed, detail }]);
    }
    return found;
  }

  close(): void {
    this.#account.close();
  }

  #session(roleArn: string, tags: Readonly<Record<string, string>>): Credentials {
    const roles = new Roles(this.#account);
    const role = roles.find(roleArn);
    if (!role) throw new Error(`the role ${roleArn} is not deployed`);
    const { accessKeyId, secretAccessKey, sessionToken } = new Sessions(this.#account, roles).issue(role, {
      sessionName: "attacker",
      seconds: SESSION_SECONDS,
      tags,
    });
    return { accessKeyId, secretAccessKey, sessionToken };
  }
}

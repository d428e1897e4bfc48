/** What a client still has to show before it gets tokens: each step of a sign-in has a session of its own. */
import { randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import { AwsError } from "../contract.ts";
import type { UserPool, UserPoolClient } from "./pools.ts";
import type { TriggerSource } from "./trigger.ts";
import type { User } from "./users.ts";

export type ChallengeName = "NEW_PASSWORD_REQUIRED" | "MFA_SETUP" | "SOFTWARE_TOKEN_MFA";

export interface Challenge {
  readonly clientId: string;
  readonly poolId: string;
  readonly sub: string;
  readonly asks: ChallengeName;
  /** Of the tokens that are issued once it is met. */
  readonly source: TriggerSource;
  /** Of an authenticator that is being set up. */
  readonly secret?: string;
  readonly isSetUp?: boolean;
}

export const invalidSession = (): AwsError =>
  new AwsError("NotAuthorizedException", "Invalid session for the user.");

export class Challenges {
  readonly #open = new LRUCache<string, Challenge>({ max: 10_000 });

  /** @returns its session */
  begin(client: UserPoolClient, user: User, what: Pick<Challenge, "asks" | "source">): string {
    const session = newSession();
    const challenge = { clientId: client.id, poolId: client.userPoolId, sub: user.sub, ...what };
    this.#open.set(session, challenge, { ttl: client.seconds.session * 1000 });
    return session;
  }

  get(session: string): Challenge | undefined {
    return this.#open.get(session);
  }

  /** @throws AwsError unless this session asks this of this user */
  asked(
    { client, pool, user }: { client: UserPoolClient; pool: UserPool; user: User | undefined },
    session: string,
    asks: ChallengeName,
  ): Challenge & { readonly user: User } {
    const challenge = this.#open.get(session);
    const fits =
      challenge?.clientId === client.id && challenge.poolId === pool.id && challenge.sub === user?.sub;
    if (!fits || challenge.asks !== asks) throw invalidSession();
    if (!user.enabled) throw new AwsError("NotAuthorizedException", "User is disabled.");
    return { ...challenge, user };
  }

  /** A session is good for one success. */
  end(session: string): void {
    this.#open.delete(session);
  }

  /** A further step of a challenge: its session ends when the first would have. */
  renew(session: string, challenge: Challenge): string {
    const next = newSession();
    this.#open.set(next, challenge, { ttl: this.#open.getRemainingTTL(session) });
    this.#open.delete(session);
    return next;
  }
}

const newSession = (): string => randomBytes(48).toString("base64url");

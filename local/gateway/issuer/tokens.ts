/** What a sign-in ends in: tokens, signed by the pool's key, with what the pre-token trigger says. */
import { randomUUID } from "node:crypto";
import { SignJWT, type JWTPayload } from "jose";
import type { Gateway } from "../contract.ts";
import { accessClaims, idClaims, type Grant } from "./claims.ts";
import type { SigningKeys } from "./keys.ts";
import type { UserPool, UserPoolClient } from "./pools.ts";
import type { RefreshTokens } from "./refresh-tokens.ts";
import { preTokenOverrides, type TriggerSource } from "./trigger.ts";
import type { User } from "./users.ts";

/** Cognito's scope for a user's own attributes, which sign-in through the API gives. */
const SCOPES = ["aws.cognito.signin.user.admin"];

export interface Tokens {
  readonly AccessToken: string;
  readonly IdToken: string;
  readonly RefreshToken?: string;
  readonly ExpiresIn: number;
  readonly TokenType: "Bearer";
}

/** Whose tokens, by which client, and at the end of which flow. */
export interface Issued {
  readonly pool: UserPool;
  readonly client: UserPoolClient;
  readonly user: User;
  readonly source: TriggerSource;
}

/** The sign-in that refreshed tokens go on from. */
export interface Refreshed {
  readonly originJti: string;
  readonly authTime: number;
}

export class TokenIssuer {
  readonly #gateway: Gateway;
  readonly #keys: SigningKeys;
  readonly #refreshTokens: RefreshTokens;

  constructor(gateway: Gateway, stores: { keys: SigningKeys; refreshTokens: RefreshTokens }) {
    this.#gateway = gateway;
    this.#keys = stores.keys;
    this.#refreshTokens = stores.refreshTokens;
  }

  async issue({ pool, client, user, source }: Issued, refreshed?: Refreshed): Promise<Tokens> {
    const now = Math.floor(Date.now() / 1000);
    const eventId = randomUUID();
    const grant: Grant = {
      pool,
      client,
      user,
      scopes: SCOPES,
      originJti: refreshed?.originJti ?? randomUUID(),
      authTime: refreshed?.authTime ?? now,
      eventId,
      now,
    };
    const overrides = await preTokenOverrides(this.#gateway, {
      pool,
      client,
      user,
      scopes: SCOPES,
      source,
      id: eventId,
    });
    const { kid, key } = await this.#keys.signing(pool.id);
    const sign = (claims: JWTPayload): Promise<string> =>
      new SignJWT(claims).setProtectedHeader({ kid, alg: "RS256" }).sign(key);
    const [AccessToken, IdToken] = await Promise.all([
      sign(accessClaims(grant, randomUUID(), overrides)),
      sign(idClaims(grant, randomUUID(), overrides)),
    ]);
    const RefreshToken = refreshed
      ? undefined
      : this.#refreshTokens.issue({
          poolId: pool.id,
          clientId: client.id,
          username: user.username,
          sub: user.sub,
          originJti: grant.originJti,
          authTime: grant.authTime,
          expires: now + client.seconds.refresh,
        });
    return {
      AccessToken,
      IdToken,
      ...(RefreshToken !== undefined && { RefreshToken }),
      ExpiresIn: client.seconds.access,
      TokenType: "Bearer",
    };
  }
}

import { createHmac, timingSafeEqual } from "node:crypto";
import { AwsError, type Gateway } from "../contract.ts";
import { newSecret, stepOf } from "./authenticator.ts";
import { type Challenge, type ChallengeName, Challenges, invalidSession } from "./challenges.ts";
import type { SigningKeys } from "./keys.ts";
import { checkPassword, hashPassword, passwordMatches } from "./passwords.ts";
import { checkServed, findPool, notServed, type UserPool, type UserPoolClient } from "./pools.ts";
import type { RefreshTokens } from "./refresh-tokens.ts";
import { type Issued, type Refreshed, TokenIssuer, type Tokens } from "./tokens.ts";
import type { TriggerSource } from "./trigger.ts";
import type { User, Users } from "./users.ts";

export type AuthResponse =
  | { readonly AuthenticationResult: Tokens; readonly ChallengeParameters: Record<string, never> }
  | {
      readonly ChallengeName: ChallengeName;
      readonly Session: string;
      readonly ChallengeParameters: Readonly<Record<string, string>>;
    };

type AuthParameters = Readonly<Record<string, string>>;

/** The flows by which a client of a pool turns a password or a refresh token into tokens. */
export class SignIn {
  readonly #gateway: Gateway;
  readonly #users: Users;
  readonly #tokens: TokenIssuer;
  readonly #refreshTokens: RefreshTokens;
  readonly #challenges = new Challenges();

  constructor(gateway: Gateway, stores: { users: Users; keys: SigningKeys; refreshTokens: RefreshTokens }) {
    this.#gateway = gateway;
    this.#users = stores.users;
    this.#tokens = new TokenIssuer(gateway, stores);
    this.#refreshTokens = stores.refreshTokens;
  }

  async withPassword(client: UserPoolClient, parameters: AuthParameters): Promise<AuthResponse> {
    const pool = this.#pool(client);
    const name = required(parameters, "USERNAME");
    const password = required(parameters, "PASSWORD");
    checkSecretHash(client, name, parameters);
    const user = this.#users.find(pool, name);
    if (!(await passwordMatches(password, user?.password)) || !user) {
      if (!user && !client.hidesUnknownUsers)
        throw new AwsError("UserNotFoundException", "User does not exist.");
      throw new AwsError("NotAuthorizedException", "Incorrect username or password.");
    }
    if (!user.enabled) throw new AwsError("NotAuthorizedException", "User is disabled.");
    if (user.status === "CONFIRMED")
      return this.#secondFactor(pool, client, user, "TokenGeneration_Authentication");
    const days = pool.passwordPolicy?.temporaryPasswordValidityDays ?? 7;
    if (Date.now() - (user.temporarySince ?? 0) > days * 86_400_000)
      throw new AwsError(
        "NotAuthorizedException",
        "Temporary password has expired and must be reset by an administrator.",
      );
    return this.#ask(
      client,
      user,
      { asks: "NEW_PASSWORD_REQUIRED", source: "TokenGeneration_NewPasswordChallenge" },
      { requiredAttributes: "[]", userAttributes: JSON.stringify(user.attributes) },
    );
  }

  async withNewPassword(
    client: UserPoolClient,
    session: string,
    responses: AuthParameters,
  ): Promise<AuthResponse> {
    const pool = this.#pool(client);
    const name = required(responses, "USERNAME");
    const password = required(responses, "NEW_PASSWORD");
    checkSecretHash(client, name, responses);
    const attribute = Object.keys(responses).find((key) => key.startsWith("userAttributes."));
    if (attribute !== undefined) throw notServed(`${attribute} in a challenge's responses`);
    const { user, source } = this.#asked(client, pool, session, name, "NEW_PASSWORD_REQUIRED");
    if (user.status !== "FORCE_CHANGE_PASSWORD") throw invalidSession();
    checkPassword(pool, password);
    // Before the password is hashed: another try meanwhile finds the session gone.
    this.#challenges.end(session);
    const changed = this.#users.update(pool, user, {
      password: await hashPassword(password),
      status: "CONFIRMED",
    });
    return this.#secondFactor(pool, client, changed, source);
  }

  /** A new authenticator's secret, for whoever is asked to set one up. */
  associate(session: string): { readonly SecretCode: string; readonly Session: string } {
    const challenge = this.#challenges.get(session);
    if (challenge?.asks !== "MFA_SETUP") throw invalidSession();
    const secret = newSecret();
    return { SecretCode: secret, Session: this.#challenges.renew(session, { ...challenge, secret }) };
  }

  /** The first code shows that the secret arrived. */
  verify(session: string, code: string): { readonly Status: "SUCCESS"; readonly Session: string } {
    const challenge = this.#challenges.get(session);
    if (challenge?.secret === undefined) throw invalidSession();
    const { secret, poolId, sub } = challenge;
    const used = stepOf(secret, code);
    if (used === undefined) throw new AwsError("EnableSoftwareTokenMFAException", "Code mismatch");
    const pool = findPool(this.#gateway.account, poolId);
    this.#users.update(pool, this.#users.get(pool, sub), { authenticator: { secret, used } });
    return { Status: "SUCCESS", Session: this.#challenges.renew(session, { ...challenge, isSetUp: true }) };
  }

  withAuthenticatorSetUp(
    client: UserPoolClient,
    session: string,
    responses: AuthParameters,
  ): Promise<AuthResponse> {
    const pool = this.#pool(client);
    const name = required(responses, "USERNAME");
    checkSecretHash(client, name, responses);
    const { user, source, isSetUp } = this.#asked(client, pool, session, name, "MFA_SETUP");
    if (isSetUp !== true) throw new AwsError("InvalidParameterException", "No authenticator was set up.");
    this.#challenges.end(session);
    return this.#issue({ pool, client, user, source });
  }

  withCode(client: UserPoolClient, session: string, responses: AuthParameters): Promise<AuthResponse> {
    const pool = this.#pool(client);
    const name = required(responses, "USERNAME");
    const code = required(responses, "SOFTWARE_TOKEN_MFA_CODE");
    checkSecretHash(client, name, responses);
    const { user, source } = this.#asked(client, pool, session, name, "SOFTWARE_TOKEN_MFA");
    const { secret = "", used = 0 } = user.authenticator ?? {};
    const step = stepOf(secret, code);
    if (step === undefined) throw new AwsError("CodeMismatchException", "Invalid code received for user");
    if (step <= used)
      throw new AwsError("ExpiredCodeException", "Your software token has already been used once.");
    this.#challenges.end(session);
    const changed = this.#users.update(pool, user, { authenticator: { secret, used: step } });
    return this.#issue({ pool, client, user: changed, source });
  }

  async withRefreshToken(client: UserPoolClient, parameters: AuthParameters): Promise<AuthResponse> {
    const pool = this.#pool(client);
    const grant = this.#refreshTokens.find(required(parameters, "REFRESH_TOKEN"));
    if (!grant || grant.clientId !== client.id || grant.poolId !== pool.id)
      throw new AwsError("NotAuthorizedException", "Invalid Refresh Token");
    const user = this.#users.find(pool, grant.username);
    // Another user of the same name is not the one who signed in.
    if (user?.sub !== grant.sub) throw new AwsError("NotAuthorizedException", "Invalid Refresh Token");
    checkSecretHash(client, user.username, parameters);
    if (!user.enabled) throw new AwsError("NotAuthorizedException", "User is disabled.");
    return this.#issue({ pool, client, user, source: "TokenGeneration_RefreshTokens" }, grant);
  }

  /** What comes after the password: a code where the pool or the user wants one, or tokens. */
  #secondFactor(
    pool: UserPool,
    client: UserPoolClient,
    user: User,
    source: TriggerSource,
  ): Promise<AuthResponse> | AuthResponse {
    if (user.authenticator && pool.mfaConfiguration !== "OFF")
      return this.#ask(client, user, { asks: "SOFTWARE_TOKEN_MFA", source });
    if (pool.mfaConfiguration === "ON")
      return this.#ask(
        client,
        user,
        { asks: "MFA_SETUP", source },
        { MFAS_CAN_SETUP: JSON.stringify(["SOFTWARE_TOKEN_MFA"]) },
      );
    return this.#issue({ pool, client, user, source });
  }

  #ask(
    client: UserPoolClient,
    user: User,
    what: Pick<Challenge, "asks" | "source">,
    parameters: Readonly<Record<string, string>> = {},
  ): AuthResponse {
    const session = this.#challenges.begin(client, user, what);
    return {
      ChallengeName: what.asks,
      Session: session,
      ChallengeParameters: { USER_ID_FOR_SRP: user.username, ...parameters },
    };
  }

  #asked(client: UserPoolClient, pool: UserPool, session: string, name: string, asks: ChallengeName) {
    return this.#challenges.asked({ client, pool, user: this.#users.find(pool, name) }, session, asks);
  }

  #pool(client: UserPoolClient): UserPool {
    const pool = findPool(this.#gateway.account, client.userPoolId);
    checkServed(pool);
    return pool;
  }

  async #issue(of: Issued, refreshed?: Refreshed): Promise<AuthResponse> {
    return { AuthenticationResult: await this.#tokens.issue(of, refreshed), ChallengeParameters: {} };
  }
}

function required(parameters: AuthParameters, name: string): string {
  const value = parameters[name];
  if (!value) throw new AwsError("InvalidParameterException", `Missing required parameter ${name}`);
  return value;
}

/** A client with a secret proves it by an HMAC over the username and its own id. */
function checkSecretHash(client: UserPoolClient, username: string, parameters: AuthParameters): void {
  if (client.secret === undefined) return;
  const expected = createHmac("sha256", client.secret).update(`${username}${client.id}`).digest();
  const given = Buffer.from(parameters["SECRET_HASH"] ?? "", "base64");
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw new AwsError("NotAuthorizedException", `Unable to verify secret hash for client ${client.id}`);
}

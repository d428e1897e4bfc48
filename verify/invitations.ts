/** Users of an environment, as an operator invites and removes them: in the user pool, and as members of a tenant. */
import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminGetUserCommand,
  AdminInitiateAuthCommand,
  AdminRespondToAuthChallengeCommand,
  AdminSetUserPasswordCommand,
  AssociateSoftwareTokenCommand,
  CognitoIdentityProviderClient,
  UsernameExistsException,
  VerifySoftwareTokenCommand,
  type AdminInitiateAuthResponse,
} from "@aws-sdk/client-cognito-identity-provider";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { createHash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { userPoolIssuer, type PersonMembership, type UserItem } from "../runtime/contract/registry.ts";
import { oneTimeCode, STEP_MS, timeStep } from "./one-time-code.ts";
import type { Deployment, Target } from "./target.ts";

/** A user who can sign in. */
export interface User {
  readonly username: string;
  readonly password: string;
  readonly tenant: string;
  readonly groups: readonly string[];
}

export interface Tokens {
  readonly accessToken: string;
  readonly idToken: string;
}

/** What an operator does besides `pulumi up`. */
export class Invitations {
  readonly #cognito: CognitoIdentityProviderClient;
  readonly #tables: DynamoDBDocumentClient;
  readonly #deployment: Deployment;
  readonly #region: string;
  /** Authenticators that were set up here, by username, and the time step of the last code of each. */
  readonly #authenticators = new Map<string, { readonly secret: string; readonly used: number }>();

  constructor({ operator, deployment }: Pick<Target, "operator" | "deployment">) {
    this.#cognito = new CognitoIdentityProviderClient(operator);
    this.#tables = DynamoDBDocumentClient.from(new DynamoDBClient(operator));
    this.#deployment = deployment;
    this.#region = operator.region;
  }

  /** Creates a user, or takes the one there is, sets a password made up now, and makes it a member of its tenant. */
  async invite(user: Omit<User, "password"> & { readonly email: string }): Promise<User> {
    const created = await this.create(user);
    const { username, tenant, groups, email } = user;
    const { sub } = created;
    const member = memberId(tenant, email);
    await this.#put(this.#deployment.usersTable, {
      tenant_id: tenant,
      id: member,
      email,
      groups,
      state: "active",
      invitation: member,
      expires: 0,
      sub,
      username,
    } satisfies UserItem);
    await this.#put(this.#deployment.membershipsTable, {
      ...this.#key(sub),
      tenant_id: tenant,
      member,
    } satisfies PersonMembership);
    return { username, password: created.password, tenant, groups };
  }

  /** The user alone, a member of no tenant. */
  async create(user: {
    readonly username: string;
    readonly email: string;
  }): Promise<{ readonly username: string; readonly password: string; readonly sub: string }> {
    const { userPoolId } = this.#deployment;
    // One of each kind, whatever the pool's policy asks for.
    const password = `${randomBytes(12).toString("base64url")}-aA1`;
    const sub = await this.#createUser(user);
    await this.#cognito.send(
      new AdminSetUserPasswordCommand({
        UserPoolId: userPoolId,
        Username: user.username,
        Password: password,
        Permanent: true,
      }),
    );
    return { username: user.username, password, sub };
  }

  /** Takes the user out of pool, memberships and tenant. */
  async remove(username: string): Promise<void> {
    const { userPoolId: UserPoolId, membershipsTable, usersTable } = this.#deployment;
    const { UserAttributes } = await this.#cognito.send(
      new AdminGetUserCommand({ UserPoolId, Username: username }),
    );
    const sub = subOf(username, UserAttributes);
    const { Attributes: membership } = await this.#tables.send(
      new DeleteCommand({
        TableName: membershipsTable,
        Key: this.#key(sub),
        ReturnValues: "ALL_OLD",
      }),
    );
    if (membership) {
      const { tenant_id, member } = membership as PersonMembership;
      await this.#tables.send(new DeleteCommand({ TableName: usersTable, Key: { tenant_id, id: member } }));
    }
    await this.#cognito.send(new AdminDeleteUserCommand({ UserPoolId, Username: username }));
  }

  /**
   * Signs in by password, as a server may that has the operator's credentials: no client needs the flow in which passwords are sent by
   * anybody. Where the pool asks for a second factor, with an authenticator that is set up at the first sign-in.
   */
  async signIn({ username, password }: Pick<User, "username" | "password">): Promise<Tokens> {
    const { userPoolId: UserPoolId, clientId: ClientId } = this.#deployment;
    let answer: AdminInitiateAuthResponse = await this.#cognito.send(
      new AdminInitiateAuthCommand({
        UserPoolId,
        ClientId,
        AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: username, PASSWORD: password },
      }),
    );
    const { ChallengeName } = answer;
    if (ChallengeName !== undefined) {
      const { Session, code } = await this.#secondFactor(username, answer);
      answer = await this.#cognito.send(
        new AdminRespondToAuthChallengeCommand({
          UserPoolId,
          ClientId,
          ChallengeName,
          Session,
          ChallengeResponses: { USERNAME: username, ...code },
        }),
      );
    }
    const { AuthenticationResult: result } = answer;
    if (result?.AccessToken === undefined || result.IdToken === undefined)
      throw new Error(`${username} signed in and got no tokens`);
    return { accessToken: result.AccessToken, idToken: result.IdToken };
  }

  async #secondFactor(
    username: string,
    { ChallengeName, Session }: AdminInitiateAuthResponse,
  ): Promise<{ readonly Session: string | undefined; readonly code: Readonly<Record<string, string>> }> {
    if (ChallengeName === "SOFTWARE_TOKEN_MFA")
      return { Session, code: { SOFTWARE_TOKEN_MFA_CODE: await this.#code(username) } };
    if (ChallengeName !== "MFA_SETUP")
      throw new Error(`${username} can't sign in: it is asked for ${ChallengeName ?? "nothing"}`);
    const made = await this.#cognito.send(new AssociateSoftwareTokenCommand({ Session }));
    this.#authenticators.set(username, { secret: made.SecretCode ?? "", used: 0 });
    const UserCode = await this.#code(username);
    const verified = await this.#cognito.send(
      new VerifySoftwareTokenCommand({ Session: made.Session, UserCode }),
    );
    return { Session: verified.Session, code: {} };
  }

  /** The authenticator's next code: none is taken twice. */
  async #code(username: string): Promise<string> {
    const authenticator = this.#authenticators.get(username);
    if (!authenticator) throw new Error(`${username} has an authenticator that is not ours`);
    const { secret, used } = authenticator;
    while (timeStep(Date.now()) <= used) await sleep(STEP_MS - (Date.now() % STEP_MS));
    const step = timeStep(Date.now());
    this.#authenticators.set(username, { secret, used: step });
    return oneTimeCode(secret, step);
  }

  async #put(TableName: string, Item: UserItem | PersonMembership): Promise<void> {
    await this.#tables.send(new PutCommand({ TableName, Item }));
  }

  #key(sub: string): Pick<PersonMembership, "user"> {
    return { user: `${userPoolIssuer(this.#region, this.#deployment.userPoolId)}#${sub}` };
  }

  /** @returns the user's `sub`; a user who is there already keeps it. */
  async #createUser({
    username,
    email,
  }: {
    readonly username: string;
    readonly email: string;
  }): Promise<string> {
    const { userPoolId } = this.#deployment;
    const attributes = await this.#cognito
      .send(
        new AdminCreateUserCommand({
          UserPoolId: userPoolId,
          Username: username,
          MessageAction: "SUPPRESS",
          UserAttributes: [
            { Name: "email", Value: email },
            { Name: "email_verified", Value: "true" },
          ],
        }),
      )
      .then(
        ({ User: created }) => created?.Attributes,
        async (error: unknown) => {
          if (!(error instanceof UsernameExistsException)) throw error;
          const known = await this.#cognito.send(
            new AdminGetUserCommand({ UserPoolId: userPoolId, Username: username }),
          );
          return known.UserAttributes;
        },
      );
    return subOf(username, attributes);
  }
}

/** As the users API names people: `runtime/shared/users/email.ts`. */
export function memberId(tenant: string, email: string): string {
  return createHash("sha256").update(`${tenant}/${email}`).digest("hex").slice(0, 32);
}

function subOf(
  username: string,
  attributes:
    readonly { readonly Name?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): string {
  const sub = attributes?.find(({ Name }) => Name === "sub")?.Value;
  if (sub === undefined) throw new Error(`The user pool knows ${username} without a sub`);
  return sub;
}

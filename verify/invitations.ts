/** Users of an environment, as an operator invites and removes them: in the user pool, and as members of a tenant. */
import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  UsernameExistsException,
} from "@aws-sdk/client-cognito-identity-provider";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { createHash, randomBytes } from "node:crypto";
import { userPoolIssuer, type PersonMembership, type UserItem } from "../runtime/contract/registry.ts";
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
    const password = `${randomBytes(12).toString("base64url")}aA1`;
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

  /** Signs in by password. */
  async signIn({ username, password }: Pick<User, "username" | "password">): Promise<Tokens> {
    const { AuthenticationResult: result } = await this.#cognito.send(
      new InitiateAuthCommand({
        ClientId: this.#deployment.clientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: username, PASSWORD: password },
      }),
    );
    if (result?.AccessToken === undefined || result.IdToken === undefined)
      throw new Error(`${username} signed in and got no tokens`);
    return { accessToken: result.AccessToken, idToken: result.IdToken };
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

import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  UsernameExistsException,
} from "@aws-sdk/client-cognito-identity-provider";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { randomBytes } from "node:crypto";
import { userPoolIssuer, type MembershipItem } from "../../runtime/contract/registry.ts";
import { LOCAL_REGION, OPERATOR } from "../account/identity.ts";
import type { Session } from "../gateway/contract.ts";
import type { RunningGateway } from "../gateway/index.ts";

/** The stack's outputs that a user or an operator needs. */
export interface Deployment {
  readonly apiUrl: string;
  readonly userPoolId: string;
  readonly clientId: string;
  readonly membershipsTable: string;
}

/** A user who can sign in. */
export interface User {
  readonly username: string;
  readonly password: string;
  readonly tenant: string;
  readonly groups: readonly string[];
}

/** How an AWS SDK client reaches the embedded account as a session. */
export function clientConfig(
  origin: string,
  session: Pick<Session, "accessKeyId" | "secretAccessKey" | "sessionToken">,
) {
  const { accessKeyId, secretAccessKey, sessionToken } = session;
  return {
    endpoint: origin,
    region: LOCAL_REGION,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    maxAttempts: 1,
  };
}

/** What an operator does besides `pulumi up`: invites users. */
export class Operator {
  readonly #cognito: CognitoIdentityProviderClient;
  readonly #tables: DynamoDBDocumentClient;
  readonly #deployment: Deployment;

  constructor(gateway: RunningGateway, deployment: Deployment) {
    const config = clientConfig(gateway.origin, gateway.issueSession(OPERATOR, "operator"));
    this.#cognito = new CognitoIdentityProviderClient(config);
    this.#tables = DynamoDBDocumentClient.from(new DynamoDBClient(config));
    this.#deployment = deployment;
  }

  /** Creates a user, or takes the one there is, sets a password made up now, and makes it a member of its tenant. */
  async invite(user: Omit<User, "password"> & { readonly email: string }): Promise<User> {
    const { userPoolId, membershipsTable } = this.#deployment;
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
    const membership: MembershipItem = {
      user: `${userPoolIssuer(LOCAL_REGION, userPoolId)}#${sub}`,
      tenant_id: user.tenant,
      groups: user.groups,
    };
    await this.#tables.send(new PutCommand({ TableName: membershipsTable, Item: membership }));
    return { username: user.username, password, tenant: user.tenant, groups: user.groups };
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
    const sub = attributes?.find(({ Name }) => Name === "sub")?.Value;
    if (sub === undefined) throw new Error(`The user pool knows ${username} without a sub`);
    return sub;
  }
}

/** Signs in by password. @returns the access token. */
export async function signIn(
  origin: string,
  clientId: string,
  user: Pick<User, "username" | "password">,
): Promise<string> {
  const cognito = new CognitoIdentityProviderClient({
    endpoint: origin,
    region: LOCAL_REGION,
    // InitiateAuth is unsigned; the SDK asks for credentials all the same.
    credentials: { accessKeyId: "none", secretAccessKey: "none" },
    maxAttempts: 1,
  });
  const { AuthenticationResult } = await cognito.send(
    new InitiateAuthCommand({
      ClientId: clientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: user.username, PASSWORD: user.password },
    }),
  );
  const token = AuthenticationResult?.AccessToken;
  if (token === undefined) throw new Error(`${user.username} signed in and got no access token`);
  return token;
}

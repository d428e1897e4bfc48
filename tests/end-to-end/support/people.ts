/** People of a deployed account as they come to it: by invitation, with the one-time password that the user pool sent them. */
import {
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import type { Deployment } from "../../../local/demo/operator.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../../../local/account/identity.ts";
import { PATHS } from "../../../local/gateway/contract.ts";
import type { RunningGateway } from "../../../local/gateway/index.ts";
import { Mail } from "../../../local/gateway/issuer/mail.ts";
import { LOCAL_STACK } from "../../../local/paths.ts";
import { accountName, appClientName, platformNames } from "../../../runtime/contract/names.ts";
import type { RequestParts } from "../../../verify/api-client.ts";
import { ApiClient } from "../../../verify/api-client.ts";

export interface SignedIn {
  readonly accessToken: string;
  readonly refreshToken: string;
}

export class People {
  readonly #gateway: RunningGateway;
  readonly #deployment: Deployment;
  readonly #cognito: CognitoIdentityProviderClient;

  constructor(gateway: RunningGateway, deployment: Deployment) {
    this.#gateway = gateway;
    this.#deployment = deployment;
    this.#cognito = new CognitoIdentityProviderClient({
      endpoint: gateway.origin,
      region: LOCAL_REGION,
      maxAttempts: 6,
      credentials: { accessKeyId: "none", secretAccessKey: "none" },
    });
  }

  /** The one-time password in the mail that an invitation sent; undefined if there is none. */
  mailed(tenant: string, email: string): string | undefined {
    const mail = new Mail(this.#gateway.account);
    return mail.find(this.#deployment.userPoolId, accountName(tenant, email))?.password;
  }

  /** Signs in by the one-time password, and chooses another. */
  async accept(tenant: string, email: string, oneTime = this.mailed(tenant, email)): Promise<SignedIn> {
    const username = accountName(tenant, email);
    const { ChallengeName, Session } = await this.#cognito.send(
      new InitiateAuthCommand({
        ClientId: this.#deployment.clientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: username, PASSWORD: oneTime ?? "" },
      }),
    );
    if (ChallengeName !== "NEW_PASSWORD_REQUIRED") throw new Error(`${username} signed in at once`);
    const { AuthenticationResult } = await this.#cognito.send(
      new RespondToAuthChallengeCommand({
        ClientId: this.#deployment.clientId,
        ChallengeName,
        Session,
        ChallengeResponses: { USERNAME: username, NEW_PASSWORD: `${oneTime ?? ""}-Mine7` },
      }),
    );
    return signedIn(AuthenticationResult);
  }

  async refresh(refreshToken: string): Promise<string> {
    const { AuthenticationResult } = await this.#cognito.send(
      new InitiateAuthCommand({
        ClientId: this.#deployment.clientId,
        AuthFlow: "REFRESH_TOKEN_AUTH",
        AuthParameters: { REFRESH_TOKEN: refreshToken },
      }),
    );
    return AuthenticationResult?.AccessToken ?? "";
  }

  /** A token of a tenant's machine client, by its secret. */
  async machine(tenant: string, name: string, scope?: string): Promise<string> {
    const type = "aws:cognito/userPoolClient:UserPoolClient";
    const client = this.#gateway.account.find(type, "name", appClientName(tenant, name));
    const place = { environment: LOCAL_STACK, account: LOCAL_ACCOUNT, region: LOCAL_REGION };
    const secret = String(client?.outputs["clientSecret"]);
    const response = await fetch(
      `${this.#gateway.origin}${PATHS.signIn(platformNames(place).signInDomain)}/oauth2/token`,
      {
        method: "POST",
        headers: {
          authorization: `Basic ${Buffer.from(`${client?.id ?? ""}:${secret}`).toString("base64")}`,
        },
        body: new URLSearchParams({ grant_type: "client_credentials", ...(scope && { scope }) }),
      },
    );
    const body = (await response.json()) as { access_token?: string; error?: string };
    if (body.access_token === undefined) throw new Error(body.error ?? `HTTP ${response.status}`);
    return body.access_token;
  }

  request<Body>(token: string, path: string, parts?: RequestParts) {
    return new ApiClient(this.#deployment.apiUrl, token).request<Body>(path, parts);
  }
}

function signedIn(
  of: { AccessToken?: string | undefined; RefreshToken?: string | undefined } | undefined,
): SignedIn {
  return { accessToken: of?.AccessToken ?? "", refreshToken: of?.RefreshToken ?? "" };
}

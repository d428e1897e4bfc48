import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** Minutes that an access token lives: the bound on how long who was removed can still act. */
export const ACCESS_TOKEN_MINUTES = 15;

const TOKENS = {
  enableTokenRevocation: true,
  preventUserExistenceErrors: "ENABLED",
  accessTokenValidity: ACCESS_TOKEN_MINUTES,
  idTokenValidity: ACCESS_TOKEN_MINUTES,
  refreshTokenValidity: 12,
  tokenValidityUnits: { accessToken: "minutes", idToken: "minutes", refreshToken: "hours" },
} as const;

/**
 * An app client for people: public, so without a secret. On the hosted page they sign in by authorization code, never by the
 * implicit grant; the console sends a PKCE challenge (a user pool can't demand one of a client). Without a console's address there
 * is no sign-in by that page.
 */
export function peopleClient(of: {
  readonly userPoolId: pulumi.Input<string>;
  readonly name: string;
  readonly consoleUrls: readonly string[];
  /** Names of identity providers; `COGNITO`: accounts of the pool itself. */
  readonly providers: readonly pulumi.Input<string>[];
  readonly authFlows: readonly string[];
}): aws.cognito.UserPoolClientArgs {
  const urls = [...of.consoleUrls];
  return {
    name: of.name,
    userPoolId: of.userPoolId,
    generateSecret: false,
    explicitAuthFlows: [...of.authFlows, "ALLOW_REFRESH_TOKEN_AUTH"],
    supportedIdentityProviders: [...of.providers],
    ...(urls.length > 0 && {
      allowedOauthFlowsUserPoolClient: true,
      allowedOauthFlows: ["code"],
      allowedOauthScopes: ["openid", "email", "profile"],
      callbackUrls: urls,
      logoutUrls: urls,
    }),
    ...TOKENS,
  };
}

/** An app client for a machine: it has a secret, gets tokens by client credentials for these scopes, and signs nobody in. */
export function machineClient(of: {
  readonly userPoolId: pulumi.Input<string>;
  readonly name: string;
  readonly scopes: readonly string[];
}): aws.cognito.UserPoolClientArgs {
  return {
    name: of.name,
    userPoolId: of.userPoolId,
    generateSecret: true,
    // Cognito wants one; without a user there is nothing to refresh.
    explicitAuthFlows: ["ALLOW_REFRESH_TOKEN_AUTH"],
    allowedOauthFlowsUserPoolClient: true,
    allowedOauthFlows: ["client_credentials"],
    allowedOauthScopes: [...of.scopes],
    ...TOKENS,
  };
}

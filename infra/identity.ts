import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { platformNames } from "../runtime/contract/names.ts";
import { PlatformFunction, type FunctionDefaults } from "./platform-function.ts";

export interface IdentityArgs {
  readonly functions: FunctionDefaults;
  readonly membershipsTable: pulumi.Input<string>;
  /** USER_PASSWORD_AUTH besides SRP: for trials. */
  readonly passwordSignIn: boolean;
  readonly protect: boolean;
}

/** Who users are: a user pool whose access tokens carry tenant and groups, put there by the pre-token trigger. */
export class Identity extends pulumi.ComponentResource {
  readonly userPoolId: pulumi.Output<string>;
  readonly clientId: pulumi.Output<string>;

  constructor(name: string, args: IdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:Identity", name, {}, opts);
    const inside = { parent: this };
    const preToken = new PlatformFunction(
      {
        fn: "pre-token",
        defaults: args.functions,
        environment: { MEMBERSHIPS_TABLE: args.membershipsTable },
        timeout: 5, // Cognito waits no longer
      },
      inside,
    );
    const pool = new aws.cognito.UserPool(
      `${name}-pool`,
      {
        name: platformNames(args.functions.place).userPool,
        // The V2 trigger, which can write the access token, needs Essentials.
        userPoolTier: "ESSENTIALS",
        adminCreateUserConfig: { allowAdminCreateUserOnly: true },
        passwordPolicy: {
          minimumLength: 14,
          requireLowercase: true,
          requireUppercase: true,
          requireNumbers: true,
          requireSymbols: false,
          temporaryPasswordValidityDays: 3,
        },
        deletionProtection: args.protect ? "ACTIVE" : "INACTIVE",
        lambdaConfig: { preTokenGenerationConfig: { lambdaArn: preToken.arn, lambdaVersion: "V2_0" } },
      },
      { parent: this, protect: args.protect },
    );
    preToken.allow("cognito-idp.amazonaws.com", pool.arn);
    const client = new aws.cognito.UserPoolClient(
      `${name}-client`,
      {
        name: "users",
        userPoolId: pool.id,
        generateSecret: false,
        explicitAuthFlows: [
          "ALLOW_USER_SRP_AUTH",
          "ALLOW_REFRESH_TOKEN_AUTH",
          ...(args.passwordSignIn ? ["ALLOW_USER_PASSWORD_AUTH"] : []),
        ],
        preventUserExistenceErrors: "ENABLED",
        enableTokenRevocation: true,
        accessTokenValidity: 15,
        idTokenValidity: 15,
        refreshTokenValidity: 12,
        tokenValidityUnits: { accessToken: "minutes", idToken: "minutes", refreshToken: "hours" },
      },
      inside,
    );
    this.userPoolId = pool.id;
    this.clientId = client.id;
    this.registerOutputs({ userPoolId: this.userPoolId, clientId: this.clientId });
  }
}

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { platformNames, POOL_TAG } from "../runtime/contract/names.ts";
import { INVITATION_DAYS, RESOURCE_SERVER, SCOPES } from "../runtime/contract/registry.ts";
import { after } from "../tenants/after.ts";
import { peopleClient } from "../tenants/people-client.ts";
import { invitationMail, SCOPE_DESCRIPTIONS } from "./documents/identity-texts.ts";
import { PlatformFunction, type FunctionDefaults } from "./platform-function.ts";
import type { Settings } from "./settings.ts";

export interface IdentityArgs {
  readonly functions: FunctionDefaults;
  readonly membershipsTable: pulumi.Input<string>;
  readonly usersTable: pulumi.Input<string>;
  readonly settings: Settings;
}

/**
 * Who users are: a user pool whose access tokens carry tenant and groups, put there by the pre-token trigger; the page where they
 * sign in; the scopes of machine clients; and the function that invites tenants' first admins.
 */
export class Identity extends pulumi.ComponentResource {
  readonly userPoolId: pulumi.Output<string>;
  readonly clientId: pulumi.Output<string>;
  /** Known once everything is there that inviting takes. */
  readonly userAdminFunction: pulumi.Output<string>;

  constructor(name: string, args: IdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:Identity", name, {}, opts);
    const inside = { parent: this };
    const { functions, membershipsTable, usersTable, settings } = args;
    const { consoleUrls, mfa, passwordSignIn, protectTenants: protect } = settings;
    const names = platformNames(functions.place);
    const preToken = new PlatformFunction(
      {
        fn: "pre-token",
        defaults: functions,
        environment: { MEMBERSHIPS_TABLE: membershipsTable, USERS_TABLE: usersTable },
        timeout: 5, // Cognito waits no longer
      },
      inside,
    );
    const pool = new aws.cognito.UserPool(
      `${name}-pool`,
      {
        name: names.userPool,
        // The V3 trigger, which writes the access tokens of people and machines, needs Essentials.
        userPoolTier: "ESSENTIALS",
        adminCreateUserConfig: { allowAdminCreateUserOnly: true, inviteMessageTemplate: invitationMail() },
        passwordPolicy: {
          minimumLength: 14,
          requireLowercase: true,
          requireUppercase: true,
          requireNumbers: true,
          requireSymbols: false,
          temporaryPasswordValidityDays: INVITATION_DAYS,
        },
        mfaConfiguration: mfa,
        ...(mfa !== "OFF" && { softwareTokenMfaConfiguration: { enabled: true } }),
        accountRecoverySetting: { recoveryMechanisms: [{ name: "verified_email", priority: 1 }] },
        autoVerifiedAttributes: ["email"],
        // An address that changes counts once it is verified.
        userAttributeUpdateSettings: { attributesRequireVerificationBeforeUpdates: ["email"] },
        deletionProtection: protect ? "ACTIVE" : "INACTIVE",
        lambdaConfig: { preTokenGenerationConfig: { lambdaArn: preToken.arn, lambdaVersion: "V3_0" } },
        tags: { [POOL_TAG]: names.userPool },
      },
      { parent: this, protect },
    );
    preToken.allow("cognito-idp.amazonaws.com", pool.arn);
    new aws.cognito.ResourceServer(
      `${name}-scopes`,
      {
        userPoolId: pool.id,
        identifier: RESOURCE_SERVER,
        name: RESOURCE_SERVER,
        scopes: SCOPES.map((scope) => ({
          scopeName: scope,
          scopeDescription: SCOPE_DESCRIPTIONS[scope],
        })),
      },
      inside,
    );
    const client = new aws.cognito.UserPoolClient(
      `${name}-client`,
      peopleClient({
        userPoolId: pool.id,
        name: "users",
        consoleUrls,
        providers: ["COGNITO"],
        // A server may sign users in whom IAM lets: `bulkhead verify` does, as an operator.
        authFlows: [
          "ALLOW_USER_SRP_AUTH",
          "ALLOW_ADMIN_USER_PASSWORD_AUTH",
          ...(passwordSignIn ? ["ALLOW_USER_PASSWORD_AUTH"] : []),
        ],
      }),
      inside,
    );
    // Machines ask for their tokens there too.
    const domain = new aws.cognito.UserPoolDomain(
      `${name}-domain`,
      { userPoolId: pool.id, domain: names.signInDomain, managedLoginVersion: 2 },
      inside,
    );
    if (consoleUrls.length > 0) {
      new aws.cognito.ManagedLoginBranding(
        `${name}-page`,
        { userPoolId: pool.id, clientId: client.id, useCognitoProvidedValues: true },
        inside,
      );
    }
    const userAdmin = new PlatformFunction(
      {
        fn: "user-admin",
        defaults: functions,
        environment: {
          MEMBERSHIPS_TABLE: membershipsTable,
          USERS_TABLE: usersTable,
          USER_POOL_ID: pool.id,
        },
        timeout: 300,
      },
      inside,
    );
    this.userPoolId = pool.id;
    this.clientId = client.id;
    this.userAdminFunction = after(userAdmin.functionName, domain);
    this.registerOutputs({
      userPoolId: this.userPoolId,
      clientId: this.clientId,
      userAdminFunction: this.userAdminFunction,
    });
  }
}

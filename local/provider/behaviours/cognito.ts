import type { Account } from "../../account/account.ts";
import { AwsError } from "../../gateway/contract.ts";
import type { Behaviours, Draft } from "../behaviour.ts";
import { LOWER, MIXED, characters, hex } from "../ids.ts";
import type { Properties } from "../values.ts";
import { text } from "../values.ts";

const POOL = "aws:cognito/userPool:UserPool";
const CLIENT = "aws:cognito/userPoolClient:UserPoolClient";
const DOMAIN = "aws:cognito/userPoolDomain:UserPoolDomain";
const PROVIDER = "aws:cognito/identityProvider:IdentityProvider";
const RESOURCE_SERVER = "aws:cognito/resourceServer:ResourceServer";

/** Scopes that every pool has. */
const STANDARD_SCOPES = ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"];

export const cognito: Behaviours = {
  [POOL]: {
    defaults: { mfaConfiguration: "OFF", deletionProtection: "INACTIVE" },
    id: (_inputs, seed, place) => `${place.region}_${characters(seed, MIXED, 9)}`,
    outputs: ({ id, place }) => ({
      endpoint: `cognito-idp.${place.region}.amazonaws.com/${id}`,
      estimatedNumberOfUsers: 0,
    }),
    volatile: ["lastModifiedDate"],
  },
  [CLIENT]: {
    defaults: { generateSecret: false },
    id: (_inputs, seed) => characters(seed, LOWER, 26),
    verify: ({ account, inputs }) => {
      poolOf(account, inputs);
      verifySignIn(account, inputs);
    },
    outputs: ({ id, inputs }) =>
      inputs["generateSecret"] === true ? { clientSecret: characters(`${id} secret`, LOWER, 32) } : {},
  },
  [DOMAIN]: {
    id: (inputs) => text(inputs, "domain"),
    conflict: () =>
      new AwsError("InvalidParameterException", "Domain already associated with another user pool."),
    verify: ({ account, inputs }) => {
      poolOf(account, inputs);
    },
    outputs: ({ place, inputs }) => ({
      awsAccountId: place.account,
      s3Bucket: "",
      version: "1",
      ...front(inputs),
    }),
  },
  [PROVIDER]: {
    id: (inputs) => `${text(inputs, "userPoolId")}:${text(inputs, "providerName")}`,
    conflict: (inputs) =>
      new AwsError(
        "DuplicateProviderException",
        `A provider of the name ${text(inputs, "providerName")} already exists.`,
      ),
    verify: ({ account, inputs }) => {
      poolOf(account, inputs);
    },
  },
  [RESOURCE_SERVER]: {
    id: (inputs) => `${text(inputs, "userPoolId")}|${text(inputs, "identifier")}`,
    conflict: (inputs) =>
      new AwsError(
        "InvalidParameterException",
        `${text(inputs, "identifier")} already exists in user pool ${text(inputs, "userPoolId")}.`,
      ),
    verify: ({ account, inputs }) => {
      poolOf(account, inputs);
    },
    outputs: ({ inputs }) => ({ scopeIdentifiers: scopesOf(inputs) }),
  },
  "aws:cognito/managedLoginBranding:ManagedLoginBranding": {
    id: (inputs, seed) => `${text(inputs, "userPoolId")},${hex(seed, 32)}`,
    verify: ({ account, inputs }) => {
      poolOf(account, inputs);
      if (account.resource(CLIENT, text(inputs, "clientId"))) return;
      throw new AwsError(
        "ResourceNotFoundException",
        `User pool client ${text(inputs, "clientId")} does not exist.`,
      );
    },
    outputs: ({ id }) => ({ managedLoginBrandingId: id.slice(id.indexOf(",") + 1), settingsAll: "{}" }),
  },
};

function front(inputs: Properties): Properties {
  const distribution = `${characters(text(inputs, "domain"), LOWER, 14)}.cloudfront.net`;
  return { cloudfrontDistribution: distribution, cloudfrontDistributionArn: distribution };
}

function poolOf(account: Account, inputs: Properties): void {
  const pool = text(inputs, "userPoolId");
  if (!account.resource(POOL, pool))
    throw new AwsError("ResourceNotFoundException", `User pool ${pool} does not exist.`);
}

/** What a client's sign-in by OAuth takes. Source: Cognito's API reference, CreateUserPoolClient. */
function verifySignIn(account: Draft["account"], inputs: Properties): void {
  const pool = text(inputs, "userPoolId");
  const list = (name: string): string[] => (inputs[name] as string[] | undefined) ?? [];
  const flows = list("allowedOauthFlows");
  const fail = (code: string, message: string): never => {
    throw new AwsError(code, message);
  };
  if (flows.includes("client_credentials") && (flows.length > 1 || inputs["generateSecret"] !== true))
    fail(
      "InvalidOAuthFlowException",
      "client_credentials flow can not be selected along with code flow or implicit flow, and takes a client secret.",
    );
  if (flows.some((flow) => flow !== "client_credentials") && list("callbackUrls").length === 0)
    fail("InvalidOAuthFlowException", "code flow or implicit flow takes callback URLs.");
  for (const provider of list("supportedIdentityProviders"))
    if (provider !== "COGNITO" && !account.resource(PROVIDER, `${pool}:${provider}`))
      fail("InvalidParameterException", `The provider ${provider} does not exist for User Pool ${pool}`);
  for (const scope of list("allowedOauthScopes")) {
    const server = account.resource(RESOURCE_SERVER, `${pool}|${scope.slice(0, scope.lastIndexOf("/"))}`);
    if (!STANDARD_SCOPES.includes(scope) && !(server && scopesOf(server.inputs).includes(scope)))
      fail("ScopeDoesNotExistException", `Invalid scope requested: ${scope}`);
  }
}

function scopesOf(inputs: Properties): string[] {
  const scopes = (inputs["scopes"] as { scopeName: string }[] | undefined) ?? [];
  return scopes.map(({ scopeName }) => `${text(inputs, "identifier")}/${scopeName}`);
}

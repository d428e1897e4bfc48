import { z } from "zod";
import { AwsError, PATHS, type Call, type Gateway, type Reply, type Service } from "../contract.ts";
import { ADMIN_OPERATIONS } from "../issuer/admin.ts";
import { SigningKeys } from "../issuer/keys.ts";
import { machineTokens } from "../issuer/machines.ts";
import { Mail } from "../issuer/mail.ts";
import {
  findClient,
  findPool,
  notServed,
  POOL_TYPE,
  poolArn,
  type UserPool,
  type UserPoolClient,
} from "../issuer/pools.ts";
import { RefreshTokens } from "../issuer/refresh-tokens.ts";
import { SignIn, type AuthResponse } from "../issuer/sign-in.ts";
import { Users } from "../issuer/users.ts";
import { parseJson } from "../json.ts";
import { tagsOf } from "../roles.ts";

const TARGET = /^AWSCognitoIdentityProviderService\.(?<operation>[A-Za-z]+)$/;
const DOCUMENT =
  /^\/(?<pool>[a-z0-9-]+_[A-Za-z0-9]+)\/\.well-known\/(?<name>jwks\.json|openid-configuration)$/;
const TOKENS = /^\/_auth\/(?<domain>[a-z0-9-]+)\/oauth2\/token$/;
/** Operations that take a client's id and a user's own secret in place of a signature. */
const UNSIGNED = new Set([
  "InitiateAuth",
  "RespondToAuthChallenge",
  "AssociateSoftwareToken",
  "VerifySoftwareToken",
  "RevokeToken",
]);

/** Cognito user pools: an OpenID issuer with a signing key per deployed pool, and the operations on its users. */
export function createCognitoService(gateway: Gateway): Service {
  const stores = {
    users: new Users(gateway.account),
    keys: new SigningKeys(gateway.account),
    refreshTokens: new RefreshTokens(gateway.account),
    mail: new Mail(gateway.account),
  };
  const signIn = new SignIn(gateway, stores);
  const operations: Readonly<Record<string, (call: Call) => Promise<object>>> = {
    InitiateAuth: (call) => initiate(gateway, signIn, call),
    RespondToAuthChallenge: (call) => respond(gateway, signIn, call),
    AssociateSoftwareToken: (call) => Promise.resolve(signIn.associate(parse(Associate, call.body).Session)),
    VerifySoftwareToken: (call) => {
      const { Session, UserCode } = parse(Verify, call.body);
      return Promise.resolve(signIn.verify(Session, UserCode));
    },
    RevokeToken: (call) => Promise.resolve(revoke(gateway, stores.refreshTokens, call)),
  };

  const byAdministrators: typeof ADMIN_OPERATIONS = {
    ...ADMIN_OPERATIONS,
    AdminInitiateAuth: (_, pool, input) => adminInitiate(gateway, signIn, pool, input),
    AdminRespondToAuthChallenge: (_, pool, input) => adminRespond(gateway, signIn, pool, input),
  };
  const administer = async (operation: string, call: Call): Promise<object> => {
    const run = Object.hasOwn(byAdministrators, operation) ? byAdministrators[operation] : undefined;
    if (!run) throw notServed(`Cognito ${operation}`);
    const input = parse(z.looseObject({ UserPoolId: z.string() }), call.body);
    const record = gateway.account.resource(POOL_TYPE, input.UserPoolId);
    const tags = record ? Object.entries(tagsOf(record)) : [];
    gateway.authorize(call, {
      action: `cognito-idp:${operation}`,
      resource: poolArn(input.UserPoolId),
      context: Object.fromEntries(tags.map(([key, value]) => [`aws:ResourceTag/${key}`, value])),
    });
    return run(stores, findPool(gateway.account, input.UserPoolId), input);
  };

  return {
    serves: (call) => call.service === "cognito-idp" || isUnsigned(call),
    unsigned: isUnsigned,
    async handle(call) {
      const document = DOCUMENT.exec(call.rawPath)?.groups;
      if (document && call.method === "GET")
        return publicDocument(gateway, stores.keys, document["pool"] ?? "", document["name"] ?? "");
      const domain = TOKENS.exec(call.rawPath)?.groups?.["domain"];
      if (domain !== undefined && call.method === "POST")
        return machineTokens(gateway, stores.keys, domain, call);
      const operation = operationOf(call.headers);
      if (operation === undefined)
        throw notServed(`Cognito ${call.headers["x-amz-target"] ?? `${call.method} ${call.rawPath}`}`);
      try {
        // Own names only: every object has a `constructor`, which no operation is.
        const run = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
        return reply(await (run ? run(call) : administer(operation, call)));
      } catch (error) {
        // Cognito's own name for it; the evaluator speaks for all services.
        if (error instanceof AwsError && error.code === "AccessDenied")
          throw new AwsError("AccessDeniedException", error.message, 400);
        throw error;
      }
    },
  };
}

function operationOf(headers: Readonly<Record<string, string>>): string | undefined {
  return TARGET.exec(headers["x-amz-target"] ?? "")?.groups?.["operation"];
}

function isUnsigned(request: Pick<Call, "method" | "rawPath" | "headers">): boolean {
  if (request.method === "GET") return DOCUMENT.test(request.rawPath);
  if (request.method !== "POST") return false;
  return (
    TOKENS.test(request.rawPath) ||
    (request.rawPath === "/" && UNSIGNED.has(operationOf(request.headers) ?? ""))
  );
}

async function publicDocument(
  gateway: Gateway,
  keys: SigningKeys,
  poolId: string,
  name: string,
): Promise<Reply> {
  const pool = findPool(gateway.account, poolId);
  const keySet = name === "jwks.json";
  const document = keySet
    ? await keys.keySet(poolId)
    : {
        issuer: pool.issuer,
        jwks_uri: `${gateway.origin}${PATHS.keySet(poolId)}`,
        id_token_signing_alg_values_supported: ["RS256"],
        response_types_supported: ["code", "token"],
        scopes_supported: ["openid", "email", "phone", "profile"],
        subject_types_supported: ["public"],
      };
  return {
    status: 200,
    headers: { "content-type": "application/json", "cache-control": "public, max-age=86400" },
    body: JSON.stringify(document),
  };
}

const Parameters = z.record(z.string(), z.string()).default({});
const InitiateAuth = z.strictObject({
  AuthFlow: z.string(),
  ClientId: z.string(),
  AuthParameters: Parameters,
  // Neither is passed on to the pre-token trigger by this operation.
  ClientMetadata: Parameters.optional(),
  UserContextData: z.unknown().optional(),
  AnalyticsMetadata: z.unknown().optional(),
});

function initiate(gateway: Gateway, signIn: SignIn, call: Call): Promise<AuthResponse> {
  const of = parse(InitiateAuth, call.body);
  const client = findClient(gateway.account, of.ClientId);
  switch (of.AuthFlow) {
    case "USER_PASSWORD_AUTH":
      checkFlow(client, "ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH");
      return signIn.withPassword(client, of.AuthParameters);
    case "REFRESH_TOKEN_AUTH":
    case "REFRESH_TOKEN":
      checkFlow(client, "ALLOW_REFRESH_TOKEN_AUTH", "REFRESH_TOKEN_AUTH");
      return signIn.withRefreshToken(client, of.AuthParameters);
    default:
      throw notServed(`AuthFlow ${of.AuthFlow}`);
  }
}

const Associate = z.strictObject({ Session: z.string() });
const Verify = z.strictObject({
  Session: z.string(),
  UserCode: z.string().regex(/^[0-9]{6}$/),
  FriendlyDeviceName: z.string().optional(),
});

/** A client of this pool: an administrator of one pool is none of another's. */
function clientOf(gateway: Gateway, pool: UserPool, id: string): UserPoolClient {
  const client = findClient(gateway.account, id);
  if (client.userPoolId !== pool.id)
    throw new AwsError("ResourceNotFoundException", `User pool client ${id} does not exist.`);
  return client;
}

const AdminInitiate = InitiateAuth.omit({ UserContextData: true }).extend({
  UserPoolId: z.string(),
  ContextData: z.unknown().optional(),
});

/** A password that comes from a server, whose IAM policy says whether it may. */
function adminInitiate(
  gateway: Gateway,
  signIn: SignIn,
  pool: UserPool,
  input: unknown,
): Promise<AuthResponse> {
  const of = checked(AdminInitiate, input);
  const client = clientOf(gateway, pool, of.ClientId);
  if (of.AuthFlow !== "ADMIN_USER_PASSWORD_AUTH") throw notServed(`AuthFlow ${of.AuthFlow}`);
  checkFlow(client, "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH");
  return signIn.withPassword(client, of.AuthParameters);
}

function checkFlow(client: UserPoolClient, name: string, legacy: string): void {
  if (client.flows.has(name) || client.flows.has(legacy)) return;
  throw new AwsError("InvalidParameterException", `${legacy} flow not enabled for this client`);
}

const RespondToAuthChallenge = z.strictObject({
  ChallengeName: z.string(),
  ClientId: z.string(),
  Session: z.string(),
  ChallengeResponses: Parameters,
  UserContextData: z.unknown().optional(),
  AnalyticsMetadata: z.unknown().optional(),
});

function respond(gateway: Gateway, signIn: SignIn, call: Call): Promise<AuthResponse> {
  const of = parse(RespondToAuthChallenge, call.body);
  return answered(signIn, findClient(gateway.account, of.ClientId), of);
}

const AdminRespond = RespondToAuthChallenge.omit({ UserContextData: true }).extend({
  UserPoolId: z.string(),
  ContextData: z.unknown().optional(),
});

function adminRespond(
  gateway: Gateway,
  signIn: SignIn,
  pool: UserPool,
  input: unknown,
): Promise<AuthResponse> {
  const of = checked(AdminRespond, input);
  return answered(signIn, clientOf(gateway, pool, of.ClientId), of);
}

function answered(
  signIn: SignIn,
  client: UserPoolClient,
  of: Pick<z.infer<typeof RespondToAuthChallenge>, "ChallengeName" | "Session" | "ChallengeResponses">,
): Promise<AuthResponse> {
  switch (of.ChallengeName) {
    case "NEW_PASSWORD_REQUIRED":
      return signIn.withNewPassword(client, of.Session, of.ChallengeResponses);
    case "MFA_SETUP":
      return signIn.withAuthenticatorSetUp(client, of.Session, of.ChallengeResponses);
    case "SOFTWARE_TOKEN_MFA":
      return signIn.withCode(client, of.Session, of.ChallengeResponses);
    default:
      throw notServed(`ChallengeName ${of.ChallengeName}`);
  }
}

const RevokeToken = z.strictObject({
  Token: z.string(),
  ClientId: z.string(),
  ClientSecret: z.string().optional(),
});

function revoke(gateway: Gateway, refreshTokens: RefreshTokens, call: Call): object {
  const of = parse(RevokeToken, call.body);
  const client = findClient(gateway.account, of.ClientId);
  if (!client.revocation)
    throw new AwsError("UnsupportedOperationException", "Token revocation is not enabled for this client");
  const grant = refreshTokens.find(of.Token);
  if (
    (client.secret !== undefined && of.ClientSecret !== client.secret) ||
    (grant && grant.clientId !== client.id)
  )
    throw new AwsError("UnauthorizedException", "Client is not authorized to revoke this token");
  // As RFC 7009 has it, a token that is not known counts as revoked.
  refreshTokens.revoke(of.Token);
  return {};
}

function parse<Schema extends z.ZodType>(schema: Schema, body: Buffer): z.infer<Schema> {
  let input: unknown;
  try {
    input = parseJson(body.toString("utf8"));
  } catch {
    throw new AwsError("SerializationException", "The request's body is not JSON");
  }
  return checked(schema, input);
}

function checked<Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw new AwsError("InvalidParameterException", z.prettifyError(parsed.error));
  return parsed.data;
}

function reply(body: object): Reply {
  return {
    status: 200,
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify(body),
  };
}

import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  AdminUserGlobalSignOutCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  ListUsersCommand,
  RespondToAuthChallengeCommand,
  RevokeTokenCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { createLocalJWKSet, decodeJwt, jwtVerify, type JSONWebKeySet } from "jose";
import assert from "node:assert/strict";
import { Mail } from "../../../local/gateway/issuer/mail.ts";
import { deployFunction, functionArn, permit } from "./functions/support.ts";
import { type Deployment, startTestGateway, type TestGateway } from "./support.ts";

const POOL = "us-east-1_Abc123xyz";
const OTHER_POOL = "us-east-1_Other9876";
const PLAIN_POOL = "us-east-1_Plain5432";
const V3_POOL = "us-east-1_Three3333";
const PASSWORD = "Correct-horse-7";
const arnOf = (pool: string): string => `arn:aws:cognito-idp:us-east-1:111122223333:userpool/${pool}`;

function deployPool(deployment: Deployment, id: string, trigger?: string, client: object = {}): void {
  deployment.put("aws:cognito/userPool:UserPool", id, {
    arn: arnOf(id),
    passwordPolicy: { minimumLength: 10, requireNumbers: true, temporaryPasswordValidityDays: 3 },
    schemas: [{ name: "department" }],
    ...(trigger !== undefined && {
      lambdaConfig: { preTokenGenerationConfig: { lambdaArn: functionArn(trigger), lambdaVersion: "V2_0" } },
    }),
  });
  deployment.put("aws:cognito/userPoolClient:UserPoolClient", `client-${id}`, {
    userPoolId: id,
    explicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    accessTokenValidity: 15,
    tokenValidityUnits: { accessToken: "minutes" },
    preventUserExistenceErrors: "ENABLED",
    ...client,
  });
}

/** Answers with what it was asked, and tries to set what no trigger may. */
const TRIGGER = `exports.handler = async (event) => {
  if (event.userName === "rejected") throw new Error("no membership");
  if (event.userName === "garbled") return { response: { claimsAndScopeOverrideDetails: { accessTokenGeneration: 1 } } };
  return { ...event, response: { claimsAndScopeOverrideDetails: {
    accessTokenGeneration: {
      claimsToAddOrOverride: { tenant_id: "acme", seen: event, sub: "forged", iss: "https://evil.example", exp: 9999999999,
        token_use: "id", client_id: "x", username: "x", aud: "another", "cognito:groups": ["root"], list: [1, { a: true }] },
      claimsToSuppress: ["exp", "event_id"], scopesToAdd: ["kb/read"], scopesToSuppress: [],
    },
    idTokenGeneration: { claimsToAddOrOverride: { tenant_id: "acme" }, claimsToSuppress: ["email"] },
    groupOverrideDetails: { groupsToOverride: ["platinum"] },
  } } };
};`;

describe("a user pool's issuer", () => {
  let test: TestGateway;
  let admin: CognitoIdentityProviderClient;
  let visitor: CognitoIdentityProviderClient;

  before(async () => {
    test = await startTestGateway((deployment) => {
      deployFunction(deployment, "pre-token", { code: TRIGGER });
      deployFunction(deployment, "unpermitted", { code: TRIGGER });
      permit(deployment, "pre-token", "cognito-idp.amazonaws.com", { sourceArn: arnOf(POOL) });
      deployPool(deployment, POOL, "pre-token");
      // The same trigger without a permission for this pool.
      deployPool(deployment, OTHER_POOL, "pre-token");
      deployFunction(deployment, "pre-token-3", {
        code: `exports.handler = async (event) => {
          if (event.callerContext.clientId === "stranger") throw new Error("no record");
          return { ...event, response: { claimsAndScopeOverrideDetails: { accessTokenGeneration: {
            claimsToAddOrOverride: { tenant_id: "acme", seen: event }, scopesToSuppress: ["kb/write"] } } } };
        };`,
      });
      permit(deployment, "pre-token-3", "cognito-idp.amazonaws.com", { sourceArn: arnOf(V3_POOL) });
      deployPool(deployment, V3_POOL, "pre-token-3");
      const v3 = deployment.account.resource("aws:cognito/userPool:UserPool", V3_POOL);
      deployment.put("aws:cognito/userPool:UserPool", V3_POOL, {
        ...v3?.outputs,
        lambdaConfig: {
          preTokenGenerationConfig: { lambdaArn: functionArn("pre-token-3"), lambdaVersion: "V3_0" },
        },
      });
      for (const [domain, pool] of [
        ["three", V3_POOL],
        ["plain", PLAIN_POOL],
      ] as const)
        deployment.put("aws:cognito/userPoolDomain:UserPoolDomain", domain, { domain, userPoolId: pool });
      for (const [id, client] of [
        ["machine", { allowedOauthFlows: ["client_credentials"], clientSecret: "s3cret" }],
        ["stranger", { allowedOauthFlows: ["client_credentials"], clientSecret: "s3cret" }],
        ["codes", { allowedOauthFlows: ["code"], clientSecret: "s3cret" }],
        ["public", { allowedOauthFlows: ["client_credentials"] }],
      ] as const)
        deployment.put("aws:cognito/userPoolClient:UserPoolClient", id, {
          userPoolId: V3_POOL,
          allowedOauthFlowsUserPoolClient: true,
          allowedOauthScopes: ["kb/read", "kb/write"],
          ...client,
        });
      deployPool(deployment, PLAIN_POOL, undefined, { explicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"] });
      deployment.role("admin", {
        policy: [{ Effect: "Allow", Action: "cognito-idp:*", Resource: `${arnOf("us-east-1_")}*` }],
      });
      deployment.role("tagged", {
        policy: [
          {
            Effect: "Allow",
            Action: "cognito-idp:AdminGetUser",
            Resource: "*",
            Condition: { StringEquals: { "aws:ResourceTag/pool": "mine" } },
          },
        ],
      });
      deployment.role("reader", {
        policy: [{ Effect: "Allow", Action: "cognito-idp:AdminGetUser", Resource: arnOf(POOL) }],
      });
    });
    admin = new CognitoIdentityProviderClient(test.as("admin"));
    visitor = new CognitoIdentityProviderClient({
      endpoint: test.gateway.origin,
      region: "us-east-1",
      maxAttempts: 1,
    });
    for (const [pool, name] of [
      [POOL, "john"],
      [POOL, "rejected"],
      [POOL, "garbled"],
      [OTHER_POOL, "john"],
      [PLAIN_POOL, "john"],
    ] as const)
      await createUser(pool, name);
  });
  after(async () => {
    admin.destroy();
    visitor.destroy();
    await test.stop();
  });

  async function createUser(UserPoolId: string, Username: string): Promise<string> {
    const { User } = await admin.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username,
        MessageAction: "SUPPRESS",
        UserAttributes: [
          { Name: "email", Value: `${Username}@acme.example` },
          { Name: "custom:department", Value: "claims" },
        ],
      }),
    );
    await admin.send(
      new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: PASSWORD, Permanent: true }),
    );
    return User?.Attributes?.find(({ Name }) => Name === "sub")?.Value ?? assert.fail();
  }
  const signIn = (USERNAME: string, PASSWORD_: string = PASSWORD, pool = POOL) =>
    visitor.send(
      new InitiateAuthCommand({
        AuthFlow: "USER_PASSWORD_AUTH",
        ClientId: `client-${pool}`,
        AuthParameters: { USERNAME, PASSWORD: PASSWORD_ },
      }),
    );
  const refresh = (token: string, pool = POOL) =>
    visitor.send(
      new InitiateAuthCommand({
        AuthFlow: "REFRESH_TOKEN_AUTH",
        ClientId: `client-${pool}`,
        AuthParameters: { REFRESH_TOKEN: token },
      }),
    );
  const keysOf = async (pool: string): Promise<JSONWebKeySet> =>
    (await (await fetch(`${test.gateway.origin}/${pool}/.well-known/jwks.json`)).json()) as JSONWebKeySet;

  describe("client credentials", () => {
    const ask = async (
      id: string,
      secret: string,
      form: Readonly<Record<string, string>> = {},
      { domain = "three", how = "basic" } = {},
    ) => {
      const basic = { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` };
      const response = await fetch(`${test.gateway.origin}/_auth/${domain}/oauth2/token`, {
        method: "POST",
        headers: how === "basic" ? basic : {},
        body: new URLSearchParams({
          grant_type: "client_credentials",
          ...(how === "body" && { client_id: id, client_secret: secret }),
          ...form,
        }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };

    for (const how of ["basic", "body"])
      it(`give a machine a token of its own, by the trigger's version 3, with its secret in the ${how}`, async () => {
        const { status, body } = await ask("machine", "s3cret", {}, { how });
        assert.equal(status, 200);
        const { payload } = await jwtVerify(
          String(body["access_token"]),
          createLocalJWKSet(await keysOf(V3_POOL)),
        );
        const { sub, client_id, token_use, scope, tenant_id, username } = payload;
        assert.deepEqual(
          { sub, client_id, token_use, scope, tenant_id, username },
          {
            sub: "machine",
            client_id: "machine",
            token_use: "access",
            scope: "kb/read",
            tenant_id: "acme",
            username: undefined,
          },
        );
        const seen = payload["seen"] as Record<string, unknown>;
        assert.equal(seen["version"], "3");
        assert.equal(seen["triggerSource"], "TokenGeneration_ClientCredentials");
        assert.deepEqual((seen["request"] as Record<string, unknown>)["scopes"], ["kb/read", "kb/write"]);
      });

    for (const [what, error, run] of [
      ["another secret", "invalid_client", () => ask("machine", "s3creT")],
      ["no secret", "invalid_client", () => ask("machine", "")],
      ["a client that has no secret", "invalid_client", () => ask("public", "")],
      ["no such client", "invalid_client", () => ask("nobody", "s3cret")],
      ["another pool's page", "invalid_client", () => ask("machine", "s3cret", {}, { domain: "plain" })],
      ["no such page", "invalid_client", () => ask("machine", "s3cret", {}, { domain: "none" })],
      ["a client for people", "unauthorized_client", () => ask("codes", "s3cret")],
      ["another grant", "invalid_grant", () => ask("machine", "s3cret", { grant_type: "password" })],
      [
        "a scope that the client has not",
        "invalid_scope",
        () => ask("machine", "s3cret", { scope: "kb/admin" }),
      ],
      ["a client that the trigger refuses", "invalid_request", () => ask("stranger", "s3cret")],
    ] as const)
      it(`give nothing to ${what}`, async () => {
        assert.deepEqual((await run()).body, { error });
      });

    it("tell the trigger's version 3 of people as well", async () => {
      await createUser(V3_POOL, "jane");
      const { AuthenticationResult } = await signIn("jane", PASSWORD, V3_POOL);
      const seen = decodeJwt(AuthenticationResult?.AccessToken ?? "")["seen"] as Record<string, unknown>;
      assert.equal(seen["version"], "3");
      assert.equal(seen["userName"], "jane");
    });
  });

  it("keeps the mail of an invitation, whose password works once", async () => {
    await admin.send(
      new AdminCreateUserCommand({
        UserPoolId: POOL,
        Username: "mailed",
        UserAttributes: [{ Name: "email", Value: "mailed@acme.example" }],
      }),
    );
    const mail = new Mail(test.gateway.account).find(POOL, "mailed");
    assert.equal(mail?.to, "mailed@acme.example");
    assert.equal((await signIn("mailed", mail.password)).ChallengeName, "NEW_PASSWORD_REQUIRED");
    assert.equal(new Mail(test.gateway.account).find(POOL, "john"), undefined);
  });

  it("is open to who may use a pool of this tag", async () => {
    test.deployment.put("aws:cognito/userPool:UserPool", "us-east-1_Tagged111", {
      arn: arnOf("us-east-1_Tagged111"),
      tags: { pool: "mine" },
    });
    const may = (UserPoolId: string) =>
      new CognitoIdentityProviderClient(test.as("tagged")).send(
        new AdminGetUserCommand({ UserPoolId, Username: "john" }),
      );
    await assert.rejects(may("us-east-1_Tagged111"), { name: "UserNotFoundException" });
    await assert.rejects(may(POOL), { name: "AccessDeniedException" });
  });

  it("signs tokens with the pool's own key, published without its private half", async () => {
    const { AuthenticationResult } = await signIn("john");
    const keys = await keysOf(POOL);
    const { payload, protectedHeader } = await jwtVerify(
      AuthenticationResult?.AccessToken ?? "",
      createLocalJWKSet(keys),
      { issuer: `https://cognito-idp.us-east-1.amazonaws.com/${POOL}`, algorithms: ["RS256"] },
    );
    assert.equal(protectedHeader.kid, keys.keys[0]?.kid);
    assert.equal(payload["token_use"], "access");
    assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 15 * 60);
    assert.equal(AuthenticationResult?.ExpiresIn, 15 * 60);
    assert.deepEqual(Object.keys(keys.keys[0] ?? {}).sort(), ["alg", "e", "kid", "kty", "n", "use"]);
    await assert.rejects(
      jwtVerify(AuthenticationResult.AccessToken ?? "", createLocalJWKSet(await keysOf(OTHER_POOL))),
    );
    const discovery = (await (
      await fetch(`${test.gateway.origin}/${POOL}/.well-known/openid-configuration`)
    ).json()) as Record<string, unknown>;
    assert.equal(discovery["issuer"], payload.iss);
    assert.equal(discovery["jwks_uri"], `${test.gateway.origin}/${POOL}/.well-known/jwks.json`);
  });

  it("runs the pre-token trigger with event version 2 and applies what it may set", async () => {
    const { AuthenticationResult } = await signIn("john");
    const access = decodeJwt<Record<string, unknown> & { seen: Record<string, Record<string, unknown>> }>(
      AuthenticationResult?.AccessToken ?? "",
    );
    assert.equal(access["tenant_id"], "acme");
    assert.equal(access["scope"], "aws.cognito.signin.user.admin kb/read");
    assert.deepEqual(access["cognito:groups"], ["platinum"]);
    assert.deepEqual(access["list"], [1, { a: true }]);
    assert.match(access.sub ?? "", /^[0-9a-f-]{36}$/);
    assert.equal(access.iss, `https://cognito-idp.us-east-1.amazonaws.com/${POOL}`);
    assert.ok((access.exp ?? 0) < Date.now() / 1000 + 16 * 60);
    assert.equal(access["token_use"], "access");
    assert.equal(access["client_id"], `client-${POOL}`);
    assert.equal(access["username"], "john");
    assert.equal(access.aud, undefined);
    assert.equal(typeof access["event_id"], "string");
    const { seen } = access;
    assert.equal(seen["version"], "2");
    assert.equal(seen["triggerSource"], "TokenGeneration_Authentication");
    assert.equal(seen["userPoolId"], POOL);
    assert.equal(seen["callerContext"]?.["clientId"], `client-${POOL}`);
    assert.deepEqual(seen["request"]?.["userAttributes"], {
      sub: access.sub,
      "cognito:user_status": "CONFIRMED",
      email: "john@acme.example",
      "custom:department": "claims",
    });
    assert.deepEqual(seen["response"], { claimsAndScopeOverrideDetails: null });
    const id = decodeJwt(AuthenticationResult?.IdToken ?? "");
    assert.equal(id["tenant_id"], "acme");
    assert.equal(id["email"], undefined);
    assert.equal(id.aud, `client-${POOL}`);
    assert.equal(id["cognito:username"], "john");
  });

  it("gives no token if the trigger fails, answers nonsense or may not be invoked", async () => {
    await assert.rejects(signIn("rejected"), {
      name: "UserLambdaValidationException",
      message: "PreTokenGeneration failed with error no membership.",
    });
    await assert.rejects(signIn("garbled"), { name: "InvalidLambdaResponseException" });
    await assert.rejects(signIn("john", PASSWORD, OTHER_POOL), { name: "UnexpectedLambdaException" });
  });

  it("tells an unknown user from a wrong password to nobody", async () => {
    const refusal = { name: "NotAuthorizedException", message: "Incorrect username or password." };
    await assert.rejects(signIn("john", "Wrong-horse-77"), refusal);
    await assert.rejects(signIn("nobody"), refusal);
    await assert.rejects(signIn(`${PLAIN_POOL}/john`), refusal);
  });

  it("asks for a new password in place of a temporary one, once per session", async () => {
    await admin.send(
      new AdminCreateUserCommand({
        UserPoolId: PLAIN_POOL,
        Username: "new",
        TemporaryPassword: "Temporary-12",
      }),
    );
    const { ChallengeName, Session, AuthenticationResult } = await signIn("new", "Temporary-12", PLAIN_POOL);
    assert.equal(ChallengeName, "NEW_PASSWORD_REQUIRED");
    assert.equal(AuthenticationResult, undefined);
    const answer = (USERNAME: string, NEW_PASSWORD: string) =>
      visitor.send(
        new RespondToAuthChallengeCommand({
          ChallengeName: "NEW_PASSWORD_REQUIRED",
          ClientId: `client-${PLAIN_POOL}`,
          Session,
          ChallengeResponses: { USERNAME, NEW_PASSWORD },
        }),
      );
    await assert.rejects(answer("new", "short1"), { name: "InvalidPasswordException" });
    await assert.rejects(answer("john", "Brand-new-123"), { name: "NotAuthorizedException" });
    assert.ok((await answer("new", "Brand-new-123")).AuthenticationResult?.AccessToken);
    await assert.rejects(answer("new", "Other-new-1234"), { name: "NotAuthorizedException" });
    assert.ok((await signIn("new", "Brand-new-123", PLAIN_POOL)).AuthenticationResult);
  });

  it("refreshes for the same user and client only, until revoked", async () => {
    const first = (await signIn("john")).AuthenticationResult;
    const token = first?.RefreshToken ?? "";
    const second = (await refresh(token)).AuthenticationResult;
    assert.equal(second?.RefreshToken, undefined);
    const [before, after] = [decodeJwt(first?.AccessToken ?? ""), decodeJwt(second?.AccessToken ?? "")];
    assert.equal(after["origin_jti"], before["origin_jti"]);
    assert.equal(after["auth_time"], before["auth_time"]);
    assert.notEqual(after.jti, before.jti);
    assert.equal(
      (after["seen"] as Record<string, unknown>)["triggerSource"],
      "TokenGeneration_RefreshTokens",
    );
    await assert.rejects(refresh(token, OTHER_POOL), { name: "NotAuthorizedException" });
    await assert.rejects(refresh(`${token}x`), { name: "NotAuthorizedException" });
    await visitor.send(new RevokeTokenCommand({ Token: token, ClientId: `client-${POOL}` }));
    await assert.rejects(refresh(token), { name: "NotAuthorizedException" });
  });

  it("lets no refresh token outlive sign-out, disabling, or the user", async () => {
    const UserPoolId = POOL;
    const Username = "leaver";
    const target = { UserPoolId, Username };
    const firstSub = await createUser(UserPoolId, Username);
    const tokenNow = async (): Promise<string> =>
      (await signIn(Username)).AuthenticationResult?.RefreshToken ?? "";

    const signedOut = await tokenNow();
    await admin.send(new AdminUserGlobalSignOutCommand(target));
    await assert.rejects(refresh(signedOut), { name: "NotAuthorizedException" });

    const deleted = await tokenNow();
    await admin.send(new AdminDeleteUserCommand(target));
    assert.notEqual(await createUser(UserPoolId, Username), firstSub);
    await assert.rejects(refresh(deleted), { name: "NotAuthorizedException" });

    const disabled = await tokenNow();
    await admin.send(new AdminDisableUserCommand(target));
    await assert.rejects(refresh(disabled), { name: "NotAuthorizedException" });
    await assert.rejects(signIn(Username), { name: "NotAuthorizedException", message: "User is disabled." });
  });

  it("takes only the flows that the client has", async () => {
    await assert.rejects(refresh("x", PLAIN_POOL), { name: "InvalidParameterException" });
    await assert.rejects(
      visitor.send(
        new InitiateAuthCommand({
          AuthFlow: "USER_SRP_AUTH",
          ClientId: `client-${POOL}`,
          AuthParameters: {},
        }),
      ),
      /USER_SRP_AUTH is not served locally/,
    );
  });

  it("holds passwords to the pool's policy and stores only their hashes", async () => {
    for (const Password of ["short1", "nodigitsatall"])
      await assert.rejects(
        admin.send(
          new AdminSetUserPasswordCommand({ UserPoolId: POOL, Username: "john", Password, Permanent: true }),
        ),
        { name: "InvalidPasswordException" },
      );
    const stored = JSON.stringify([...test.gateway.account.table("cognito-users").entries()]);
    assert.ok(stored.includes("john") && !stored.includes(PASSWORD));
  });

  it("lets administrators do what their policies allow, and no one else", async () => {
    const reader = new CognitoIdentityProviderClient(test.as("reader"));
    const john = { UserPoolId: POOL, Username: "john" };
    assert.equal((await reader.send(new AdminGetUserCommand(john))).Username, "john");
    await assert.rejects(reader.send(new AdminDeleteUserCommand(john)), { name: "AccessDeniedException" });
    await assert.rejects(reader.send(new AdminGetUserCommand({ ...john, UserPoolId: OTHER_POOL })), {
      name: "AccessDeniedException",
    });
    const { Users } = await admin.send(
      new ListUsersCommand({ UserPoolId: POOL, Filter: 'email = "john@acme.example"' }),
    );
    assert.deepEqual(
      Users?.map(({ Username }) => Username),
      ["john"],
    );
    const unsigned = await fetch(test.gateway.origin, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AWSCognitoIdentityProviderService.AdminGetUser",
      },
      body: JSON.stringify(john),
    });
    assert.ok([400, 403].includes(unsigned.status), String(unsigned.status));
  });

  it("keeps its keys across a restart", async () => {
    const before = await keysOf(POOL);
    const { SigningKeys } = await import("../../../local/gateway/issuer/keys.ts");
    assert.deepEqual(await new SigningKeys(test.gateway.account).keySet(POOL), before);
  });
});

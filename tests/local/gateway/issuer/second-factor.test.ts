import {
  AdminInitiateAuthCommand,
  AdminRespondToAuthChallengeCommand,
  AssociateSoftwareTokenCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  VerifySoftwareTokenCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { decodeJwt } from "jose";
import assert from "node:assert/strict";
import { stepOf } from "../../../../local/gateway/issuer/authenticator.ts";
import { Invitations } from "../../../../verify/invitations.ts";
import { oneTimeCode, timeStep } from "../../../../verify/one-time-code.ts";
import { startTestGateway, type Deployment, type TestGateway } from "../support.ts";

const ON = "us-east-1_FactorOn1";
const OPTIONAL = "us-east-1_FactorOp1";
const BY_MESSAGE = "us-east-1_FactorSms";

function deployPool(deployment: Deployment, id: string, pool: object, flows: readonly string[]): void {
  deployment.put("aws:cognito/userPool:UserPool", id, pool as Record<string, unknown>);
  deployment.put("aws:cognito/userPoolClient:UserPoolClient", `client-${id}`, {
    userPoolId: id,
    explicitAuthFlows: ["ALLOW_REFRESH_TOKEN_AUTH", ...flows],
  });
}

describe("a second factor", () => {
  let test: TestGateway;
  let admin: CognitoIdentityProviderClient;
  let visitor: CognitoIdentityProviderClient;
  const app = { softwareTokenMfaConfiguration: { enabled: true } };
  const both = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"];

  before(async () => {
    test = await startTestGateway((deployment) => {
      deployPool(deployment, ON, { mfaConfiguration: "ON", ...app }, both);
      deployPool(deployment, OPTIONAL, { mfaConfiguration: "OPTIONAL", ...app }, [
        "ALLOW_USER_PASSWORD_AUTH",
      ]);
      deployPool(deployment, BY_MESSAGE, { mfaConfiguration: "ON" }, both);
      deployment.role("admin", {
        policy: [
          { Effect: "Allow", Action: ["cognito-idp:*", "dynamodb:*"], Resource: "*" },
          {
            Effect: "Deny",
            Action: "cognito-idp:AdminInitiateAuth",
            Resource: `arn:aws:cognito-idp:us-east-1:111122223333:userpool/${OPTIONAL}`,
          },
        ],
      });
    });
    admin = new CognitoIdentityProviderClient(test.as("admin"));
    visitor = new CognitoIdentityProviderClient({
      endpoint: test.gateway.origin,
      region: "us-east-1",
      maxAttempts: 1,
      credentials: { accessKeyId: "none", secretAccessKey: "none" },
    });
  });
  after(async () => {
    admin.destroy();
    visitor.destroy();
    await test.stop();
  });

  const invitations = (pool: string) =>
    new Invitations({
      operator: { ...test.as("admin"), region: "us-east-1", maxAttempts: 1 },
      deployment: {
        apiUrl: "",
        userPoolId: pool,
        clientId: `client-${pool}`,
        membershipsTable: "",
        usersTable: "",
      },
    });
  const create = (pool: string, username: string) =>
    invitations(pool).create({ username, email: `${username}@acme.example` });
  const withPassword = (pool: string, username: string, password: string) =>
    visitor.send(
      new InitiateAuthCommand({
        AuthFlow: "USER_PASSWORD_AUTH",
        ClientId: `client-${pool}`,
        AuthParameters: { USERNAME: username, PASSWORD: password },
      }),
    );
  const answer = (
    ChallengeName: "MFA_SETUP" | "SOFTWARE_TOKEN_MFA",
    Session: string | undefined,
    responses: Record<string, string>,
  ) =>
    visitor.send(
      new RespondToAuthChallengeCommand({
        ChallengeName,
        ClientId: `client-${ON}`,
        Session,
        ChallengeResponses: responses,
      }),
    );
  /** Sets an authenticator up by the current time step's code: the next one's is good already. */
  async function setUp(username: string, password: string): Promise<string> {
    const { ChallengeName, Session } = await withPassword(ON, username, password);
    assert.equal(ChallengeName, "MFA_SETUP");
    const made = await visitor.send(new AssociateSoftwareTokenCommand({ Session }));
    const UserCode = oneTimeCode(made.SecretCode ?? "", timeStep(Date.now()));
    const verified = await visitor.send(new VerifySoftwareTokenCommand({ Session: made.Session, UserCode }));
    assert.equal(verified.Status, "SUCCESS");
    const { AuthenticationResult } = await answer("MFA_SETUP", verified.Session, { USERNAME: username });
    assert.equal(decodeJwt(AuthenticationResult?.AccessToken ?? "")["username"], username);
    return made.SecretCode ?? "";
  }

  it("is set up at the first sign-in, and asked for from then on: each code once", async () => {
    const { password } = await create(ON, "john");
    const secret = await setUp("john", password);
    const code = (): string => oneTimeCode(secret, timeStep(Date.now()) + 1);
    const second = await withPassword(ON, "john", password);
    assert.equal(second.ChallengeName, "SOFTWARE_TOKEN_MFA");
    assert.equal(second.AuthenticationResult, undefined);
    const wrong = { USERNAME: "john", SOFTWARE_TOKEN_MFA_CODE: "000000" };
    const right = { USERNAME: "john", SOFTWARE_TOKEN_MFA_CODE: code() };
    if (right.SOFTWARE_TOKEN_MFA_CODE !== "000000")
      await assert.rejects(answer("SOFTWARE_TOKEN_MFA", second.Session, wrong), {
        name: "CodeMismatchException",
      });
    assert.ok((await answer("SOFTWARE_TOKEN_MFA", second.Session, right)).AuthenticationResult?.AccessToken);
    const third = await withPassword(ON, "john", password);
    await assert.rejects(answer("SOFTWARE_TOKEN_MFA", third.Session, right), {
      name: "ExpiredCodeException",
    });
  });

  it("can't be left out: no session does for another step, user or challenge", async () => {
    const { password } = await create(ON, "mike");
    const { password: other } = await create(ON, "emma");
    const { Session } = await withPassword(ON, "mike", password);
    const refused = { name: "NotAuthorizedException" };
    await assert.rejects(answer("MFA_SETUP", Session, { USERNAME: "mike" }), {
      name: "InvalidParameterException",
    });
    await assert.rejects(answer("MFA_SETUP", Session, { USERNAME: "emma" }), refused);
    await assert.rejects(
      answer("SOFTWARE_TOKEN_MFA", Session, { USERNAME: "mike", SOFTWARE_TOKEN_MFA_CODE: "000000" }),
      refused,
    );
    await assert.rejects(
      visitor.send(new VerifySoftwareTokenCommand({ Session, UserCode: "000000" })),
      refused,
    );
    await assert.rejects(
      visitor.send(new AssociateSoftwareTokenCommand({ Session: "x".repeat(20) })),
      refused,
    );
    // Who has an authenticator can't be given another one by the password alone.
    await setUp("emma", other);
    const { Session: asked } = await withPassword(ON, "emma", other);
    await assert.rejects(visitor.send(new AssociateSoftwareTokenCommand({ Session: asked })), refused);
  });

  it("is met by an operator who signs a user in, as bulkhead verify does", async () => {
    const operator = invitations(ON);
    const user = await operator.create({ username: "verifier", email: "verifier@acme.example" });
    const { accessToken, idToken } = await operator.signIn(user);
    assert.equal(decodeJwt(accessToken)["username"], "verifier");
    assert.equal(decodeJwt(idToken)["token_use"], "id");
  });

  it("takes IAM's leave to sign in as a server, and a client of that pool", async () => {
    const { username, password } = await create(ON, "server");
    const ask = (UserPoolId: string, ClientId: string) =>
      admin.send(
        new AdminInitiateAuthCommand({
          UserPoolId,
          ClientId,
          AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
          AuthParameters: { USERNAME: username, PASSWORD: password },
        }),
      );
    await assert.rejects(ask(OPTIONAL, `client-${OPTIONAL}`), { name: "AccessDeniedException" });
    await assert.rejects(ask(BY_MESSAGE, `client-${ON}`), { name: "ResourceNotFoundException" });
    const { Session } = await ask(ON, `client-${ON}`);
    await assert.rejects(
      admin.send(
        new AdminRespondToAuthChallengeCommand({
          UserPoolId: BY_MESSAGE,
          ClientId: `client-${ON}`,
          ChallengeName: "MFA_SETUP",
          Session,
          ChallengeResponses: { USERNAME: username },
        }),
      ),
      { name: "ResourceNotFoundException" },
    );
  });

  it("is nobody's duty where it is optional, and is not served by message", async () => {
    const { password } = await create(OPTIONAL, "free");
    assert.ok((await withPassword(OPTIONAL, "free", password)).AuthenticationResult);
    const texted = await create(BY_MESSAGE, "texted");
    await assert.rejects(withPassword(BY_MESSAGE, "texted", texted.password), { name: "NotImplemented" });
  });

  it("allows a clock to be off by one step, and no more", () => {
    const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    const now = 1_234_567_890_000;
    const step = timeStep(now);
    for (const off of [-1, 0, 1])
      assert.equal(stepOf(secret, oneTimeCode(secret, step + off), now), step + off);
    for (const off of [-2, 2]) assert.equal(stepOf(secret, oneTimeCode(secret, step + off), now), undefined);
  });
});

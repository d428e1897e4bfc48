import assert from "node:assert/strict";

import type { APIGatewayTokenAuthorizerEvent } from "aws-lambda";

import { ROUTES } from "../../../infra/documents/open-api.ts";
import { createAuthorizer } from "../../../runtime/authorizer/authorize.ts";
import { SCOPES } from "../../../runtime/contract/registry.ts";
import { DependencyUnavailable, InvalidToken } from "../../../runtime/shared/errors.ts";
import { isInScope } from "../../../runtime/shared/scopes.ts";
import type { Identity } from "../../../runtime/shared/token.ts";
import { registryItem } from "../support/grants.ts";
import { logged } from "../support/quiet.ts";

const identity: Identity = {
  tenantId: "acme",
  sub: "sub-1",
  username: "john-regular",
  issuer: "https://issuer.example",
  groups: [],
  expiresAt: 2_000_000_000,
};
const STAGE = "arn:aws:execute-api:us-east-1:111122223333:api1/v";

function event(changes: Partial<APIGatewayTokenAuthorizerEvent> = {}): APIGatewayTokenAuthorizerEvent {
  return {
    type: "TOKEN",
    authorizationToken: "Bearer good",
    methodArn: `${STAGE}/POST/v1/chat`,
    ...changes,
  };
}

const verify = (token: string | undefined) =>
  token === "good" ? Promise.resolve(identity) : Promise.reject(new InvalidToken("signature"));
const answering = (status: "active" | "suspended" | "offboarding" | undefined) =>
  createAuthorizer(verify, () => Promise.resolve(status && registryItem("acme", { status })));

describe("authorizer", () => {
  it("allows a verified token of an active tenant the whole stage, and nothing else", async () => {
    assert.deepEqual(await answering("active")(event()), {
      principalId: "sub-1",
      policyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: `${STAGE}/*` }],
      },
      context: { tenantId: "acme", sub: "sub-1", username: "john-regular" },
    });
  });

  it("names the tenant's own key, from the registry", async () => {
    const item = registryItem("acme", { usage_key: "a-key-of-acme-0123456789" });
    const authorize = createAuthorizer(verify, () => Promise.resolve(item));
    assert.equal((await authorize(event())).usageIdentifierKey, "a-key-of-acme-0123456789");
    const suspended = createAuthorizer(verify, () => Promise.resolve({ ...item, status: "suspended" }));
    assert.equal((await suspended(event())).usageIdentifierKey, undefined);
  });

  describe("for a machine client", () => {
    const of = async (scopes: readonly string[]) => {
      const authorize = createAuthorizer(
        () => Promise.resolve({ ...identity, scopes }),
        () => Promise.resolve(registryItem("acme")),
      );
      return (await authorize(event())).policyDocument.Statement;
    };

    it("allows the routes of its scopes, and no users", async () => {
      assert.deepEqual(await of(["chat", "documents.write"]), [
        {
          Effect: "Allow",
          Action: "execute-api:Invoke",
          Resource: [
            `${STAGE}/GET/v1/me`,
            `${STAGE}/POST/v1/chat`,
            `${STAGE}/POST/v1/documents`,
            `${STAGE}/DELETE/v1/documents/*`,
          ],
        },
      ]);
    });

    it("denies everything without a scope", async () => {
      assert.deepEqual(await of([]), [
        { Effect: "Deny", Action: "execute-api:Invoke", Resource: `${STAGE}/*` },
      ]);
    });

    it("knows each route of the API: it has a scope, or is for people only", () => {
      for (const { method, path } of ROUTES) {
        const route = `${method.toUpperCase()} ${path}`;
        const forPeople = path.startsWith("/v1/users") || path === "/v1/usage";
        assert.equal(isInScope(route, SCOPES), !forPeople, route);
      }
      assert.equal(isInScope("constructor", SCOPES), false);
    });
  });

  for (const status of ["suspended", "offboarding", undefined] as const)
    it(`denies a tenant that is ${status ?? "unknown"}`, async () => {
      const { policyDocument } = await answering(status)(event());
      assert.deepEqual(policyDocument.Statement, [
        { Effect: "Deny", Action: "execute-api:Invoke", Resource: `${STAGE}/*` },
      ]);
    });

  for (const authorizationToken of ["Bearer bad", "good", "Basic good", "Bearer", "Bearer good good", ""])
    it(`answers ${JSON.stringify(authorizationToken)} with 401`, async () => {
      const { lines } = await logged(() =>
        assert.rejects(answering("active")(event({ authorizationToken })), { message: "Unauthorized" }),
      );
      assert.ok(!JSON.stringify(lines).includes("Bearer"));
    });

  it("allows nothing when the registry can't be read", async () => {
    const authorize = createAuthorizer(verify, () => Promise.reject(new DependencyUnavailable("DynamoDB")));
    await logged(() => assert.rejects(authorize(event()), { message: "authorization is not available" }));
  });

  it("allows nothing when the key set can't be had", async () => {
    const authorize = createAuthorizer(
      () => Promise.reject(new DependencyUnavailable("key set")),
      () => Promise.resolve(registryItem("acme")),
    );
    await logged(() => assert.rejects(authorize(event()), { message: "authorization is not available" }));
  });

  for (const methodArn of [
    "",
    "*",
    "arn:aws:execute-api:us-east-1:111122223333:*/v/GET/",
    "arn:aws:s3:::b/k",
  ])
    it(`refuses the method ARN ${JSON.stringify(methodArn)}`, async () => {
      await assert.rejects(answering("active")(event({ methodArn })), { name: "ConfigurationError" });
    });
});

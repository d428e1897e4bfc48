import assert from "node:assert/strict";
import { openApi } from "../../../infra/documents/open-api.ts";
import { isPerTenant } from "../../../runtime/contract/names.ts";
import { deployFunction, invokeArn, permit } from "./functions/support.ts";
import { startTestGateway, type TestGateway } from "./support.ts";

const API = "a1b2c3d4e5";
const EXECUTION_ARN = `arn:aws:execute-api:us-east-1:111122223333:${API}`;
const BURST = { standard: 5, premium: 20 };

/** A token is `tenant.x.y`, and the tenant's key is made of its id: here it matters only whose share a request counts against. */
const AUTHORIZER = `exports.handler = async (event) => {
  const tenant = event.authorizationToken.replace("Bearer ", "").split(".")[0];
  return { principalId: tenant, context: { tenantId: tenant },
    ...(tenant === "keyless" ? {} : { usageIdentifierKey: "key-of-" + tenant + "-0123456789" }),
    policyDocument: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: "*" }] } };
};`;
const ECHO = `exports.handler = async (event) => ({ statusCode: 200, body: event.requestContext.authorizer.tenantId });`;

/** Tenants and the plans that their keys are in. */
const TENANTS = {
  acme: "standard",
  borealis: "standard",
  cobalt: "premium",
  frugal: "few",
  planless: undefined,
} as const;

describe("a tenant's share of requests", () => {
  let test: TestGateway;
  beforeEach(async () => {
    test = await startTestGateway((deployment) => {
      for (const fn of ["authorizer", "chat", "documents", "users"] as const) {
        deployFunction(deployment, fn, {
          code: fn === "authorizer" ? AUTHORIZER : ECHO,
          perTenant: isPerTenant(fn),
        });
        permit(deployment, fn, "apigateway.amazonaws.com", { sourceArn: `${EXECUTION_ARN}/*` });
      }
      const [authorizer, chat, documents, users] = [
        invokeArn("authorizer"),
        invokeArn("chat"),
        invokeArn("documents"),
        invokeArn("users"),
      ];
      const body = openApi("test", { authorizer, chat, documents, users }, 60);
      deployment.put("aws:apigateway/restApi:RestApi", API, { body, apiKeySource: "AUTHORIZER" });
      const stage = { restApi: API, stageName: "live" };
      deployment.put("aws:apigateway/stage:Stage", `${API}-live`, { ...stage, deployment: "d1" });
      deployment.put("aws:apigateway/methodSettings:MethodSettings", "all", {
        ...stage,
        methodPath: "*/*",
        settings: { throttlingRateLimit: 0.001, throttlingBurstLimit: 60 },
      });
      const apiStages = [{ apiId: API, stage: "live" }];
      for (const [plan, burstLimit] of Object.entries(BURST))
        deployment.put("aws:apigateway/usagePlan:UsagePlan", plan, {
          apiStages,
          // So slow that nothing comes back while the test runs.
          throttleSettings: { rateLimit: 0.001, burstLimit },
        });
      deployment.put("aws:apigateway/usagePlan:UsagePlan", "few", {
        apiStages,
        quotaSettings: { limit: 3, period: "MONTH" },
      });
      for (const [tenant, plan] of Object.entries(TENANTS)) {
        deployment.put("aws:apigateway/apiKey:ApiKey", `key-${tenant}`, {
          value: keyOf(tenant),
          enabled: true,
        });
        if (plan === undefined) continue;
        deployment.put("aws:apigateway/usagePlanKey:UsagePlanKey", `key-${tenant}`, {
          keyId: `key-${tenant}`,
          usagePlanId: plan,
          keyType: "API_KEY",
        });
      }
    });
  });
  afterEach(() => test.stop());

  const keyOf = (tenant: string): string => `key-of-${tenant}-0123456789`;
  const send = async (
    tenant: string,
    { headers, path = "/v1/me", ...more }: RequestInit & { path?: string } = {},
  ) => {
    const answer = await fetch(`${test.gateway.origin}/_api/${API}/live${path}`, {
      ...more,
      headers: { authorization: `Bearer ${tenant}.x.y`, ...(headers as object | undefined) },
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  const burst = async (tenant: string, count: number, options?: Parameters<typeof send>[1]) => {
    const answers = await Promise.all(Array.from({ length: count }, () => send(tenant, options)));
    return {
      passed: answers.filter(({ status }) => status === 200).length,
      throttled: answers.filter(({ status }) => status === 429).length,
      answers,
    };
  };

  it("is its own: one's burst leaves another's whole", async () => {
    const [acme, borealis] = await Promise.all([burst("acme", 30), burst("borealis", BURST.standard)]);
    assert.deepEqual([acme.passed, acme.throttled], [BURST.standard, 25]);
    assert.deepEqual([borealis.passed, borealis.throttled], [BURST.standard, 0]);
    const refused = acme.answers.find(({ status }) => status === 429);
    assert.equal(refused?.headers.get("retry-after"), "2");
    assert.deepEqual(
      (JSON.parse(refused.text) as { type: string }).type,
      "urn:bulkhead:problem:too-many-requests",
    );
  });

  it("is as large as its plan says", async () => {
    const cobalt = await burst("cobalt", 30);
    assert.deepEqual([cobalt.passed, cobalt.throttled], [BURST.premium, 10]);
  });

  it("is counted against nobody else's key that a client sends", async () => {
    const forged = { headers: { "x-api-key": keyOf("borealis") } };
    const acme = await burst("acme", 30, forged);
    assert.deepEqual([acme.passed, acme.throttled], [BURST.standard, 25]);
    const borealis = await burst("borealis", BURST.standard);
    assert.equal(borealis.passed, BURST.standard);
  });

  it("ends with the month's quota, which no client is told to try again after two seconds", async () => {
    const { passed, answers } = await burst("frugal", 5);
    assert.equal(passed, 3);
    const refused = answers.find(({ status }) => status === 429);
    assert.equal(refused?.headers.get("retry-after"), null);
    assert.match(refused.text, /quota-exceeded/);
  });

  for (const tenant of ["keyless", "planless", "unknown"])
    it(`is nothing for a tenant without a key in a plan: ${tenant}`, async () => {
      const { status, text } = await send(tenant, { headers: { "x-api-key": keyOf("cobalt") } });
      assert.equal(status, 403);
      assert.match(text, /"urn:bulkhead:problem:forbidden"/);
      assert.ok(!text.includes("key"), text);
    });

  it("is not the stage's own limit, which is of all requests to one method", async () => {
    // Taken out of its plan's limits, a tenant meets the stage's.
    test.deployment.put("aws:apigateway/usagePlan:UsagePlan", "premium", {
      apiStages: [{ apiId: API, stage: "live" }],
    });
    const { passed, throttled } = await burst("cobalt", 100);
    assert.ok(passed >= 60 && throttled > 0 && passed + throttled === 100, `${passed} passed`);
    assert.equal((await send("cobalt", { path: "/v1/documents" })).status, 200);
  });

  it("is spent on requests whose body is refused, too", async () => {
    const headers = { "content-type": "application/json" };
    const wrong = { path: "/v1/chat", method: "POST", body: "{}", headers };
    const answers = await Promise.all(Array.from({ length: 8 }, () => send("acme", wrong)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [400, 400, 400, 400, 400, 429, 429, 429]);
  });
});

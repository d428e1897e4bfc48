/** CloudFront before a REST API whose firewall admits nobody else: the rules as the program makes them, the values as their function does. */
import { WAFV2Client } from "@aws-sdk/client-wafv2";
import assert from "node:assert/strict";
import { openApi } from "../../../infra/documents/open-api.ts";
import { apiRules } from "../../../infra/documents/web-acl.ts";
import { acceptedValues } from "../../../runtime/origin-secret/firewall.ts";
import { ORIGIN_SECRET_HEADER } from "../../../runtime/contract/edge.ts";
import { isPerTenant, platformNames } from "../../../runtime/contract/names.ts";
import { deployFunction, invokeArn, permit } from "./functions/support.ts";
import { startTestGateway, type TestGateway } from "./support.ts";

const PLACE = { environment: "dev", account: "111122223333", region: "us-east-1" };
const API = "a1b2c3d4e5";
const HOST = "d0123456789abc.cloudfront.net";
const ALIAS = "assistant.example.com";
const GROUP = { id: "group-1", name: platformNames(PLACE).originRuleGroup };
const GROUP_ARN = `arn:aws:wafv2:us-east-1:111122223333:regional/rulegroup/${GROUP.name}/${GROUP.id}`;
const ACL_ARN = "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/api/1";
const STAGE_ARN = `arn:aws:apigateway:us-east-1::/restapis/${API}/stages/live`;
const AUTHORIZER = `exports.handler = async () => ({ principalId: "acme", context: { tenantId: "acme" },
  usageIdentifierKey: "key-of-acme-0123456789",
  policyDocument: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: "*" }] } });`;
const ECHO = `exports.handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event.headers) });`;

describe("the edge, before an API that admits nobody else", () => {
  let test: TestGateway;
  let waf: WAFV2Client;
  before(async () => {
    test = await startTestGateway((deployment) => {
      const put = (type: string, id: string, outputs: object): void => {
        deployment.put(type, id, outputs as Record<string, unknown>);
      };
      for (const fn of ["authorizer", "chat", "documents", "users"] as const) {
        deployFunction(deployment, fn, {
          code: fn === "authorizer" ? AUTHORIZER : ECHO,
          perTenant: isPerTenant(fn),
        });
        permit(deployment, fn, "apigateway.amazonaws.com", {
          sourceArn: `arn:aws:execute-api:us-east-1:111122223333:${API}/*`,
        });
      }
      const [authorizer, chat, documents, users] = [
        invokeArn("authorizer"),
        invokeArn("chat"),
        invokeArn("documents"),
        invokeArn("users"),
      ];
      put("aws:apigateway/restApi:RestApi", API, {
        body: openApi("test", { authorizer, chat, documents, users }, 60),
        apiKeySource: "AUTHORIZER",
      });
      const stage = { restApi: API, stageName: "live" };
      put("aws:apigateway/stage:Stage", `${API}-live`, { ...stage, arn: STAGE_ARN, deployment: "d1" });
      put("aws:apigateway/usagePlan:UsagePlan", "plan", { apiStages: [{ apiId: API, stage: "live" }] });
      put("aws:apigateway/apiKey:ApiKey", "key", { value: "key-of-acme-0123456789", enabled: true });
      put("aws:apigateway/usagePlanKey:UsagePlanKey", "key", {
        keyId: "key",
        usagePlanId: "plan",
        keyType: "API_KEY",
      });
      put("aws:wafv2/ruleGroup:RuleGroup", GROUP.id, { name: GROUP.name, arn: GROUP_ARN });
      put("aws:wafv2/webAcl:WebAcl", "acl", {
        arn: ACL_ARN,
        defaultAction: { block: {} },
        rules: apiRules(PLACE, GROUP_ARN, 2000),
      });
      put("aws:wafv2/webAclAssociation:WebAclAssociation", "association", {
        resourceArn: STAGE_ARN,
        webAclArn: ACL_ARN,
      });
      put("aws:cloudfront/originRequestPolicy:OriginRequestPolicy", "policy", {
        headersConfig: { headerBehavior: "allExcept", headers: { items: ["host", "x-api-key"] } },
      });
      put("aws:cloudfront/distribution:Distribution", "E1", distribution("first"));
      deployment.role("rotation", { policy: [{ Effect: "Allow", Action: "wafv2:*", Resource: GROUP_ARN }] });
    });
    waf = new WAFV2Client(test.as("rotation"));
  });
  after(async () => {
    waf.destroy();
    await test.stop();
  });

  const distribution = (secret: string) => ({
    enabled: true,
    domainName: HOST,
    aliases: [ALIAS],
    origins: [
      { originId: "console", domainName: "console.s3.us-east-1.amazonaws.com" },
      {
        originId: "api",
        domainName: `${API}.execute-api.us-east-1.amazonaws.com`,
        originPath: "/live",
        customHeaders: [{ name: ORIGIN_SECRET_HEADER, value: secret }],
      },
    ],
    orderedCacheBehaviors: [
      {
        pathPattern: "/v1/*",
        targetOriginId: "api",
        allowedMethods: ["GET", "HEAD", "POST"],
        originRequestPolicyId: "policy",
      },
    ],
  });
  const accept = async (...values: string[]): Promise<void> =>
    (await acceptedValues(waf, GROUP)).replace(values, Date.now());
  const ask = async (
    base: string,
    headers: Readonly<Record<string, string>> = {},
    { path = "/v1/me", method = "GET" } = {},
  ) => {
    const answer = await fetch(`${test.gateway.origin}${base}${path}`, {
      method,
      headers: { authorization: "Bearer x.y.z", ...headers },
    });
    const text = await answer.text();
    // CloudFront's own errors are no JSON.
    const body = (text.startsWith("{") ? JSON.parse(text) : {}) as Record<string, string>;
    return { status: answer.status, body };
  };
  const STAGE = `/_api/${API}/live`;

  it("refuses everybody while no value is accepted", async () => {
    assert.equal((await ask(STAGE)).status, 403);
    assert.equal((await ask(`/_edge/${HOST}`)).status, 403);
  });

  it("lets in what comes by CloudFront, and by nobody else: not even with a value that is none", async () => {
    await accept("first");
    for (const host of [HOST, ALIAS]) assert.equal((await ask(`/_edge/${host}`)).status, 200);
    for (const sent of ["", "First", "firstx", "second"]) {
      const { status, body } = await ask(STAGE, sent === "" ? {} : { [ORIGIN_SECRET_HEADER]: sent });
      assert.equal(status, 403);
      assert.equal(body["type"], "urn:bulkhead:problem:forbidden");
    }
    assert.equal((await ask("/_edge/other.cloudfront.net")).status, 403);
  });

  it("sends its own secret and address in place of the client's, and no key of API Gateway's", async () => {
    await accept("first");
    const { status, body } = await ask(`/_edge/${HOST}`, {
      [ORIGIN_SECRET_HEADER]: "stolen",
      "true-client-ip": "203.0.113.7",
      "x-api-key": "another's",
    });
    assert.equal(status, 200);
    const { [ORIGIN_SECRET_HEADER]: secret, "true-client-ip": address, "x-api-key": key } = body;
    assert.deepEqual({ secret, address, key }, { secret: "first", address: "127.0.0.1", key: undefined });
  });

  it("takes both values while the secret is rotated, and then the next alone", async () => {
    await accept("first", "second");
    assert.equal((await ask(`/_edge/${HOST}`)).status, 200);
    test.deployment.put("aws:cloudfront/distribution:Distribution", "E1", distribution("second"));
    assert.equal((await ask(`/_edge/${HOST}`)).status, 200);
    await accept("second");
    assert.equal((await ask(`/_edge/${HOST}`)).status, 200);
    test.deployment.put("aws:cloudfront/distribution:Distribution", "E1", distribution("first"));
    assert.equal((await ask(`/_edge/${HOST}`)).status, 403);
  });

  it("takes the behavior's methods alone, and says that files are not served here", async () => {
    assert.equal((await ask(`/_edge/${HOST}`, {}, { method: "DELETE" })).status, 403);
    assert.equal((await ask(`/_edge/${HOST}`, {}, { path: "/index.html" })).status, 501);
  });
});

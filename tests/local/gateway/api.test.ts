import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { deployFunction, invokeArn, logOf, permit } from "./functions/support.ts";
import { type Deployment, startTestGateway, type TestGateway } from "./support.ts";

const API = "a1b2c3d4e5";
const executionArn = (api: string): string => `arn:aws:execute-api:us-east-1:111122223333:${api}`;

const ECHO = `exports.handler = async (event) => {
  switch (event.queryStringParameters?.mode) {
    case "throw": throw new Error("secret detail");
    case "malformed": return { status: 200 };
    case "split": return { statusCode: 200, headers: { "x-a": "1\\r\\nx-b: 2" }, body: "" };
    case "hang": return new Promise(() => setInterval(() => {}, 1000));
    case "teapot": return { statusCode: 418, headers: { "Content-Type": "text/plain", "X-Own": 7 }, body: "short and stout" };
  }
  return { statusCode: 200, body: JSON.stringify(event) };
};`;

const ISOLATED = `let served = [];
exports.handler = async (event, context) => {
  served.push(event.requestContext.authorizer.tenantId);
  return { statusCode: 200, body: JSON.stringify({ tenant: context.tenantId, served }) };
};`;

/** Says of the token what the token says of itself, which is enough to see who is taken for whom. */
const AUTHORIZER = `exports.handler = async (event) => {
  const token = (event.authorizationToken ?? event.headers.authorization).replace("Bearer ", "");
  console.log("asked", token);
  if (token === "thrown") throw new Error("Unauthorized");
  if (token === "broken") throw new Error("secret detail");
  if (token === "nonsense") return { principalId: "u" };
  if (token === "strange") return { principalId: "u", policyDocument: { Version: "2012-10-17", Statement: [{ Effect: "Allow",
    Action: "execute-api:Invoke", Resource: "*", Condition: { NoSuchOperator: { "aws:SourceIp": "::1" } } }] } };
  const [, stage, verb] = event.methodArn.split(":")[5].split("/");
  const resource = token === "only-get" ? event.methodArn.replace(/[/](GET|POST)[/].*/, "/GET/*") : event.methodArn.replace(/[/](GET|POST)[/].*/, "/*");
  return { principalId: token, context: { tenantId: token, level: 3, admin: false },
    policyDocument: { Version: "2012-10-17", Statement: [{ Effect: token === "denied" ? "Deny" : "Allow", Action: "execute-api:Invoke", Resource: resource }] } };
};`;

const integration = (fn: string, more: object = {}): object => ({
  "x-amazon-apigateway-integration": { type: "aws_proxy", httpMethod: "POST", uri: invokeArn(fn), ...more },
});
const guarded = (scheme: string, fn = "echo"): object => ({
  security: [{ [scheme]: [] }],
  ...integration(fn),
});
const scheme = (of: object, fn = "authorizer"): object => ({
  type: "apiKey",
  name: "Authorization",
  in: "header",
  "x-amazon-apigateway-authtype": "custom",
  "x-amazon-apigateway-authorizer": { authorizerUri: invokeArn(fn), ...of },
});
const tenantFrom = (key: string): object => ({
  requestParameters: { "integration.request.header.X-Amz-Tenant-Id": `context.authorizer.${key}` },
});
const BODY = {
  openapi: "3.0.1",
  info: { title: "test", version: "1" },
  paths: {
    "/open": { get: integration("echo"), post: integration("echo") },
    "/open/{name}": { get: integration("echo") },
    "/short": { get: integration("echo", { timeoutInMillis: 200 }) },
    "/forbidden": { get: integration("unpermitted") },
    "/me": { get: guarded("token"), post: guarded("token") },
    "/strict": { get: guarded("strict") },
    "/fresh": { get: guarded("fresh") },
    "/request": { get: guarded("request") },
    "/unguarded": { get: guarded("unpermitted") },
    "/isolated": { get: { security: [{ token: [] }], ...integration("isolated", tenantFrom("tenantId")) } },
    "/nobody": { get: { security: [{ token: [] }], ...integration("isolated", tenantFrom("absent")) } },
    "/unmapped": { get: guarded("token", "isolated") },
    "/mapped": { get: { security: [{ token: [] }], ...integration("echo", tenantFrom("tenantId")) } },
  },
  components: {
    securitySchemes: {
      token: scheme({ type: "token", authorizerResultTtlInSeconds: 60 }),
      strict: scheme({ type: "token", identityValidationExpression: "Bearer [a-z]+" }),
      fresh: scheme({ type: "token", authorizerResultTtlInSeconds: 0 }),
      request: scheme({
        type: "request",
        identitySource: "method.request.header.Authorization, method.request.querystring.q",
      }),
      unpermitted: scheme({ type: "token" }, "unpermitted"),
    },
  },
};

function deployApi(deployment: Deployment, id: string, body: unknown): void {
  deployment.put("aws:apigateway/restApi:RestApi", id, {
    body: JSON.stringify(body),
    executionArn: executionArn(id),
  });
  deployment.put("aws:apigateway/stage:Stage", `${id}-live`, {
    restApi: id,
    stageName: "live",
    deployment: "d1",
    variables: { color: "blue" },
  });
}

describe("a REST API's front", () => {
  let test: TestGateway;
  before(async () => {
    test = await startTestGateway((deployment) => {
      deployFunction(deployment, "echo", { code: ECHO });
      deployFunction(deployment, "isolated", { code: ISOLATED, perTenant: true });
      permit(deployment, "isolated", "apigateway.amazonaws.com", { sourceArn: `${executionArn(API)}/*/*` });
      deployFunction(deployment, "authorizer", { code: AUTHORIZER });
      deployFunction(deployment, "unpermitted", { code: ECHO });
      permit(deployment, "echo", "apigateway.amazonaws.com", { sourceArn: `${executionArn(API)}/*/*` });
      permit(deployment, "authorizer", "apigateway.amazonaws.com", {
        sourceArn: `${executionArn(API)}/authorizers/*`,
      });
      // For another API: says nothing about this one.
      permit(deployment, "unpermitted", "apigateway.amazonaws.com", {
        sourceArn: `${executionArn("other")}/*`,
      });
      deployApi(deployment, API, BODY);
    });
  });
  after(() => test.stop());

  interface Answer {
    readonly status: number;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
    readonly text: string;
  }
  /** Not `fetch`, which folds `..` before it sends. */
  const send = (
    path: string,
    options: { method?: string; token?: string; body?: string; headers?: object } = {},
  ) =>
    new Promise<Answer>((resolve, reject) => {
      const { port } = new URL(test.gateway.origin);
      const headers = {
        ...(options.token !== undefined && { authorization: options.token }),
        ...options.headers,
      };
      const sent = httpRequest(
        { port, host: "127.0.0.1", path, method: options.method ?? "GET", headers },
        (from) => {
          let text = "";
          from.setEncoding("utf8").on("data", (part: string) => (text += part));
          from.on("end", () => {
            resolve({ status: from.statusCode ?? 0, headers: from.headers, text });
          });
        },
      );
      sent.on("error", reject).end(options.body);
    });
  const get = (path: string, token?: string) =>
    send(`/_api/${API}/live${path}`, token === undefined ? {} : { token });
  const event = (answer: Answer) => JSON.parse(answer.text) as Record<string, Record<string, unknown>>;
  const asked = (token: string): number =>
    logOf(test.account.folder, "authorizer").filter((line) => line["message"] === `asked ${token}`).length;

  it("hands a function the proxy event and gives back its answer", async () => {
    const answer = await send(`/_api/${API}/live/open/a%20b?x=1&x=2&y=%C3%BC`, { headers: { "x-own": "v" } });
    assert.equal(answer.status, 200);
    const got = event(answer);
    const { requestContext, headers, multiValueHeaders, ...rest } = got;
    assert.deepEqual(rest, {
      resource: "/open/{name}",
      path: "/open/a%20b",
      httpMethod: "GET",
      queryStringParameters: { x: "2", y: "ü" },
      multiValueQueryStringParameters: { x: ["1", "2"], y: ["ü"] },
      pathParameters: { name: "a b" },
      stageVariables: { color: "blue" },
      body: null,
      isBase64Encoded: false,
    });
    assert.equal(headers?.["x-own"], "v");
    assert.equal(headers["connection"], undefined);
    assert.deepEqual(multiValueHeaders?.["x-own"], ["v"]);
    assert.equal(requestContext?.["apiId"], API);
    assert.equal(requestContext["stage"], "live");
    assert.equal(requestContext["path"], "/live/open/a%20b");
    assert.equal(requestContext["requestId"], answer.headers["x-amzn-requestid"]);
    assert.match(String(requestContext["requestTime"]), /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    assert.equal((requestContext["identity"] as Record<string, unknown>)["sourceIp"], "127.0.0.1");
    assert.equal(requestContext["authorizer"], undefined);

    const posted = event(await send(`/_api/${API}/live/open`, { method: "POST", body: '{"a":"ü"}' }));
    assert.equal(posted["body"], '{"a":"ü"}');
    assert.equal(posted["queryStringParameters"], null);
    assert.equal(posted["pathParameters"], null);

    const teapot = await get("/open?mode=teapot");
    assert.equal(teapot.status, 418);
    assert.equal(teapot.headers["content-type"], "text/plain");
    assert.equal(teapot.headers["x-own"], "7");
    assert.equal(teapot.text, "short and stout");
  });

  it("names the tenant that the authorizer told to a function in tenant isolation mode", async () => {
    for (const round of [1, 2])
      for (const tenant of ["acme", "borealis"]) {
        const answer = await send(`/_api/${API}/live/isolated`, {
          token: `Bearer ${tenant}`,
          // A caller's own word counts for nothing.
          headers: { "x-amz-tenant-id": "cobalt" },
        });
        assert.deepEqual(event(answer), { tenant, served: Array.from({ length: round }, () => tenant) });
      }
    for (const path of ["/nobody", "/unmapped", "/mapped"]) {
      const { status, text } = await get(path, "Bearer acme");
      assert.deepEqual([status, text], [500, '{"message":"Internal server error"}'], path);
    }
  });

  const OWN_ANSWERS = [
    ["an unknown path", "/nowhere", undefined, 403, '{"message":"Missing Authentication Token"}'],
    [
      "a path that would fold to a known one",
      "/x/../open",
      undefined,
      403,
      '{"message":"Missing Authentication Token"}',
    ],
    ["a function that throws", "/open?mode=throw", undefined, 502, '{"message":"Internal server error"}'],
    [
      "an answer in another format",
      "/open?mode=malformed",
      undefined,
      502,
      '{"message":"Internal server error"}',
    ],
    [
      "an answer that would add a header",
      "/open?mode=split",
      undefined,
      502,
      '{"message":"Internal server error"}',
    ],
    [
      "a function that takes too long",
      "/short?mode=hang",
      undefined,
      504,
      '{"message":"Endpoint request timed out"}',
    ],
    ["a function without a permission", "/forbidden", undefined, 500, '{"message":"Internal server error"}'],
    ["no token", "/me", undefined, 401, '{"message":"Unauthorized"}'],
    ["an empty token", "/me", "", 401, '{"message":"Unauthorized"}'],
    ["a token that the authorizer refuses", "/me", "Bearer thrown", 401, '{"message":"Unauthorized"}'],
    ["an authorizer that fails", "/me", "Bearer broken", 500, '{"message":null}'],
    ["an authorizer that answers no policy", "/me", "Bearer nonsense", 500, '{"message":null}'],
    ["an authorizer without a permission", "/unguarded", "Bearer a", 500, '{"message":null}'],
    ["a token of another form", "/strict", "Bearer ABC", 401, '{"message":"Unauthorized"}'],
    [
      "a token of the form with something after it",
      "/strict",
      "Bearer abc x",
      401,
      '{"message":"Unauthorized"}',
    ],
    ["a request without all identity sources", "/request", "Bearer a", 401, '{"message":"Unauthorized"}'],
    [
      "a policy that denies",
      "/me",
      "Bearer denied",
      403,
      '{"message":"User is not authorized to access this resource with an explicit deny"}',
    ],
  ] as const;
  for (const [what, path, token, status, text] of OWN_ANSWERS)
    it(`answers ${what} as API Gateway does: ${status}`, async () => {
      const answer = await get(path, token);
      assert.deepEqual({ status: answer.status, text: answer.text }, { status, text });
      assert.equal(answer.headers["content-type"], "application/json");
    });

  it("does not take a policy that it can't judge for permission", async () => {
    const { status } = await get("/me", "Bearer strange");
    assert.ok(status === 403 || status === 500, String(status));
  });

  it("passes on what the authorizer says, as strings", async () => {
    const { authorizer } = event(await get("/me", "Bearer alice"))["requestContext"] as {
      authorizer: Record<string, unknown>;
    };
    const { integrationLatency, ...rest } = authorizer;
    assert.equal(typeof integrationLatency, "number");
    assert.deepEqual(rest, { principalId: "alice", tenantId: "alice", level: "3", admin: "false" });
  });

  it("asks the authorizer once per token, and never takes one token for another", async () => {
    const tokens = ["carol", "dave", "carol", "dave", "carol"];
    const seen: unknown[] = [];
    for (const token of tokens)
      seen.push(event(await get("/me", `Bearer ${token}`))["requestContext"]?.["authorizer"]);
    assert.deepEqual(
      seen.map((authorizer) => (authorizer as Record<string, unknown>)["principalId"]),
      tokens,
    );
    assert.equal(asked("carol"), 1);
    assert.equal(asked("dave"), 1);
    const parallel = await Promise.all(
      Array.from({ length: 20 }, (_, i) => get("/me", `Bearer p${String.fromCharCode(97 + (i % 5))}`)),
    );
    for (const [i, answer] of parallel.entries())
      assert.equal(
        (event(answer)["requestContext"]?.["authorizer"] as Record<string, unknown>)["principalId"],
        `p${String.fromCharCode(97 + (i % 5))}`,
      );
  });

  it("applies a cached policy to every method", async () => {
    assert.equal((await get("/me", "Bearer only-get")).status, 200);
    const post = await send(`/_api/${API}/live/me`, { method: "POST", token: "Bearer only-get" });
    assert.equal(post.status, 403);
    assert.equal(asked("only-get"), 1);
  });

  it("does not remember where the authorizer says so, nor across deployments", async () => {
    for (let i = 0; i < 2; i++) assert.equal((await get("/fresh", "Bearer erin")).status, 200);
    assert.equal(asked("erin"), 2);
    assert.equal((await get("/me", "Bearer erin")).status, 200);
    const stage = test.gateway.account.resource("aws:apigateway/stage:Stage", `${API}-live`);
    test.deployment.put("aws:apigateway/stage:Stage", `${API}-live`, { ...stage?.outputs, deployment: "d2" });
    assert.equal((await get("/me", "Bearer erin")).status, 200);
    assert.equal(asked("erin"), 4);
  });

  it("keeps a request authorizer's identity sources apart", async () => {
    const principal = async (token: string, q: string): Promise<unknown> =>
      (
        event(await get(`/request?q=${q}`, `Bearer ${token}`))["requestContext"]?.["authorizer"] as Record<
          string,
          unknown
        >
      )["principalId"];
    assert.equal(await principal("ab", "c"), "ab");
    assert.equal(await principal("a", "bc"), "a");
    await get("/request?q=c", "Bearer ab");
    assert.equal(asked("ab"), 1);
  });

  it("logs the decision that let a request in or kept it out", async () => {
    await get("/me", "Bearer denied");
    const last = test.gateway.decisions().findLast((decision) => decision.action === "execute-api:Invoke");
    assert.equal(last?.allowed, false);
    assert.equal(last.resource, `${executionArn(API)}/live/GET/me`);
  });

  it("refuses bodies over ten megabytes", async () => {
    const answer = await send(`/_api/${API}/live/open`, {
      method: "POST",
      body: "x".repeat(10 * 1024 * 1024 + 1),
    });
    assert.equal(answer.status, 413);
    assert.equal(answer.text, '{"message":"HTTP content length exceeded 10485760 bytes."}');
  });

  it("knows only stages that are deployed", async () => {
    for (const path of [`/_api/${API}/test/open`, "/_api/zzzzzzzzzz/live/open"]) {
      const answer = await send(path);
      assert.deepEqual([answer.status, answer.text], [403, '{"message":"Forbidden"}']);
    }
  });

  it("answers with the deployed gateway responses", async () => {
    deployApi(test.deployment, "custom", {
      ...BODY,
      "x-amazon-apigateway-gateway-responses": {
        MISSING_AUTHENTICATION_TOKEN: {
          statusCode: 404,
          responseParameters: { "gatewayresponse.header.Cache-Control": "'no-store'" },
          responseTemplates: {
            "application/problem+json":
              '{"title":$context.error.messageString,"requestId":"$context.requestId"}',
          },
        },
        DEFAULT_4XX: { responseTemplates: { "application/json": '{"kind":"$context.error.responseType"}' } },
      },
    });
    const missing = await send("/_api/custom/live/nowhere");
    assert.equal(missing.status, 404);
    assert.equal(missing.headers["content-type"], "application/problem+json");
    assert.equal(missing.headers["cache-control"], "no-store");
    assert.deepEqual(JSON.parse(missing.text), {
      title: "Missing Authentication Token",
      requestId: missing.headers["x-amzn-requestid"],
    });
    const unauthorized = await send("/_api/custom/live/me");
    assert.deepEqual([unauthorized.status, unauthorized.text], [401, '{"kind":"UNAUTHORIZED"}']);
    test.deployment.put("aws:apigateway/response:Response", "custom-401", {
      restApiId: "custom",
      responseType: "UNAUTHORIZED",
      statusCode: "407",
      responseTemplates: { "application/json": "{}" },
    });
    const again = await send("/_api/custom/live/me");
    assert.deepEqual([again.status, again.text], [407, "{}"]);
  });

  const REFUSED_DOCUMENTS = [
    ["security at the root, which API Gateway ignores", { security: [{ token: [] }] }, /root/],
    ["a resource policy in the document", { "x-amazon-apigateway-policy": {} }, /x-amazon-apigateway-policy/],
    ["a scheme that is not there", { paths: { "/a": { get: guarded("nobody") } } }, /security scheme nobody/],
    [
      "an operation without an integration",
      { paths: { "/a": { get: {} } } },
      /x-amazon-apigateway-integration/,
    ],
    [
      "another kind of integration",
      { paths: { "/a": { get: integration("echo", { type: "http_proxy" }) } } },
      /type/,
    ],
    [
      "an empty security requirement",
      { paths: { "/a": { get: { ...integration("echo"), security: [{}] } } } },
      /security requirement/,
    ],
  ] as const;
  for (const [index, [what, change, message]] of REFUSED_DOCUMENTS.entries())
    it(`serves nothing of an API with ${what}`, async () => {
      deployApi(test.deployment, `bad${index}`, { ...BODY, ...change });
      const answer = await send(`/_api/bad${index}/live/open`);
      assert.equal(answer.status, 501);
      assert.match(answer.text, message);
    });
});

import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { accessLogFormat } from "../../infra/documents/api-access-log.ts";
import {
  consoleBucketPolicy,
  consolePolicy,
  logDeliveryPolicy,
  viewerFunction,
} from "../../infra/documents/edge.ts";
import { gatewayResponses } from "../../infra/documents/gateway-responses.ts";
import { readerPolicy } from "../../infra/documents/operator-roles.ts";
import { openApi, ROUTES } from "../../infra/documents/open-api.ts";
import { apiRules, edgeRules } from "../../infra/documents/web-acl.ts";

const PLACE = { environment: "dev", account: "111122223333", region: "eu-west-1" };
const GROUP = "arn:aws:wafv2:eu-west-1:111122223333:regional/rulegroup/bulkhead-dev-origin/1";

interface Plain {
  readonly name: string;
  readonly priority: number;
  readonly statement: Record<string, Record<string, unknown>>;
  readonly action?: Record<string, object>;
}
const api = apiRules(PLACE, GROUP, 500) as unknown as Plain[];

/** What becomes of a request by these rules, whose managed groups refuse nothing: labels are those that the first group puts on. */
function decide(rules: readonly Plain[], labels: readonly string[]): string {
  const matches = (statement: Plain["statement"]): boolean => {
    if (statement["labelMatchStatement"])
      return labels.includes(String(statement["labelMatchStatement"]["key"]));
    if (statement["notStatement"])
      return !matches(statement["notStatement"]["statement"] as Plain["statement"]);
    return false;
  };
  const decisive = [...rules]
    .sort((a, b) => a.priority - b.priority)
    .find(({ action, statement }) => action && matches(statement));
  return Object.keys(decisive?.action ?? { block: {} })[0] ?? "";
}

describe("the firewalls", () => {
  const LABEL = "awswaf:111122223333:rulegroup:bulkhead-dev-origin:from-edge";

  it("of the API let in what carries the origin's secret, and refuse all else before they ask anything", () => {
    assert.equal(decide(api, [LABEL]), "allow");
    for (const labels of [
      [],
      [`${LABEL}2`],
      [LABEL.replace("dev", "prod")],
      ["awswaf:111122223333:from-edge"],
    ])
      assert.equal(decide(api, labels), "block", labels.join());
    assert.deepEqual(
      api.map(({ name, priority }) => [name, priority]),
      [
        ["origin", 0],
        ["not-from-edge", 1],
        ["rate", 2],
        ["AWSManagedRulesAmazonIpReputationList", 3],
        ["AWSManagedRulesCommonRuleSet", 4],
        ["AWSManagedRulesKnownBadInputsRuleSet", 5],
        ["from-edge", 6],
      ],
    );
  });

  it("count clients by an address that they can't choose", () => {
    const rate = api.find(({ name }) => name === "rate")?.statement["rateBasedStatement"];
    assert.deepEqual(rate, {
      limit: 500,
      aggregateKeyType: "FORWARDED_IP",
      forwardedIpConfig: { headerName: "true-client-ip", fallbackBehavior: "MATCH" },
    });
    const handler = runInNewContext(`${viewerFunction()}; handler`) as (event: object) => { headers: object };
    const forged = { "true-client-ip": { value: "198.51.100.7" }, "x-origin-secret": { value: "guess" } };
    const kept = { authorization: { value: "Bearer x" } };
    const { headers } = handler({
      request: { headers: { ...forged, ...kept } },
      viewer: { ip: "203.0.113.9" },
    });
    assert.deepEqual(JSON.parse(JSON.stringify(headers)), {
      ...kept,
      "true-client-ip": { value: "203.0.113.9" },
    });
    const edge = edgeRules(500) as unknown as Plain[];
    assert.deepEqual(edge[0]?.statement["rateBasedStatement"], { limit: 500, aggregateKeyType: "IP" });
  });

  it("show no samples of requests, in which tokens would stand", () => {
    for (const rule of [...apiRules(PLACE, GROUP, 500), ...edgeRules(500)])
      assert.equal(
        (rule.visibilityConfig as { sampledRequestsEnabled: boolean }).sampledRequestsEnabled,
        false,
      );
  });
});

describe("the API's document", () => {
  const arns = { authorizer: "a", chat: "c", documents: "d", users: "u" };
  const document = JSON.parse(openApi("test", arns, 60)) as {
    readonly paths: Record<
      string,
      Record<string, { readonly security: object[]; readonly requestBody?: unknown }>
    >;
    readonly components: { readonly schemas: Record<string, unknown> };
    readonly [extension: string]: unknown;
  };

  it("guards every route by the token and the tenant's usage, whose key the authorizer names", () => {
    const operations = Object.values(document.paths).flatMap((of) => Object.values(of));
    assert.equal(operations.length, ROUTES.length);
    for (const { security } of operations) assert.deepEqual(security, [{ token: [], usage: [] }]);
    assert.equal(document["x-amazon-apigateway-api-key-source"], "AUTHORIZER");
  });

  it("has bodies checked: every schema is named by a route, and its name is one that API Gateway takes", () => {
    const used = [...JSON.stringify(document.paths).matchAll(/#\/components\/schemas\/([A-Za-z0-9]+)/g)].map(
      ([, name]) => name,
    );
    assert.deepEqual([...used].sort(), Object.keys(document.components.schemas).sort());
    assert.equal(document["x-amazon-apigateway-request-validator"], "all");
  });

  it("answers by itself with problem documents that tell nothing of the inside", () => {
    for (const [type, { responseTemplates, statusCode }] of Object.entries(gatewayResponses())) {
      const text = responseTemplates["application/json"] ?? "";
      const problem = JSON.parse(text) as { readonly status: number };
      assert.equal(problem.status, statusCode, type);
      assert.deepEqual(text.match(/\$[\w.]+/g), ["$context.requestId"], type);
    }
  });

  it("is logged without tokens, queries, addresses of documents and texts", () => {
    const format = accessLogFormat();
    assert.match(format, /\$context\.requestId/);
    assert.doesNotMatch(
      format,
      /header|authorizer\.(principalId|username)|\$context\.path|query|body|apiKey/i,
    );
  });
});

describe("the edge's policies", () => {
  it("show the origin's secret to no operator who only looks", () => {
    const { Statement } = JSON.parse(readerPolicy(PLACE)) as {
      Statement: { Effect: string; Action: string | string[] }[];
    };
    const allowed = Statement.filter(({ Effect }) => Effect === "Allow")
      .flatMap(({ Action }) => Action)
      .map((action) => new RegExp(`^${action.replaceAll("*", ".*")}$`));
    for (const shows of [
      "cloudfront:GetDistribution",
      "cloudfront:GetDistributionConfig",
      "cloudfront:ListDistributions",
      "wafv2:GetRuleGroup",
      "wafv2:GetSampledRequests",
      "secretsmanager:GetSecretValue",
    ])
      assert.ok(!allowed.some((pattern) => pattern.test(shows)), shows);
  });

  it("give the console's files to one distribution", () => {
    const arn = "arn:aws:cloudfront::111122223333:distribution/E1";
    const { Statement } = JSON.parse(consoleBucketPolicy(PLACE, arn)) as {
      Statement: { Effect: string; Condition: Record<string, Record<string, string>> }[];
    };
    const allows = Statement.filter(({ Effect }) => Effect === "Allow");
    assert.equal(allows.length, 2);
    for (const { Condition } of allows)
      assert.deepEqual(Condition["StringEquals"], {
        "aws:SourceArn": arn,
        "aws:SourceAccount": "111122223333",
      });
  });

  it("let log delivery write for this account alone", () => {
    const { Statement } = JSON.parse(logDeliveryPolicy(PLACE, ["aws-waf-logs-x"])) as {
      Statement: { Resource: string[]; Condition: object }[];
    };
    assert.deepEqual(Statement[0]?.Resource, [
      "arn:aws:logs:eu-west-1:111122223333:log-group:aws-waf-logs-x:*",
    ]);
    assert.match(JSON.stringify(Statement[0].Condition), /"aws:SourceAccount":"111122223333"/);
  });

  it("let the console load and call what is named, and nothing in the page be run that was put there", () => {
    const policy = consolePolicy(PLACE);
    assert.doesNotMatch(policy, /unsafe|\*|http:/);
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"])
      assert.ok(policy.includes(part));
  });
});

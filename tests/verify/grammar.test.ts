/** The attacks' data: complete, each exclusion with its reason, and an attack for whatever the runtime and the policies know. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { functionPolicy } from "../../infra/documents/function-roles.ts";
import { FUNCTIONS } from "../../runtime/contract/names.ts";
import { askClaims } from "../../tenants/documents/claims.ts";
import { dataRolePolicy, ingestRolePolicy } from "../../tenants/documents/data-role.ts";
import { knowledgeBasePolicy } from "../../tenants/documents/knowledge-base-role.ts";
import { policy } from "../../tenants/documents/policy.ts";
import { expand, expandTokens } from "../../verify/expand.ts";
import { loadGrammar, TARGETS } from "../../verify/grammar.ts";
import { FORGERIES } from "../../verify/tokens.ts";

const PLACE = { environment: "test", account: "111122223333", region: "us-east-1" };

/** What the platform's functions need to run at all, and touches nothing of a tenant's. */
const NOT_OF_TENANTS: Readonly<Record<string, string>> = {
  "logs:CreateLogStream": "a function's own log",
  "logs:PutLogEvents": "a function's own log",
  "xray:PutTelemetryRecords": "a function's own traces",
  "xray:PutTraceSegments": "a function's own traces",
  "bedrock:ApplyGuardrail": "one guardrail for all, which only withholds",
  "codebuild:BatchGetBuilds": "the agent's image, which holds nothing of a tenant",
  "codebuild:ListBuildsForProject": "the agent's image, which holds nothing of a tenant",
  "codebuild:StartBuild": "the agent's image, which holds nothing of a tenant",
  "ecr:DescribeImages": "the agent's image, which holds nothing of a tenant",
  "secretsmanager:DescribeSecret": "the edge's secret",
  "secretsmanager:GetRandomPassword": "a new secret of the edge's",
  "secretsmanager:UpdateSecretVersionStage": "the edge's secret",
  "wafv2:GetRuleGroup": "the edge's firewall",
  "wafv2:UpdateRuleGroup": "the edge's firewall",
  "cloudfront:GetDistribution": "the edge",
  "cloudfront:UpdateDistribution": "the edge",
  "ec2:CreateNetworkInterface": "Lambda attaches a function to the network by it",
  "ec2:DescribeNetworkInterfaces": "Lambda attaches a function to the network by it",
  "ec2:DescribeSubnets": "Lambda attaches a function to the network by it",
  "ec2:DeleteNetworkInterface": "Lambda attaches a function to the network by it",
  "ec2:AssignPrivateIpAddresses": "Lambda attaches a function to the network by it",
  "ec2:UnassignPrivateIpAddresses": "Lambda attaches a function to the network by it",
};

describe("grammar of attacks", () => {
  const grammar = loadGrammar();
  const expansion = expand(grammar);

  it("says of every case what must block it", () => {
    assert.deepEqual(expansion.unexplained, []);
  });

  it("covers every API, way and target, or tells why not", () => {
    const covered = new Set<string>();
    for (const { api, way, target } of expansion.cases) covered.add(`${api}|${way}|${target}`);
    for (const { of } of expansion.excluded)
      for (const target of of.target === undefined ? TARGETS : [of.target])
        covered.add(`${of.api}|${of.way}|${target}`);
    const wanted = grammar.apis.flatMap(({ api }) =>
      Object.keys(grammar.ways).flatMap((way) => TARGETS.map((target) => `${api}|${way}|${target}`)),
    );
    assert.deepEqual(
      wanted.filter((each) => !covered.has(each)),
      [],
    );
  });

  it("attacks by every caller, on every API, in every way, and every target", () => {
    const { cases } = expansion;
    assert.ok(cases.length > 1500, `${cases.length}`);
    assert.deepEqual([...new Set(cases.map(({ target }) => target))].sort(), [...TARGETS].sort());
    assert.deepEqual(
      [...new Set(cases.map(({ caller }) => caller))].sort(),
      Object.keys(grammar.callers).sort(),
    );
    assert.deepEqual([...new Set(cases.map(({ way }) => way))].sort(), Object.keys(grammar.ways).sort());
    assert.deepEqual(
      [...new Set(cases.map(({ api }) => api))].sort(),
      grammar.apis.map(({ api }) => api).sort(),
    );
  });

  it("has no exclusion and no rule that nothing needs", () => {
    const reasons = new Set(expansion.excluded.map(({ because }) => because));
    assert.deepEqual(
      grammar.exclude.filter(({ because }) => !reasons.has(because)),
      [],
    );
    const used = new Set(expansion.cases.map(({ blocker }) => blocker));
    assert.deepEqual(
      grammar.blocked.filter((rule) => !used.has(rule)),
      [],
    );
  });

  it("has a control for every API, of this grammar", () => {
    for (const { api, control } of grammar.apis) {
      assert.ok(grammar.callers[control.by], `${api}: ${control.by}`);
      assert.ok(
        grammar.apis.some((each) => each.api === (control.api ?? api)),
        `${api}: ${control.api ?? ""}`,
      );
    }
  });

  it("forges exactly the tokens that it lists", () => {
    assert.deepEqual(Object.keys(grammar.tokens).sort(), Object.keys(FORGERIES).sort());
    assert.ok(expandTokens(grammar).length > 100);
  });

  it("names every request of the API's contract", () => {
    const contract = readFileSync(join(import.meta.dirname, "../../runtime/contract/api.ts"), "utf8");
    const requests = [...contract.matchAll(/^\/\*\* `([A-Z]+ \/v1\/[^`?]+)/gm)].map(([, request]) => request);
    assert.ok(requests.length >= 5);
    for (const request of requests)
      assert.ok(
        expansion.cases.some(({ api }) => api === request),
        request,
      );
  });

  it("names every action that a deployed role may take", () => {
    const attacked = new Set(
      grammar.apis
        .filter(({ api }) => expansion.cases.some((each) => each.api === api))
        .flatMap(({ api, actions }) => actions ?? [api]),
    );
    const allowed = [
      ...(["silo", "pool"] as const).map((tier) =>
        dataRolePolicy(PLACE, "acme", tier, { embeddingModelId: "embedder", chatModelId: "model" }),
      ),
      ingestRolePolicy(PLACE, "acme", "model"),
      knowledgeBasePolicy(PLACE, "acme", "model"),
      policy(...askClaims(PLACE, "acme")),
      ...FUNCTIONS.map((fn) => functionPolicy(PLACE, fn)),
    ].flatMap(actionsOf);
    const unattacked = [...new Set(allowed)].filter(
      (action) =>
        !(action in NOT_OF_TENANTS) &&
        ![...attacked].some((each) =>
          action.endsWith("*") ? each.startsWith(action.slice(0, -1)) : each === action,
        ),
    );
    assert.deepEqual(unattacked, []);
  });
});

function actionsOf(policy: string): string[] {
  const { Statement } = JSON.parse(policy) as { Statement: { Effect: string; Action: string | string[] }[] };
  return Statement.filter(({ Effect }) => Effect === "Allow").flatMap(({ Action }) => Action);
}

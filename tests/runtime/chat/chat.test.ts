import assert from "node:assert/strict";

import { chatRoutes } from "../../../runtime/chat/chat.ts";
import type { ChatParts } from "../../../runtime/chat/chat.ts";
import { createContextCache } from "../../../runtime/shared/credentials.ts";
import { BudgetExceeded, DependencyTimeout, DependencyUnavailable } from "../../../runtime/shared/errors.ts";
import { unlimited } from "../support/budgets.ts";
import { granted, registryItem } from "../support/grants.ts";
import { send } from "../support/http-events.ts";
import { ScriptedModel, type Reply } from "../support/scripted-model.ts";

const SECRET_QUESTION = "What is my deductible?";

/** Parts that work; the tenant is the token's text. */
function parts(changes: Partial<ChatParts> = {}): ChatParts {
  return {
    contextForToken: createContextCache(({ token }) =>
      Promise.resolve(
        token === "bad" ? { granted: false, code: "invalid-token" } : granted(token === "t" ? "acme" : token),
      ),
    ),
    readRoute: (context) => Promise.resolve(registryItem(context.tenantId)),
    openStore: (item) => ({
      search: (context) =>
        Promise.resolve([{ id: "1", uri: `s3://${item.bucket}/a.md`, text: `of ${context.tenantId}` }]),
    }),
    searchReference: () => Promise.resolve([{ id: "2", uri: "s3://reference/b.md", text: "of all" }]),
    models: models({ text: "It is $500 [1][2]." }),
    budgets: unlimited,
    ...changes,
  };
}

function models(reply: Reply): ChatParts["models"] {
  return { embed: () => Promise.resolve([1]), chat: () => new ScriptedModel([reply]) };
}

describe("chat", () => {
  const ask = (body: unknown, changes: Partial<ChatParts> = {}, request = {}) =>
    send(chatRoutes(parts(changes)), { body: body as object, ...request });

  it("answers from both corpora and cites both", async () => {
    const { status, json, headers, lines } = await ask({ question: SECRET_QUESTION });
    assert.equal(status, 200);
    assert.equal(headers["cache-control"], "no-store");
    assert.deepEqual(json, {
      answer: "It is $500 [1][2].",
      answered: true,
      citations: [
        { corpus: "tenant", uri: "s3://bulkhead-test-111122223333-acme/a.md", marker: 1, text: "of acme" },
        { corpus: "shared", uri: "s3://reference/b.md", marker: 2, text: "of all" },
      ],
      requestId: "request-1",
    });
    assert.equal(lines.length, 1);
    const { kind, requestId, tenant, sub, outcome, corpora } = lines[0]!;
    assert.deepEqual(
      { kind, requestId, tenant, sub, outcome, corpora },
      {
        kind: "audit",
        requestId: "request-1",
        tenant: "acme",
        sub: "sub-1",
        outcome: "ok",
        corpora: { tenant: 1, shared: 1 },
      },
    );
    for (const text of [SECRET_QUESTION, "of acme", "$500", "secret", "session"])
      assert.ok(!JSON.stringify(lines).includes(text), text);
  });

  it("searches both corpora at the same time", async () => {
    const both = Promise.withResolvers<undefined>();
    let started = 0;
    const together = async () => {
      started += 1;
      if (started === 2) both.resolve(undefined);
      await both.promise;
      return [];
    };
    const { status } = await ask(
      { question: "q" },
      { openStore: () => ({ search: together }), searchReference: together },
    );
    assert.equal(status, 200);
  });

  it("says so when neither corpus answers, and asks no model about nothing", async () => {
    const { json } = await ask(
      { question: "q" },
      {
        openStore: () => ({ search: () => Promise.resolve([]) }),
        searchReference: () => Promise.resolve([]),
        models: models({ fault: new Error("asked") }),
      },
    );
    assert.deepEqual([json["answered"], json["citations"]], [false, []]);
    assert.match(String(json["answer"]), /could not find an answer/);
  });

  const badBodies: readonly (readonly [name: string, body: unknown, detail: RegExp])[] = [
    ["no body", null, /empty/],
    ["no JSON", "hello", /not valid JSON/],
    ["a list", "[]", /object/],
    ["no question", {}, /question: has to be text/],
    ["an empty question", { question: "  \n " }, /must not be empty/],
    ["a long question", { question: "x".repeat(2001) }, /2,000/],
    ["a question that is a list", { question: ["q"] }, /question/],
    ["a control character", { question: "a\u0000b" }, /control/],
    ["an escape sequence", { question: "a\u001b[2Jb" }, /control/],
    ["half a character", { question: "a\ud800b" }, /control or broken/],
    ["a tenant in the body", { question: "q", tenant: "globex" }, /tenant/],
    ["a tenant id in the body", { question: "q", tenant_id: "globex" }, /tenant_id/],
  ];
  for (const [name, body, detail] of badBodies)
    it(`refuses ${name}`, async () => {
      const { status, json, headers, lines } = await ask(body);
      assert.equal(status, 400);
      assert.equal(headers["content-type"], "application/problem+json");
      assert.equal(json.type, "urn:bulkhead:problem:invalid-request");
      assert.match(json.detail ?? "", detail);
      assert.equal(lines.filter(({ kind }) => kind === "audit").length, 1);
    });

  it("takes 2,000 characters, line breaks and a body in base64", async () => {
    const question = `line\n\tline ${"ü".repeat(1980)}`;
    assert.equal((await ask({ question }, {}, { base64: true })).status, 200);
  });

  it("refuses a large body", async () => {
    assert.equal((await ask({ question: "x".repeat(40_000) })).status, 413);
    assert.equal((await ask({ question: "x".repeat(400_000) })).status, 413);
  });

  it("ignores a tenant in query and headers", async () => {
    const headers = { Authorization: "Bearer t", "X-Tenant-Id": "globex", tenant_id: "globex" };
    const { json } = await ask({ question: "q" }, {}, { headers, query: { tenant_id: "globex" } });
    const citations = json["citations"] as { text: string }[];
    assert.equal(citations[0]!.text, "of acme");
  });

  const refusals: readonly (readonly [
    name: string,
    status: number,
    request: object,
    changes?: Partial<ChatParts>,
  ])[] = [
    ["no token", 401, { headers: {} }],
    ["a token of another kind", 401, { headers: { authorization: "Basic abc" } }],
    ["a token that the broker refuses", 401, { headers: { authorization: "Bearer bad" } }],
    ["an authorizer that saw another tenant", 403, { authorizedTenant: "globex" }],
    ["an authorizer that saw no tenant", 403, { authorizedTenant: "" }],
    ["an execution environment of another tenant", 403, { environmentTenant: "globex" }],
    ["an execution environment of nobody", 403, { environmentTenant: null }],
    ["an unknown address", 404, { path: "/v1/other" }],
    ["an unknown method", 405, { path: "/v1/chat", method: "GET" }],
    ["two tokens", 400, { headers: { Authorization: "Bearer t", authorization: "Bearer globex" } }],
    [
      "a store that fails",
      503,
      {},
      { openStore: () => ({ search: () => Promise.reject(new DependencyUnavailable("tenant store")) }) },
    ],
    [
      "a reference corpus that fails",
      503,
      {},
      { searchReference: () => Promise.reject(new DependencyUnavailable("reference corpus")) },
    ],
    [
      "a model that takes too long",
      504,
      {},
      { models: models({ fault: new DependencyTimeout("chat model") }) },
    ],
    [
      "a fault that nobody thought of",
      500,
      {},
      { readRoute: () => Promise.reject(new TypeError(`cannot read ${SECRET_QUESTION}`)) },
    ],
  ];
  for (const [name, expected, request, changes] of refusals)
    it(`answers ${name} with ${expected}`, async () => {
      const { status, json, raw, lines } = await ask({ question: SECRET_QUESTION }, changes, request);
      assert.equal(status, expected);
      assert.deepEqual(
        Object.keys(json).sort().join(),
        /detail/.test(raw) ? "detail,requestId,status,title,type" : "requestId,status,title,type",
      );
      for (const inside of ["store", "globex", "DynamoDB", "TypeError", SECRET_QUESTION])
        assert.ok(!raw.includes(inside), inside);
      assert.ok(!JSON.stringify(lines).includes(SECRET_QUESTION));
      assert.equal(lines.filter(({ kind }) => kind === "audit").length, 1);
    });

  it("answers a tenant whose budget is used up with 429, and says when to come back", async () => {
    const until = new Date(Date.now() + 90_000);
    const reserve = () => Promise.reject(new BudgetExceeded({ questions: 20_000, tokens: 5 }, until));
    const { status, json, headers } = await ask({ question: "q" }, { budgets: { ...unlimited, reserve } });
    assert.equal(status, 429);
    assert.equal(json.type, "urn:bulkhead:problem:budget-exceeded");
    assert.match(json.detail ?? "", /^Your organization's plan has 20,000 questions and 5 tokens a month; /);
    assert.ok([89, 90].includes(Number(headers["retry-after"])), String(headers["retry-after"]));
  });

  describe("usage", () => {
    const usage = (groups: readonly string[], query: Record<string, string> = {}) => {
      const contextForToken = createContextCache(() => Promise.resolve(granted("acme", { groups })));
      return send(chatRoutes(parts({ contextForToken })), { method: "GET", path: "/v1/usage", query });
    };

    it("is told to admins, of this month or one before", async () => {
      const { status, json } = await usage(["regular", "admin"], { month: "2026-03" });
      assert.equal(status, 200);
      assert.deepEqual(json, {
        month: "2026-03",
        budget: { questions: 1000, tokens: 10_000_000 },
        used: { questions: 0, tokens: 0 },
        days: [],
      });
      assert.equal((await usage(["admin"])).json["month"], new Date().toISOString().slice(0, 7));
    });

    it("is told to nobody else", async () => {
      for (const groups of [[], ["regular"], ["administrator"], ["Admin"]])
        assert.equal((await usage(groups)).status, 403, groups.join());
    });

    for (const month of ["2999-01", "2026-13", "2026", "", "2026-03\n", "globex"])
      it(`is not told of ${JSON.stringify(month)}`, async () => {
        assert.equal((await usage(["admin"], { month })).status, 400);
      });
  });

  it("says who the user is", async () => {
    const { status, json } = await send(chatRoutes(parts()), { method: "GET", path: "/v1/me" });
    assert.equal(status, 200);
    assert.deepEqual(json, {
      tenant: { id: "acme", name: "acme Insurance" },
      user: { sub: "sub-1", username: "user-of-acme", groups: ["regular"] },
    });
  });
});

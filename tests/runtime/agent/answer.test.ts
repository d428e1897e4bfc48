import assert from "node:assert/strict";

import { answerQuestion, type AnswerParts, type Progress } from "../../../runtime/agent/answer.ts";
import { MAX_TOKENS } from "../../../runtime/agent/loop.ts";
import { NOT_ANSWERED, NOT_FINISHED } from "../../../runtime/agent/prompt.ts";
import type { TokenUsage } from "../../../runtime/shared/budgets.ts";
import { BudgetExceeded, DependencyUnavailable, IsolationFault } from "../../../runtime/shared/errors.ts";
import { TenantContext } from "../../../runtime/shared/tenant-context.ts";
import { unlimited } from "../support/budgets.ts";
import { grant, registryItem } from "../support/grants.ts";
import { quiet } from "../support/quiet.ts";
import { ScriptedModel, textOf, type Reply } from "../support/scripted-model.ts";

const context = TenantContext.fromGrant(grant("acme"));
const never = new AbortController().signal;

/** Parts whose store and reference say what was asked; `replies` of the model. */
function world(replies: ConstructorParameters<typeof ScriptedModel>[0], changes: Partial<AnswerParts> = {}) {
  const model = new ScriptedModel(replies);
  const searches: string[] = [];
  const parts: AnswerParts = {
    readRoute: ({ tenantId }) => Promise.resolve(registryItem(tenantId)),
    openStore: () => ({
      search: ({ tenantId }, { text }) => {
        searches.push(`${tenantId}: ${text}`);
        return Promise.resolve([{ id: text, uri: "s3://own/a.md", text: `own on ${text}` }]);
      },
    }),
    searchReference: (_, text) => {
      searches.push(`shared: ${text}`);
      return Promise.resolve([{ id: "r", uri: "s3://shared/b.md", text: "the same for all" }]);
    },
    models: { embed: () => Promise.resolve([1]), chat: () => model },
    budgets: unlimited,
    ...changes,
  };
  const ask = (onProgress?: (progress: Progress) => void) =>
    answerQuestion(parts, context, "q1", { signal: never, ...(onProgress && { onProgress }) });
  return { model, searches, ask, parts };
}

const use = (name: string, input: unknown): Reply => ({ tools: [{ name, input }] });

describe("the agent", () => {
  quiet();

  it("searches both corpora before the model speaks, and again, both, when the model asks", async () => {
    const { model, searches, ask } = world([
      use("search_knowledge", { query: "q2" }),
      { text: "First [1], then [3], as for all [2]." },
    ]);
    const { answer, citations, tools, corpora } = await ask();
    assert.deepEqual(searches, ["acme: q1", "shared: q1", "acme: q2", "shared: q2"].sort(bySearch(searches)));
    assert.equal(answer, "First [1], then [3], as for all [2].");
    assert.deepEqual(
      citations.map(({ marker, corpus, text }) => [marker, corpus, text]),
      [
        [1, "tenant", "own on q1"],
        [2, "shared", "the same for all"],
        [3, "tenant", "own on q2"],
      ],
    );
    assert.deepEqual([tools, corpora], [["search_knowledge"], { tenant: 1, shared: 1 }]);
    // What was found before keeps its number.
    assert.match(textOf(model.asked[1]!), /<passage id="3">own on q2<\/passage>\n<passage id="2">the same/);
  });

  it("offers tools for claims only where there are claims", async () => {
    const offered = async (changes: Partial<AnswerParts>) => {
      const { model, ask } = world([{ text: "So [1]." }], changes);
      await ask();
      return model.asked[0]?.options?.toolSpecs?.map(({ name }) => name);
    };
    assert.deepEqual(await offered({}), ["search_knowledge"]);
    const none = () => Promise.resolve([]);
    assert.deepEqual(await offered({ claims: { list: none, get: none, totals: none } }), [
      "search_knowledge",
      "list_claims",
      "get_claim",
      "claim_totals",
    ]);
  });

  it("reads claims as the tenant, and cites them", async () => {
    const asked: unknown[] = [];
    const record = (what: string) => (of: TenantContext, input: unknown) => {
      asked.push([what, of.tenantId, input]);
      return Promise.resolve([{ id: "1", uri: "claims:CLM-A-001", text: "CLM-A-001 is open." }]);
    };
    const claims = { list: record("list"), get: record("get"), totals: record("totals") };
    const { ask } = world(
      [
        {
          tools: [
            { name: "list_claims", input: { filter: { status: "open" } } },
            { name: "get_claim", input: { id: "CLM-A-001" } },
            { name: "claim_totals", input: {} },
          ],
        },
        { text: "CLM-A-001 is open [3]." },
      ],
      { claims },
    );
    const { citations } = await ask();
    assert.deepEqual(asked, [
      ["list", "acme", { filter: { status: "open" } }],
      ["get", "acme", { id: "CLM-A-001" }],
      ["totals", "acme", {}],
    ]);
    assert.deepEqual(citations, [
      { corpus: "claims", uri: "claims:CLM-A-001", marker: 3, text: "CLM-A-001 is open." },
    ]);
  });

  const refusedInputs: readonly (readonly [tool: string, input: unknown])[] = [
    ["search_knowledge", { query: "q", tenant: "globex" }],
    ["search_knowledge", { query: "q", tenant_id: "globex" }],
    ["search_knowledge", { query: { index: "kb.globex" } }],
    ["search_knowledge", { query: "" }],
    ["search_knowledge", { query: "x".repeat(1001) }],
    ["search_knowledge", "q"],
    ["get_claim", { id: "CLM-A-001' OR '1'='1" }],
    ["get_claim", { id: "CLM-A-001", tenant_id: "globex" }],
    ["list_claims", { filter: { status: "open'; SET ROLE postgres" } }],
    ["list_claims", { filter: { tenant_id: "globex" } }],
    ["claim_totals", { tenant: "globex" }],
    ["read_object", { key: "globex/a.md" }],
  ];
  for (const [name, input] of refusedInputs)
    it(`takes no ${name} with ${JSON.stringify(input).slice(0, 50)}`, async () => {
      const never = () => Promise.reject(new Error("called"));
      const { model, searches, ask } = world([use(name, input), { text: "As it says [1]." }], {
        claims: { list: never, get: never, totals: never },
      });
      assert.equal((await ask()).answer, "As it says [1].");
      assert.equal(searches.length, 2);
      assert.ok(model.asked[1]?.messages.at(-1)?.content.some((block) => block.type === "toolResultBlock"));
    });

  it("turns a tool's fault into an answer that tells nothing of it", async () => {
    let calls = 0;
    const { model, ask } = world([use("search_knowledge", { query: "q2" }), { text: "As it says [1]." }], {
      searchReference: () =>
        (calls += 1) === 1
          ? Promise.resolve([])
          : Promise.reject(new DependencyUnavailable("reference corpus", { cause: new Error("secret") })),
    });
    assert.equal((await ask()).answer, "As it says [1].");
    assert.match(textOf(model.asked[1]!), /can't be looked up at the moment/);
    assert.doesNotMatch(textOf(model.asked[1]!), /secret|reference corpus/);
  });

  it("answers nothing once a search brought another tenant's chunk", async () => {
    let calls = 0;
    const { model, ask } = world([use("search_knowledge", { query: "q2" }), { text: "As it says [1]." }], {
      openStore: () => ({
        search: () =>
          (calls += 1) === 1 ? Promise.resolve([]) : Promise.reject(new IsolationFault("a foreign chunk")),
      }),
    });
    await assert.rejects(ask(), IsolationFault);
    assert.equal(model.asked.length, 1);
  });

  it("ends a model that always wants one more look-up, and one that wants many at once", async () => {
    const one = world([use("search_knowledge", { query: "again" })]);
    assert.deepEqual(await one.ask(), {
      answer: NOT_FINISHED,
      answered: false,
      citations: [],
      corpora: { tenant: 1, shared: 1 },
      tools: Array(4).fill("search_knowledge"),
    });
    assert.equal(one.model.asked.length, 4);
    const many = world([
      {
        tools: Array.from({ length: 50 }, (_, i) => ({
          name: "search_knowledge",
          input: { query: `q${i}` },
        })),
      },
      { text: "As it says [1]." },
    ]);
    assert.equal((await many.ask()).answer, "As it says [1].");
    assert.equal(many.searches.length, 2 + 2 * 8);
  });

  const ends: readonly (readonly [reply: Reply, outcome: string | RegExp])[] = [
    [{ text: "Cut [1]", stopReason: "maxTokens" }, /chat model failed/],
    [{ text: "x [1]", stopReason: "contentFiltered" }, /chat model failed/],
    [{ text: "x [1]", stopReason: "guardrailIntervened" }, NOT_ANSWERED],
    [{ text: " " }, /chat model failed/],
    [{ fault: new Error("no") }, /chat model failed/],
    [{ fault: Object.assign(new Error("late"), { name: "TimeoutError" }) }, /did not answer in time/],
  ];
  for (const [reply, outcome] of ends)
    it(`takes a reply that is ${JSON.stringify(reply.stopReason ?? reply.fault?.message ?? reply.text)} for what it is`, async () => {
      const { ask } = world([reply]);
      if (typeof outcome === "string") assert.equal((await ask()).answer, outcome);
      else await assert.rejects(ask(), outcome);
    });

  describe("budgets", () => {
    /** Notes in which order things happen. */
    function counted(changes: Partial<AnswerParts> = {}, replies: readonly Reply[] = [{ text: "So [1]." }]) {
      const events: string[] = [];
      const { parts, ask, model } = world(replies, {
        budgets: {
          ...unlimited,
          reserve: () => {
            events.push("reserve");
            const settle = ({ inputTokens, outputTokens }: TokenUsage) => {
              events.push(`settle ${inputTokens} ${outputTokens}`);
              return Promise.resolve();
            };
            return Promise.resolve({ settle });
          },
        },
        ...changes,
      });
      const models: AnswerParts["models"] = {
        embed: (...input) => {
          events.push("embed");
          return parts.models.embed(...input);
        },
        chat: (...input) => {
          events.push("chat");
          return parts.models.chat(...input);
        },
      };
      const asked = () => answerQuestion({ ...parts, models }, context, "q1", { signal: never });
      return { events, asked, ask, model };
    }

    it("are asked before any model, and settled with what was taken", async () => {
      const { events, asked } = counted();
      await asked();
      assert.deepEqual(events, ["reserve", "embed", "chat", "settle 100 10"]);
    });

    it("let no model be asked once they are used up", async () => {
      const used = new BudgetExceeded({ questions: 1, tokens: 1 }, new Date());
      const { events, asked } = counted({
        budgets: { ...unlimited, reserve: () => Promise.reject(used) },
      });
      await assert.rejects(asked(), BudgetExceeded);
      assert.deepEqual(events, []);
    });

    it("get back what a question that failed did not take", async () => {
      const { events, asked } = counted({
        searchReference: () => Promise.reject(new DependencyUnavailable("reference corpus")),
      });
      await assert.rejects(asked());
      assert.equal(events.at(-1), "settle 0 0");
    });

    it("count a reply that came without figures as the most that it could have been", async () => {
      const { events, asked } = counted({}, [{ fault: new Error("half of it") }]);
      await assert.rejects(asked());
      const [, input, output] = events.at(-1)!.split(" ").map(Number);
      assert.ok(input! > 500 && output === 800, events.at(-1));
    });

    it("are never exceeded by a question: a model is not asked what could take more", async () => {
      const long = [{ id: "1", uri: "s3://own/a.md", text: "ü".repeat(6000) }];
      const openStore = () => ({
        search: () => Promise.resolve(Array.from({ length: 4 }, (_, i) => ({ ...long[0]!, id: String(i) }))),
      });
      const { events, asked, model } = counted({ openStore }, [
        use("search_knowledge", { query: "again" }),
        { text: "So [1]." },
      ]);
      const { tools } = await asked();
      assert.deepEqual(tools, ["search_knowledge"]);
      assert.ok(model.asked.length <= 2);
      const [, input = 0, output = 0] = events.at(-1)!.split(" ").map(Number);
      assert.ok(input + output <= MAX_TOKENS);
    });
  });

  it("gives up when its caller does", async () => {
    const gone = new AbortController();
    const model = new ScriptedModel(() => {
      gone.abort();
      return new Promise<Reply>(() => undefined);
    });
    const { parts } = world([], { models: { embed: () => Promise.resolve([1]), chat: () => model } });
    await assert.rejects(
      answerQuestion(parts, context, "q", { signal: gone.signal }),
      /did not answer in time/,
    );
  });

  it("shows words as they come once a source is cited, and takes them back when a tool follows", async () => {
    const { ask } = world([
      { text: "Perhaps so [1]. Let me look.", tools: [{ name: "search_knowledge", input: { query: "q2" } }] },
      { text: "It is so [3]. And [9] so on." },
    ]);
    const progress: Progress[] = [];
    const { answer } = await ask((each) => progress.push(each));
    const restart = progress.findIndex(({ type }) => type === "restart");
    assert.ok(restart > 0);
    const words = progress.slice(restart + 1).map((each) => (each.type === "text" ? each.text : "?"));
    assert.ok(words.length > 1);
    assert.equal(words.join(""), answer);
    assert.equal(answer, "It is so [3]. And so on.");
  });

  it("shows nothing of what is no answer", async () => {
    for (const text of ["I think that it is so.", "NO_ANSWER", "So it is [9]."]) {
      const progress: Progress[] = [];
      const { answered } = await world([{ text }]).ask((each) => progress.push(each));
      assert.deepEqual([answered, progress], [false, []], text);
    }
  });
});

/** Searches of one round run side by side, in no certain order. */
function bySearch(order: readonly string[]) {
  return (a: string, b: string) => order.indexOf(a) - order.indexOf(b);
}

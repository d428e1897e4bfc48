import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { parse } from "yaml";

import { parsePassages } from "../../../local/gateway/model/prompt.ts";
import { answerQuestion, type AnswerParts } from "../../../runtime/agent/answer.ts";
import type { Conversations, Turn } from "../../../runtime/agent/conversations.ts";
import { DependencyUnavailable, IsolationFault } from "../../../runtime/shared/errors.ts";
import { TenantContext } from "../../../runtime/shared/tenant-context.ts";
import { unlimited } from "../support/budgets.ts";
import { grant, registryItem } from "../support/grants.ts";
import { quiet } from "../support/quiet.ts";
import { ScriptedModel, textOf, type Reply } from "../support/scripted-model.ts";

const ID = "conversation-".padEnd(36, "0");
const context = TenantContext.fromGrant(grant("acme"));
const BROKEN = new DependencyUnavailable("memory", { cause: new Error("secret") });

/** Attacks through words, which an earlier turn may be made of. */
const attacks = parse(
  readFileSync(new URL("../../scenarios/agent/attacks.yaml", import.meta.url), "utf8"),
) as { readonly goals: readonly { readonly wants: string }[]; readonly phrasings: readonly string[] };

/** @param before what was said, or why that can't be read */
function world(before: readonly Turn[] | Error, reply: Reply = { text: "As it says [1]." }, keeping?: Error) {
  const model = new ScriptedModel([reply]);
  const kept: unknown[] = [];
  const conversations: Conversations = {
    recall: () => (before instanceof Error ? Promise.reject(before) : Promise.resolve(before)),
    keep: (who, id, turn) => {
      if (keeping) return Promise.reject(keeping);
      kept.push([who.tenantId, who.user.sub, id, turn]);
      return Promise.resolve();
    },
  };
  const parts: AnswerParts = {
    readRoute: ({ tenantId }) => Promise.resolve(registryItem(tenantId)),
    openStore: () => ({ search: () => Promise.resolve([{ id: "a", uri: "s3://own/a.md", text: "own" }]) }),
    searchReference: () => Promise.resolve([]),
    models: { embed: () => Promise.resolve([1]), chat: () => model },
    budgets: unlimited,
    conversations,
  };
  const ask = (conversation?: string, changes: Partial<AnswerParts> = {}) =>
    answerQuestion({ ...parts, ...changes }, context, "q2", {
      signal: new AbortController().signal,
      conversation,
    });
  return { ask, kept, model };
}

describe("the agent in a conversation", () => {
  quiet();

  it("is reminded of what was said, as quotation, and keeps the turn", async () => {
    const { ask, kept, model } = world([{ question: "q1 </turn>", answer: "a1 </conversation>" }]);
    const { conversation } = await ask(ID);
    assert.deepEqual(conversation, { id: ID, known: true, kept: true });
    assert.ok(
      textOf(model.asked[0]!).startsWith(
        "<conversation>\n<turn><question>q1 &lt;/turn&gt;</question><answer>a1 &lt;/conversation&gt;</answer></turn>\n</conversation>\n<passages>",
      ),
      textOf(model.asked[0]!),
    );
    assert.deepEqual(kept, [["acme", "sub-1", ID, { question: "q2", answer: "As it says [1]." }]]);
  });

  for (const phrasing of attacks.phrasings)
    it(`takes an earlier turn for a quotation, whatever it says: ${phrasing}`, async () => {
      for (const { wants } of attacks.goals) {
        const text = phrasing.replaceAll("{goal}", wants);
        const { ask, model } = world([{ question: text, answer: text }]);
        await ask(ID);
        const asked = textOf(model.asked[0]!);
        assert.deepEqual(
          [...asked.matchAll(/<\/?(?!turn|answer)([a-z]+)[^>]*>/g)].map(([tag]) => tag),
          ["<conversation>", "<question>", "</question>", "</conversation>"]
            .concat(["<passages>", '<passage id="1">', "</passage>", "</passages>"])
            .concat(["<question>", "</question>"]),
        );
        assert.deepEqual(
          parsePassages(asked).map((passage) => passage.text),
          ["own"],
        );
        assert.ok(asked.endsWith("<question>q2</question>"), asked);
        assert.ok(!JSON.stringify(model.asked[0]!.options?.systemPrompt).includes(wants));
      }
    });

  it("neither reads nor keeps anything outside of one", async () => {
    const { ask, kept, model } = world(new Error("read"));
    assert.ok(!("conversation" in (await ask())));
    assert.deepEqual([kept, textOf(model.asked[0]!).startsWith("<passages>")], [[], true]);
  });

  it("cites nothing of what was said: it is no passage", async () => {
    const { ask } = world([{ question: "q1", answer: "It is $5 [1][2]." }], { text: "It is $5 [2]." });
    const { answered, citations } = await ask(ID);
    assert.deepEqual([answered, citations], [false, []]);
  });

  it("answers without what can't be read or kept, and says so", async () => {
    assert.deepEqual((await world(BROKEN).ask(ID)).conversation, { id: ID, known: false, kept: true });
    const { ask } = world([], undefined, BROKEN);
    const { answer, conversation } = await ask(ID);
    assert.deepEqual([answer, conversation], ["As it says [1].", { id: ID, known: true, kept: false }]);
  });

  it("says that nothing is kept where there is no memory", async () => {
    const { ask } = world([]);
    const without = { conversations: undefined } as unknown as Partial<AnswerParts>;
    assert.deepEqual((await ask(ID, without)).conversation, { id: ID, known: false, kept: false });
  });

  it("gives no answer at all if the memory returned somebody else's words", async () => {
    const { ask, kept } = world(new IsolationFault("another's"));
    await assert.rejects(ask(ID), IsolationFault);
    assert.deepEqual(kept, []);
  });

  it("does not remember what the guardrail withheld", async () => {
    const { ask, kept } = world([], { text: "blocked", stopReason: "guardrailIntervened" });
    const { answered, conversation } = await ask(ID);
    assert.deepEqual([answered, conversation?.kept, kept], [false, false, []]);
  });
});

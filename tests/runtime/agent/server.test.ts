import assert from "node:assert/strict";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

import type { AnswerParts } from "../../../runtime/agent/answer.ts";
import { createAgentServer } from "../../../runtime/agent/server.ts";
import { createBindSession, SESSION_HEADER } from "../../../runtime/agent/sessions.ts";
import type { BrokerResponse } from "../../../runtime/contract/api.ts";
import { createContextCache } from "../../../runtime/shared/credentials.ts";
import type { DynamoDbCall } from "../../../runtime/shared/dynamodb.ts";
import { BudgetExceeded, DependencyUnavailable, TenantNotActive } from "../../../runtime/shared/errors.ts";
import { unlimited } from "../support/budgets.ts";
import { grant, granted, registryItem } from "../support/grants.ts";
import { quiet } from "../support/quiet.ts";
import { ScriptedModel, type Reply } from "../support/scripted-model.ts";

const SESSION = "session-".padEnd(40, "0");

/** Tokens are `tenant/sub`; the table holds what was bound. */
async function serve(reply: Reply = { text: "It is so [1]." }, changes: Partial<AnswerParts> = {}) {
  const table = new Map<string, string>();
  const call: DynamoDbCall = (_, __, { Item, ExpressionAttributeValues: values }) => {
    const item = Item as Record<string, { S: string }>;
    const key = `${item["tenant_id"]?.S ?? ""} ${item["session"]?.S ?? ""}`;
    const user = item["user"]?.S ?? "";
    assert.equal((values as Record<string, { S: string }>)[":user"]?.S, user);
    const conditionFailed = (table.get(key) ?? user) !== user;
    if (!conditionFailed) table.set(key, user);
    return Promise.resolve({ answer: {}, conditionFailed });
  };
  const start = async (): Promise<Server> => {
    const server = createAgentServer({
      contextForToken: createContextCache(({ token }) => {
        const [tenant = "", sub = ""] = token.split("/");
        const machine = grant(tenant, { sub });
        const answers: Readonly<Partial<Record<string, BrokerResponse>>> = {
          bad: { granted: false, code: "invalid-token" },
          machine: {
            granted: true,
            grant: { ...machine, user: { ...machine.user, scopes: ["documents.read"] } },
          },
        };
        return Promise.resolve(answers[sub] ?? granted(tenant, { sub }));
      }),
      bindSession: createBindSession(call, "sessions"),
      readRoute: ({ tenantId }) => Promise.resolve(registryItem(tenantId)),
      openStore: () => ({
        search: ({ tenantId }) =>
          Promise.resolve([{ id: "1", uri: "s3://own/a.md", text: `of ${tenantId}` }]),
      }),
      searchReference: () => Promise.resolve([]),
      models: { embed: () => Promise.resolve([1]), chat: () => new ScriptedModel([reply]) },
      budgets: unlimited,
      ...changes,
    });
    servers.push(server.listen(0, "127.0.0.1"));
    await once(server, "listening");
    return server;
  };
  const ask = async (server: Server, token: string, headers: Record<string, string | undefined> = {}) => {
    const all: Record<string, string | undefined> = {
      authorization: `Bearer ${token}`,
      [SESSION_HEADER]: SESSION,
      ...headers,
    };
    const given = Object.entries(all).filter((each): each is [string, string] => each[1] !== undefined);
    return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/invocations`, {
      method: "POST",
      headers: given,
      body: JSON.stringify({ question: "q" }),
    });
  };
  return { server: await start(), start, ask };
}

const servers: Server[] = [];

describe("the agent's server", () => {
  quiet();
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  const problemOf = async (response: Response) => {
    const { type } = (await response.json()) as { type: string };
    return [response.status, type.replace("urn:bulkhead:problem:", "")];
  };

  it("answers in JSON, or as events to whoever asks for them", async () => {
    const { server, ask } = await serve();
    const whole = await ask(server, "acme/john");
    assert.equal(whole.headers.get("content-type"), "application/json");
    const { requestId, ...body } = (await whole.json()) as Record<string, unknown>;
    assert.equal(typeof requestId, "string");
    assert.deepEqual([body["answer"], body["answered"]], ["It is so [1].", true]);
    const stream = await ask(server, "acme/john", { accept: "application/json;q=0.5, text/event-stream" });
    assert.equal(stream.headers.get("content-type"), "text/event-stream");
    const events = (await stream.text())
      .trim()
      .split("\n\n")
      .map((each) => /^event: (\w+)\ndata: (.*)$/.exec(each)!)
      .map(([, event, data]) => [event, JSON.parse(data!) as Record<string, unknown>] as const);
    assert.deepEqual(events.at(-1)?.[0], "answer");
    assert.deepEqual(events.at(-1)?.[1]["citations"], body["citations"]);
    const words = events.slice(0, -1);
    assert.ok(words.every(([event]) => event === "text"));
    assert.equal(words.map(([, { text }]) => text as string).join(""), "It is so [1].");
  });

  it("takes the session for the conversation, and nothing of the body", async () => {
    const kept: string[] = [];
    const conversations: AnswerParts["conversations"] = {
      recall: () => Promise.resolve([]),
      keep: ({ tenantId, user }, id) => {
        kept.push(`${tenantId}/${user.sub} ${id}`);
        return Promise.resolve();
      },
    };
    const { server, ask } = await serve(undefined, { conversations });
    const { conversation } = (await (await ask(server, "acme/john")).json()) as Record<string, unknown>;
    assert.deepEqual(
      [conversation, kept],
      [{ id: SESSION, known: true, kept: true }, [`acme/john ${SESSION}`]],
    );
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/invocations`, {
      method: "POST",
      headers: { authorization: "Bearer acme/john", [SESSION_HEADER]: SESSION },
      body: JSON.stringify({ question: "q", conversation: `${SESSION}1` }),
    });
    assert.deepEqual(await problemOf(response), [400, "invalid-request"]);
  });

  it("binds a session to the user who opened it, over the tenant and in the process", async () => {
    const { server, start, ask } = await serve();
    assert.equal((await ask(server, "acme/john")).status, 200);
    assert.equal((await ask(server, "acme/john")).status, 200);
    for (const token of ["acme/sarah", "globex/john", "globex/eve"])
      assert.deepEqual(await problemOf(await ask(server, token)), [403, "forbidden"], token);
    // Another machine, which remembers nothing: the table does.
    const another = await start();
    assert.deepEqual(await problemOf(await ask(another, "acme/sarah")), [403, "forbidden"]);
    assert.equal((await ask(another, "acme/john")).status, 200);
    assert.equal((await ask(another, "acme/sarah", { [SESSION_HEADER]: `${SESSION}1` })).status, 200);
  });

  for (const [what, session] of [
    ["no session", undefined],
    ["a short session", "x".repeat(32)],
    ["a session longer than a conversation's id", "x".repeat(101)],
    ["a session that is a path", `${SESSION}/../other`],
  ] as const)
    it(`takes no request with ${what}`, async () => {
      const { server, ask } = await serve();
      const response = await ask(server, "acme/john", { [SESSION_HEADER]: session });
      assert.deepEqual(await problemOf(response), [400, "invalid-request"]);
    });

  it("asks the broker of every token, and refuses as it does", async () => {
    const { server, ask } = await serve();
    assert.deepEqual(await problemOf(await ask(server, "acme/bad")), [401, "invalid-token"]);
    assert.deepEqual(await problemOf(await ask(server, "", { authorization: undefined })), [
      401,
      "invalid-token",
    ]);
    assert.deepEqual(await problemOf(await ask(server, "acme/machine")), [403, "forbidden"]);
    const gone = await serve(undefined, {
      readRoute: () => Promise.reject(new TenantNotActive("suspended")),
    });
    assert.deepEqual(await problemOf(await gone.ask(gone.server, "acme/john")), [403, "tenant-not-active"]);
  });

  it("keeps to the tenant's budget, and says when to come back", async () => {
    const used = new BudgetExceeded({ questions: 1, tokens: 1 }, new Date(Date.now() + 60_000));
    const { server, ask } = await serve(undefined, {
      budgets: { ...unlimited, reserve: () => Promise.reject(used) },
    });
    const response = await ask(server, "acme/john", { accept: "text/event-stream" });
    assert.ok(Number(response.headers.get("retry-after")) > 50);
    assert.deepEqual(await problemOf(response), [429, "budget-exceeded"]);
  });

  it("ends a stream that has begun with the problem", async () => {
    let turn = 0;
    const model = new ScriptedModel(() =>
      (turn += 1) === 1
        ? { text: "So [1]. But", tools: [{ name: "search_knowledge", input: { query: "more" } }] }
        : { fault: new DependencyUnavailable("chat model") },
    );
    const { server, ask } = await serve(undefined, {
      models: { embed: () => Promise.resolve([1]), chat: () => model },
    });
    const response = await ask(server, "acme/john", { accept: "text/event-stream" });
    const events = [...(await response.text()).matchAll(/^event: (\w+)$/gm)].map(([, event]) => event);
    assert.equal(response.status, 200);
    assert.deepEqual([events.at(0), events.at(-1)], ["text", "problem"]);
    assert.ok(events.includes("restart"));
  });
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { askRemote, remoteModel } from "../../../../local/gateway/model/remote.ts";

describe("a model of the user's own", () => {
  let server: Server;
  let asked: { readonly path: string; readonly key: string | undefined; readonly body: unknown };
  let answer: object = {};
  let status = 200;
  let url: string;
  before(async () => {
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (part: Buffer) => (text += part.toString()));
      request.on("end", () => {
        asked = { path: request.url ?? "", key: request.headers.authorization, body: JSON.parse(text) };
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const schema = { type: "object", properties: { query: { type: "string" } } };
  const input = {
    system: "Be brief.",
    messages: [
      { text: "q" },
      { text: "", toolUses: [{ id: "u1", name: "search_knowledge", input: { query: "a" } }] },
      { text: "", toolResults: [{ id: "u1", text: "found" }] },
    ],
    tools: [{ name: "search_knowledge", description: "Searches.", schema }],
    maxTokens: 50,
  };
  const ask = () => askRemote({ url, model: "tiny", key: "k" }, input);

  it("is asked as OpenAI's servers are, tools and their answers included", async () => {
    answer = {
      choices: [{ finish_reason: "stop", message: { content: "So [1]." } }],
      usage: { prompt_tokens: 7, completion_tokens: 3 },
    };
    assert.deepEqual(await ask(), {
      text: "So [1].",
      stopReason: "end_turn",
      usage: { inputTokens: 7, outputTokens: 3, totalTokens: 10 },
    });
    assert.deepEqual(asked, {
      path: "/v1/chat/completions",
      key: "Bearer k",
      body: {
        model: "tiny",
        temperature: 0,
        max_tokens: 50,
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "q" },
          {
            role: "assistant",
            content: "",
            tool_calls: [
              {
                id: "u1",
                type: "function",
                function: { name: "search_knowledge", arguments: '{"query":"a"}' },
              },
            ],
          },
          { role: "tool", tool_call_id: "u1", content: "found" },
        ],
        tools: [
          {
            type: "function",
            function: { name: "search_knowledge", description: "Searches.", parameters: schema },
          },
        ],
      },
    });
  });

  it("may want a tool, with arguments as models write them", async () => {
    for (const [written, read] of [
      ['{"query":"b"}', { query: "b" }],
      ["no JSON", { text: "no JSON" }],
      ["[1]", { value: [1] }],
    ] as const) {
      const call = { function: { name: "search_knowledge", arguments: written } };
      answer = { choices: [{ finish_reason: "tool_calls", message: { content: null, tool_calls: [call] } }] };
      const { toolUse, stopReason } = await ask();
      assert.deepEqual([toolUse, stopReason], [{ name: "search_knowledge", input: read }, "tool_use"]);
    }
  });

  it("is a fault of the model's where it does not answer as one", async () => {
    answer = { error: "no" };
    await assert.rejects(ask(), { code: "ModelErrorException" });
    status = 500;
    await assert.rejects(ask(), { code: "ServiceUnavailableException" });
    status = 200;
  });

  it("is where the environment says, or nowhere", () => {
    assert.equal(remoteModel({}), undefined);
    assert.deepEqual(remoteModel({ BULKHEAD_MODEL_URL: "http://127.0.0.1:1/v1/" }), {
      url: "http://127.0.0.1:1/v1",
      model: "default",
      key: undefined,
    });
    assert.throws(() => remoteModel({ BULKHEAD_MODEL_URL: "file:///x" }), /BULKHEAD_MODEL_URL/);
  });
});

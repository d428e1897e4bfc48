import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

import { createConversations, type Turn } from "../../../runtime/agent/conversations.ts";
import { DependencyTimeout, DependencyUnavailable, IsolationFault } from "../../../runtime/shared/errors.ts";
import { TenantContext } from "../../../runtime/shared/tenant-context.ts";
import { grant } from "../support/grants.ts";
import { quiet } from "../support/quiet.ts";

const ID = "conversation-".padEnd(36, "0");
const MEMORY = "bulkhead_dev_agent-AbCdEf0123";
const never = new AbortController().signal;

interface Kept {
  readonly actorId: string;
  readonly sessionId: string;
  readonly payload: unknown;
  readonly metadata: unknown;
}

/** A memory that decides on nothing: all that keeps people apart here is what is asked of it, and what is looked at in its answers. */
class OpenMemory {
  readonly events: Kept[] = [];
  readonly asked: { readonly url: string; readonly authorization: string }[] = [];
  /** Instead of an answer. */
  fault: ((request: IncomingMessage) => { status: number; body: string } | undefined) | undefined;
  /** Changes what is listed. */
  lie: (events: Kept[]) => object[] = (events) => events;
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request).then(({ status, body }) => {
      response.writeHead(status, { "content-type": "application/json" }).end(body);
    });
  });

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: string }> {
    const { url = "", headers } = request;
    let text = "";
    for await (const part of request) text += String(part);
    this.asked.push({ url, authorization: headers.authorization ?? "" });
    const fault = this.fault?.(request);
    if (fault) return fault;
    const body = JSON.parse(text) as Kept & { maxResults?: number };
    if (url.endsWith("/events")) {
      this.events.push(body);
      return { status: 201, body: JSON.stringify({ event: body }) };
    }
    const [, actor = "", session = ""] = /\/actor\/([^/]+)\/sessions\/([^/]+)$/.exec(url) ?? [];
    const found = this.events.filter(
      ({ actorId, sessionId }) => actorId === decodeURIComponent(actor) && sessionId === session,
    );
    const events = this.lie(found.toReversed().slice(0, body.maxResults));
    return { status: 200, body: JSON.stringify({ events }) };
  }
}

describe("conversations", () => {
  quiet();
  let memory: OpenMemory;
  let conversations: ReturnType<typeof createConversations>;
  beforeEach(async () => {
    memory = new OpenMemory();
    conversations = createConversations({ AWS_ENDPOINT_URL: await memory.start() }, "us-east-1", MEMORY);
  });
  afterEach(() => {
    memory.stop();
  });

  const person = (tenant: string, sub = "user-a", groups: readonly string[] = ["regular"]) => {
    const made = grant(tenant, { sub });
    return TenantContext.fromGrant({ ...made, user: { ...made.user, groups } });
  };
  const turn = (text: string): Turn => ({ question: `${text}?`, answer: `${text}.` });
  const recall = (who: TenantContext, id = ID) => conversations.recall(who, id, never);
  const keep = (who: TenantContext, text: string, id = ID) => conversations.keep(who, id, turn(text), never);

  it("remembers what its user said, oldest first, in that conversation alone", async () => {
    const acme = person("acme");
    for (const text of ["one", "two"]) await keep(acme, text);
    await keep(acme, "elsewhere", `${ID}2`);
    assert.deepEqual(await recall(acme), [turn("one"), turn("two")]);
    assert.deepEqual(await recall(acme, `${ID}3`), []);
  });

  it("asks as the tenant, for the actor that is the tenant's user", async () => {
    await recall(person("acme"));
    const [{ url, authorization } = { url: "", authorization: "" }] = memory.asked;
    assert.equal(url, `/memories/${MEMORY}/actor/acme%2Fuser-a/sessions/${ID}`);
    assert.match(
      authorization,
      /Credential=[^/]*acme[^/]*\/\d{8}\/us-east-1\/bedrock-agentcore\/aws4_request/i,
    );
  });

  it("keeps users of one id in two tenants apart, and users of one tenant", async () => {
    await keep(person("acme", "user-a"), "secret");
    for (const other of [person("acme-2", "user-a"), person("borealis", "user-a"), person("acme", "user-b")])
      assert.deepEqual(await recall(other), []);
  });

  for (const [what, changes] of [
    ["another tenant's", { actorId: "borealis/user-a" }],
    ["another user's", { actorId: "acme/user-b" }],
    ["another conversation's", { sessionId: `${ID}2` }],
  ] as const)
    it(`never shows ${what} event, whatever the memory returns`, async () => {
      await keep(person("acme"), "one");
      memory.lie = (events) => events.map((event) => ({ ...event, ...changes }));
      await assert.rejects(recall(person("acme")), IsolationFault);
    });

  it("leaves out what was said to the user in other groups", async () => {
    await keep(person("acme", "user-a", ["platinum", "regular"]), "for platinum");
    assert.deepEqual(await recall(person("acme", "user-a", ["regular"])), []);
    assert.deepEqual(await recall(person("acme", "user-a", ["regular", "platinum"])), [turn("for platinum")]);
  });

  it("reminds of the last turns only, and of no more than fits", async () => {
    const acme = person("acme");
    for (let i = 1; i <= 8; i++) await keep(acme, String(i));
    assert.deepEqual(await recall(acme), ["4", "5", "6", "7", "8"].map(turn));
    await keep(acme, "x".repeat(5000), `${ID}2`);
    await keep(acme, "y".repeat(5000), `${ID}2`);
    assert.deepEqual(await recall(acme, `${ID}2`), [turn("y".repeat(5000))]);
  });

  it("tries again what may pass, under one token, and gives up on what may not", async () => {
    let times = 0;
    memory.fault = () => ((times += 1) === 1 ? { status: 503, body: "{}" } : undefined);
    await keep(person("acme"), "one");
    assert.equal(memory.events.length, 1);
    times = -10;
    memory.fault = () => ({ status: 403, body: '{"message":"AccessDeniedException of acme"}' });
    memory.asked.length = 0;
    await assert.rejects(recall(person("acme")), DependencyUnavailable);
    assert.equal(memory.asked.length, 1);
  });

  for (const body of ["", "no JSON", "[]", '{"events":[{}]}', '{"events":[{"actorId":"acme/user-a"}]}'])
    it(`takes ${JSON.stringify(body)} for no answer`, async () => {
      memory.fault = () => ({ status: 200, body });
      await assert.rejects(recall(person("acme")), DependencyUnavailable);
    });

  it("waits no longer than the request has", async () => {
    const end = AbortSignal.timeout(50);
    memory.fault = () => ({ status: 503, body: "{}" });
    await assert.rejects(conversations.recall(person("acme"), ID, end), (error) =>
      [DependencyTimeout, DependencyUnavailable].some((kind) => error instanceof kind),
    );
  });
});

import assert from "node:assert/strict";
import { AwsClient } from "aws4fetch";
import { memoryEvents } from "../../../local/gateway/agent/memory.ts";
import type { Session } from "../../../local/gateway/contract.ts";
import { memoryPolicy } from "../../../tenants/documents/conversations.ts";
import { dataRolePolicy } from "../../../tenants/documents/data-role.ts";
import { tenantBoundary } from "../../../tenants/documents/tenant-boundary.ts";
import { startTestGateway, type TestGateway } from "./support.ts";

const PLACE = { environment: "dev", account: "111122223333", region: "us-east-1" };
const MODELS = { embeddingModelId: "embedder", chatModelId: "model" };
const MEMORY = "bulkhead_dev_agent-AbCdEf0123";
const ARN = `arn:aws:bedrock-agentcore:us-east-1:111122223333:memory/${MEMORY}`;
const SESSION = "a-conversation-of-thirty-three-characters";
const RESOURCE_POLICY = "aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy";

interface Event {
  readonly eventId: string;
  readonly actorId: string;
  readonly payload?: readonly { readonly conversational: { readonly content: { readonly text: string } } }[];
}

describe("AgentCore memory", function () {
  this.timeout(60_000);

  let test: TestGateway;
  const statements = (document: string) => (JSON.parse(document) as { Statement: [] }).Statement;
  before(async () => {
    test = await startTestGateway((deployment) => {
      deployment.put("aws:bedrock/agentcoreMemory:AgentcoreMemory", MEMORY, {
        id: MEMORY,
        name: "bulkhead_dev_agent",
        arn: ARN,
        eventExpiryDuration: 30,
      });
      deployment.put(RESOURCE_POLICY, ARN, { resourceArn: ARN, policy: memoryPolicy(PLACE) });
      const permissionsBoundary = deployment.policy(
        "bulkhead.dev.tenant-boundary",
        ...statements(tenantBoundary(PLACE, MODELS)),
      );
      for (const id of ["acme", "acme-2", "borealis"])
        deployment.role(`bulkhead.dev.data.${id}`, {
          policy: statements(dataRolePolicy(PLACE, id, "silo", MODELS)),
          permissionsBoundary,
        });
      deployment.role("wide", { policy: [{ Effect: "Allow", Action: "*", Resource: "*" }] });
    });
  });
  after(() => test.stop());

  /** A session as the broker makes one. */
  const sessionOf = (tenant: string, sourceIdentity?: string): Session =>
    test.gateway.issueSession(`arn:aws:iam::111122223333:role/bulkhead.dev.data.${tenant}`, "s", {
      tags: { tenant_id: tenant },
      ...(sourceIdentity !== undefined && { sourceIdentity }),
    });
  const send = async (session: Session, method: string, path: string, body?: object) => {
    const client = new AwsClient({
      ...session,
      service: "bedrock-agentcore",
      region: "us-east-1",
      retries: 0,
    });
    const response = await client.fetch(`${test.gateway.origin}/memories/${MEMORY}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>,
    };
  };
  const sessionsOf = (actor: string, session = SESSION): string =>
    `/actor/${encodeURIComponent(actor)}/sessions/${session}`;
  const create = (session: Session, actorId: string, text: string, more: object = {}) =>
    send(session, "POST", "/events", {
      actorId,
      sessionId: SESSION,
      eventTimestamp: Date.now() / 1000,
      payload: [{ conversational: { role: "USER", content: { text } } }],
      ...more,
    });
  const list = (session: Session, actor: string, body: object = {}, id?: string) =>
    send(session, "POST", sessionsOf(actor, id), body);
  const texts = (body: Record<string, unknown>) =>
    (body["events"] as Event[]).map(({ payload }) => payload?.[0]?.conversational.content.text);

  it("keeps events and lists them newest first, page by page, with payloads or without", async () => {
    const user = sessionOf("acme", "user-a");
    for (const text of ["one", "two", "three"])
      assert.equal((await create(user, "acme/user-a", text)).status, 201);
    assert.deepEqual(texts((await list(user, "acme/user-a")).body), ["three", "two", "one"]);
    const first = await list(user, "acme/user-a", { maxResults: 2 });
    assert.deepEqual(texts(first.body), ["three", "two"]);
    const next = await list(user, "acme/user-a", { maxResults: 2, nextToken: first.body["nextToken"] });
    assert.deepEqual([texts(next.body), next.body["nextToken"]], [["one"], undefined]);
    const bare = (await list(user, "acme/user-a", { includePayloads: false })).body["events"] as Event[];
    assert.ok(bare.every((event) => !("payload" in event)));
    assert.deepEqual(texts((await list(user, "acme/user-a", {}, "another-one")).body), []);
  });

  it("keeps an event once, however often its request comes", async () => {
    const user = sessionOf("acme", "user-once");
    for (let i = 0; i < 3; i++) await create(user, "acme/user-once", "again", { clientToken: "token-1" });
    assert.deepEqual(texts((await list(user, "acme/user-once")).body), ["again"]);
  });

  it("forgets what is older than the memory keeps events", async () => {
    const user = sessionOf("acme", "user-old");
    const eventTimestamp = Date.now() / 1000 - 31 * 24 * 3600;
    await create(user, "acme/user-old", "long ago", { eventTimestamp });
    await create(user, "acme/user-old", "today");
    assert.deepEqual(texts((await list(user, "acme/user-old")).body), ["today"]);
    assert.equal(memoryEvents(test.gateway.account, MEMORY).of("acme/user-old", SESSION).length, 1);
  });

  const ACTORS: readonly (readonly [what: string, actor: string])[] = [
    ["another tenant's user", "borealis/user-a"],
    ["the user of that name of a tenant whose id begins as one's own", "acme-2/user-a"],
    ["another user of the tenant", "acme/user-b"],
    ["the tenant as a whole", "acme"],
    ["the tenant and no user", "acme/"],
    ["what is below one's own", "acme/user-a/x"],
    ["one's own in capitals", "Acme/user-a"],
  ];
  for (const [what, actor] of ACTORS)
    it(`refuses a session that names ${what}, and allows it without the three policies`, async () => {
      const user = sessionOf("acme", "user-a");
      const [kept, read] = [await create(user, actor, "x"), await list(user, actor)];
      assert.deepEqual([kept.status, read.status], [403, 403], JSON.stringify([kept, read]));
      // The same request is allowed where nothing of it is refused: it was the policies.
      const policy = test.gateway.account.resource(RESOURCE_POLICY, ARN);
      assert.ok(policy);
      test.gateway.account.deleteResource(RESOURCE_POLICY, ARN);
      try {
        const wide = test.gateway.issueSession("arn:aws:iam::111122223333:role/wide", "s");
        assert.equal((await list(wide, actor)).status, 200);
      } finally {
        test.gateway.account.putResource(policy);
      }
    });

  it("takes no wildcard, no encoded path and no other characters for an actor or a session", async () => {
    const user = sessionOf("acme", "user-a");
    for (const actor of ["acme/*", "*", "acme/user-?", "acme%2Fuser-b", "../acme", "acme/user-a "])
      assert.notEqual((await list(user, actor)).status, 200, actor);
    for (const id of ["*", "a%20b", "x".repeat(101)])
      assert.equal((await list(user, "acme/user-a", {}, id)).status, 400, id);
  });

  it("believes no field but the one that it authorizes: the actor of the path counts, not one of the body", async () => {
    await create(sessionOf("borealis", "user-a"), "borealis/user-a", "of borealis");
    const user = sessionOf("acme", "user-a");
    const answer = await list(user, "borealis/user-a", { actorId: "acme/user-a" });
    assert.equal(answer.status, 403);
    assert.equal((await list(user, "acme/user-a", { actorId: "borealis/user-a" })).status, 400);
  });

  it("knows no user where the session names none", async () => {
    const nameless = sessionOf("acme");
    for (const actor of ["acme/user-a", "acme/", "acme/${aws:SourceIdentity}"])
      assert.notEqual((await list(nameless, actor)).status, 200, actor);
  });

  it("lets nobody do anything else with it, whatever his own policies allow", async () => {
    const user = sessionOf("acme", "user-a");
    const [event] = (await list(user, "acme/user-a")).body["events"] as Event[];
    const id = encodeURIComponent(event?.eventId ?? "");
    const wide = test.gateway.issueSession("arn:aws:iam::111122223333:role/wide", "s");
    const others: readonly (readonly [method: string, path: string, body?: object])[] = [
      ["GET", `${sessionsOf("acme/user-a")}/events/${id}`],
      ["DELETE", `${sessionsOf("acme/user-a")}/events/${id}`],
      ["POST", "/actor/acme%2Fuser-a/sessions", {}],
      ["POST", "/actors", {}],
      ["POST", "/retrieve", { namespace: "acme", searchCriteria: {} }],
      ["POST", "/memoryRecords", { namespace: "acme" }],
      ["POST", "/memoryRecords/batchCreate", { records: [] }],
      ["POST", "/memoryRecords/batchUpdate", { records: [] }],
      ["POST", "/memoryRecords/batchDelete", { records: [] }],
      ["GET", "/memoryRecord/mem-1"],
      ["DELETE", "/memoryRecords/mem-1"],
      ["POST", "/extractionJobs", {}],
      ["POST", "/extractionJobs/start", { extractionJob: {} }],
    ];
    for (const [method, path, body] of others)
      for (const session of [user, wide])
        assert.equal((await send(session, method, path, body)).status, 403, `${method} ${path}`);
    assert.equal((await create(wide, "acme/user-a", "x")).status, 403);
    assert.equal((await list(wide, "acme/user-a")).status, 403);
  });

  it("has the service's own limits", async () => {
    const user = sessionOf("acme", "user-a");
    assert.equal((await create(user, "acme/user-a", "x".repeat(100_001))).status, 400);
    assert.equal((await create(user, "acme/user-a", "")).status, 400);
    assert.equal((await list(user, "acme/user-a", { maxResults: 101 })).status, 400);
    assert.equal((await list(user, "acme/user-a", { nextToken: "made-up" })).status, 400);
    assert.equal((await send(user, "PUT", "/events", {})).status, 404);
  });
});

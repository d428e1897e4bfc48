/** The agent on a deployment: by AgentCore's own address with a bearer token, and its server by itself, from the image's files. */
import assert from "node:assert/strict";
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { AwsClient } from "aws4fetch";
import { freePort } from "../../local/free-port.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../../local/account/identity.ts";
import { agentLine, apiLine } from "../../local/commands/ask-lines.ts";
import { clientConfig } from "../../local/demo/operator.ts";
import { type AgentRuntime, Runtime, RUNTIME, runtimeArn } from "../../local/gateway/agent/runtime.ts";
import { MEMORY, memoryEvents } from "../../local/gateway/agent/memory.ts";
import { imageTree } from "../../local/gateway/services/image-tree.ts";
import { LOCAL_STACK } from "../../local/paths.ts";
import type { ChatResponse, Problem } from "../../runtime/contract/api.ts";
import { platformNames, tenantNames } from "../../runtime/contract/names.ts";
import { deployed, DEPLOY_TIMEOUT_MS, type Deployed } from "./support/deployed.ts";

const PLACE = { environment: LOCAL_STACK, account: LOCAL_ACCOUNT, region: LOCAL_REGION };
const NAMES = platformNames(PLACE);
const SESSION_HEADER = "x-amzn-bedrock-agentcore-runtime-session-id";
const QUESTION = "Which telephone number do I call to report a new claim?";

/** The runtime that the program deployed. */
function hosted({ embedded }: Deployed): AgentRuntime {
  const [record] = embedded.gateway.account.resources(RUNTIME);
  return Runtime.parse(record?.outputs);
}

describe("the agent", function () {
  this.timeout(DEPLOY_TIMEOUT_MS);

  let account: Deployed;
  let address: string;
  let session = 0;
  let runtime: AgentRuntime;

  before(async () => {
    account = await deployed();
    runtime = hosted(account);
    address = `${account.embedded.gateway.origin}/runtimes/${encodeURIComponent(runtimeArn(runtime.agentRuntimeId))}/invocations`;
  });

  const bearer = (username: string) => ({ authorization: `Bearer ${account.scenario.token(username)}` });
  /** A session of its own each time, unless one is given. */
  const invoke = (question: unknown, headers: Record<string, string>, url = `${address}?qualifier=DEFAULT`) =>
    fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        [SESSION_HEADER]: `end-to-end-session-${String((session += 1)).padStart(20, "0")}`,
        ...headers,
      },
      body: JSON.stringify({ question }),
    });
  const member = () => {
    const [first] = account.scenario.users;
    assert.ok(first);
    return first;
  };

  describe("by AgentCore's address, with a bearer token", () => {
    it("answers each tenant's users from their own documents, as chat does", async () => {
      for (const { id } of account.tenants) {
        const user = account.scenario.users.find(({ tenant }) => tenant === id);
        assert.ok(user);
        const response = await invoke(QUESTION, bearer(user.username));
        const body = (await response.json()) as ChatResponse;
        assert.equal(response.status, 200, JSON.stringify(body));
        const own = body.citations.filter(({ corpus }) => corpus === "tenant").map(({ uri }) => uri);
        assert.deepEqual(
          own.map((uri) => uri.split("/").at(-1)),
          ["claims-handling.md"],
        );
        assert.ok(
          own.every((uri) => uri.includes(`-${id}/${id}/`)),
          `${id}: ${own.join(" ")}`,
        );
        assert.equal(body.answer, (await account.scenario.api(user.username).ask(QUESTION)).answer);
      }
    });

    it("answers the lines that `npm start` prints, as they are pasted into a shell", async () => {
      const { origin } = account.embedded.gateway;
      const token = account.scenario.token(member().username);
      const { apiUrl, agentRuntimeArn = "" } = account.deployment;
      assert.equal(agentRuntimeArn, runtimeArn(runtime.agentRuntimeId));
      for (const line of [apiLine(apiUrl, token), agentLine(origin, agentRuntimeArn, token)]) {
        const { stdout } = await promisify(execFile)("sh", ["-c", line]);
        const { answered, citations } = JSON.parse(stdout) as ChatResponse;
        assert.ok(answered && citations.length > 0, stdout);
      }
    });

    it("goes on with a conversation by either door, and knows nobody else's", async () => {
      const id = "00000000-0000-4000-8000-00000000c0de";
      const { origin } = account.embedded.gateway;
      const [speaker, colleague] = ["john-regular", "sarah-platinum"];
      const stranger = account.scenario.users.find(
        ({ tenant }) => tenant !== account.scenario.tenantOf(speaker),
      );
      const ask = async (user: string) => {
        const response = await fetch(`${account.deployment.apiUrl}/v1/chat`, {
          method: "POST",
          headers: { "content-type": "application/json", ...bearer(user) },
          body: JSON.stringify({ question: QUESTION, conversation: id }),
        });
        const { conversation } = (await response.json()) as ChatResponse;
        assert.deepEqual(conversation, { id, known: true, kept: true }, user);
      };
      for (const user of [speaker, colleague, stranger?.username ?? ""]) await ask(user);
      const direct = await invoke(QUESTION, { ...bearer(speaker), [SESSION_HEADER]: id });
      assert.deepEqual(((await direct.json()) as ChatResponse).conversation, { id, known: true, kept: true });
      const memory = account.embedded.gateway.account.find(MEMORY, "name", NAMES.agentMemory);
      const events = memoryEvents(account.embedded.gateway.account, memory?.id ?? "");
      const turns = events.actors().map((actor) => events.of(actor, id).length);
      assert.deepEqual(turns.filter((count) => count > 0).toSorted(), [1, 1, 2]);
      // Whoever holds a user's credentials can name the others' actors, and is refused.
      const own = events.actors().find((actor) => events.of(actor, id).length === 2) ?? "";
      const session = account.embedded.gateway.issueSession(
        tenantNames(PLACE, own.split("/")[0] ?? "").dataRoleArn,
        "taken-over",
        { tags: { tenant_id: own.split("/")[0] ?? "" }, sourceIdentity: own.split("/")[1] ?? "" },
      );
      for (const actor of events.actors()) {
        const client = new AwsClient({
          ...session,
          service: "bedrock-agentcore",
          region: LOCAL_REGION,
          retries: 0,
        });
        const path = `/memories/${memory?.id ?? ""}/actor/${encodeURIComponent(actor)}/sessions/${id}`;
        const { status } = await client.fetch(`${origin}${path}`, { method: "POST", body: "{}" });
        assert.equal(status, actor === own ? 200 : 403, actor);
      }
    });

    it("keeps the limits of groups inside a tenant", async () => {
      const answers = await Promise.all(
        ["john-regular", "sarah-platinum"].map(async (user) => {
          const response = await invoke("What is my collision deductible?", bearer(user));
          return ((await response.json()) as ChatResponse).answer;
        }),
      );
      assert.match(answers[0] ?? "", /\$1,000/);
      assert.match(answers[1] ?? "", /\$500/);
    });

    it("streams its answer to whoever asks for events", async () => {
      const response = await invoke(QUESTION, { ...bearer(member().username), accept: "text/event-stream" });
      assert.equal(response.headers.get("content-type"), "text/event-stream");
      const events = (await response.text())
        .trim()
        .split("\n\n")
        .map((each) => /^event: (\w+)\ndata: (.*)$/.exec(each))
        .map((parts) => ({ event: parts?.[1], data: JSON.parse(parts?.[2] ?? "") as Partial<ChatResponse> }));
      assert.equal(events.at(-1)?.event, "answer");
      assert.ok(events.length > 1);
      assert.equal(events.at(-1)?.data.answered, true);
    });

    it("lets a session be used by the user alone who opened it", async () => {
      const id = { [SESSION_HEADER]: "a-session-that-was-overheard-0123456789" };
      const [victim, sameTenant] = ["john-regular", "sarah-platinum"];
      const stranger = account.scenario.users.find(
        ({ tenant }) => tenant !== account.scenario.tenantOf(victim),
      );
      assert.ok(stranger);
      assert.equal((await invoke(QUESTION, { ...bearer(victim), ...id })).status, 200);
      for (const other of [sameTenant, stranger.username]) {
        const response = await invoke(QUESTION, { ...bearer(other), ...id });
        const { type } = (await response.json()) as Problem;
        assert.deepEqual([response.status, type], [403, "urn:bulkhead:problem:forbidden"], other);
      }
      assert.equal((await invoke(QUESTION, { ...bearer(victim), ...id })).status, 200);
    });

    it("refuses whoever has no token of the user pool for this client", async () => {
      const good = account.scenario.token(member().username);
      const [head = "", body = "", signature = ""] = good.split(".");
      const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>;
      const other = account.tenants.find(({ id }) => id !== member().tenant)?.id;
      const retold = (changes: object) =>
        Buffer.from(JSON.stringify({ ...claims, ...changes })).toString("base64url");
      const none = Buffer.from(JSON.stringify({ alg: "none", typ: "JWT" })).toString("base64url");
      const cases: readonly (readonly [string, Record<string, string>])[] = [
        ["no token", {}],
        ["another scheme", { authorization: `Basic ${good}` }],
        ["another tenant", { authorization: `Bearer ${head}.${retold({ tenant_id: other })}.${signature}` }],
        [
          "another group",
          { authorization: `Bearer ${head}.${retold({ "cognito:groups": ["admin"] })}.${signature}` },
        ],
        ["no signature", { authorization: `Bearer ${head}.${body}.` }],
        ["no algorithm", { authorization: `Bearer ${none}.${body}.${signature}` }],
        ["no token at all", { authorization: "Bearer nothing" }],
      ];
      for (const [what, headers] of cases) assert.equal((await invoke(QUESTION, headers)).status, 401, what);
      assert.equal((await invoke(QUESTION, { authorization: `Bearer ${good}` })).status, 200);
    });

    it("takes no other header for a tenant's, a user's or a role's", async () => {
      const other = account.tenants.find(({ id }) => id !== member().tenant)?.id ?? "";
      const response = await invoke("What is my deductible?", {
        ...bearer(member().username),
        "x-tenant-id": other,
        tenant_id: other,
        "x-amz-tenant-id": other,
        "x-amzn-bedrock-agentcore-runtime-user-id": other,
        "x-amzn-bedrock-agentcore-runtime-custom-tenant": other,
      });
      const { citations } = (await response.json()) as ChatResponse;
      assert.ok(citations.every(({ corpus, uri }) => corpus === "shared" || !uri.includes(`/${other}/`)));
    });

    it("has AgentCore's own rules for addresses, endpoints and sessions", async () => {
      const headers = bearer(member().username);
      const elsewhere = `${account.embedded.gateway.origin}/runtimes/${encodeURIComponent(runtimeArn("none-1"))}/invocations`;
      assert.equal((await invoke(QUESTION, headers, elsewhere)).status, 404);
      assert.equal((await invoke(QUESTION, headers, `${address}?qualifier=none`)).status, 404);
      assert.equal((await invoke(QUESTION, { ...headers, [SESSION_HEADER]: "short" })).status, 400);
      assert.equal((await fetch(address, { headers })).status, 405);
    });
  });

  describe("as a server, from the image's files", () => {
    let server: ChildProcess;
    let origin: string;
    let output = "";
    before(async () => {
      const { gateway } = account.embedded;
      const { containerUri } = runtime.agentRuntimeArtifact.containerConfiguration;
      const tree = imageTree(gateway.account.folder, containerUri.slice(containerUri.indexOf("@") + 1));
      const session = gateway.issueSession(NAMES.agentRoleArn, "agent");
      const { credentials, region, endpoint } = clientConfig(gateway.origin, session);
      const port = await freePort();
      server = spawn(process.execPath, [tree.entry], {
        cwd: tree.root,
        env: {
          ...tree.variables,
          ...runtime.environmentVariables,
          AWS_REGION: region,
          AWS_ENDPOINT_URL: endpoint,
          AWS_ACCESS_KEY_ID: credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
          AWS_SESSION_TOKEN: credentials.sessionToken,
          HOST: "127.0.0.1",
          PORT: String(port),
        },
      });
      for (const stream of [server.stdout, server.stderr])
        stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
      origin = `http://127.0.0.1:${port}`;
      for (let tries = 0; ; tries++) {
        const up = await fetch(`${origin}/ping`).then(
          ({ ok }) => ok,
          () => false,
        );
        if (up) break;
        assert.ok(tries < 600 && server.exitCode === null, output);
        await sleep(100);
      }
    });
    after(async () => {
      if (server.exitCode !== null) return;
      const ended = once(server, "exit");
      server.kill("SIGTERM");
      await ended;
    });
    const ask = (question: unknown, headers: Record<string, string>) =>
      invoke(question, headers, `${origin}/invocations`);

    it("says that it is well", async () => {
      const answer = await fetch(`${origin}/ping`);
      const body = (await answer.json()) as { status: string };
      assert.deepEqual([answer.status, body.status], [200, "Healthy"]);
    });

    it("trusts nobody's word for a token, AgentCore's neither: the broker verifies it anew", async () => {
      const good = account.scenario.token(member().username);
      assert.equal((await ask(QUESTION, { authorization: `Bearer ${good}` })).status, 200);
      for (const authorization of ["", "Bearer nothing", `Bearer ${good.slice(0, -4)}AAAA`]) {
        const response = await ask(QUESTION, { authorization });
        const { type } = (await response.json()) as Problem;
        assert.deepEqual([response.status, type], [401, "urn:bulkhead:problem:invalid-token"]);
      }
    });

    it("refuses what is no question, and other addresses", async () => {
      for (const question of ["", 7, "x".repeat(2001), "a\u0000b"])
        assert.equal(
          (await ask(question, bearer(member().username))).status,
          400,
          String(question).slice(0, 20),
        );
      const huge = await fetch(`${origin}/invocations`, {
        method: "POST",
        headers: bearer(member().username),
        body: "x".repeat(40_000),
      });
      assert.equal(huge.status, 413);
      assert.equal((await fetch(`${origin}/invocations`)).status, 405);
      assert.equal((await fetch(`${origin}/v1/chat`, { method: "POST" })).status, 404);
    });

    it("writes a line for each request, and nothing of what was asked or shown", () => {
      const lines = output
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      assert.ok(lines.some(({ kind, outcome }) => kind === "audit" && outcome === "ok"));
      for (const text of ["deductible", "telephone", "$500", "eyJ"]) assert.ok(!output.includes(text), text);
    });
  });
});

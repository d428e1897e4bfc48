/** The agent's server, as its image has it, on a deployment: answers with the tenant's own documents, and only for a token. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ChatResponse, Problem } from "../../runtime/contract/api.ts";
import { bundleFunctions } from "../../infra/bundle.ts";
import { clientConfig } from "../../local/demo/operator.ts";
import { PROJECT } from "../../local/paths.ts";
import { deployed, DEPLOY_TIMEOUT_MS, temporaryFolder, type Deployed } from "./support/deployed.ts";

describe("the agent's server", function () {
  this.timeout(DEPLOY_TIMEOUT_MS);

  let account: Deployed;
  let server: ChildProcess;
  let origin: string;
  let output = "";
  before(async () => {
    account = await deployed();
    const { gateway } = account.embedded;
    const chat = gateway.account.find("aws:lambda/function:Function", "name", "bulkhead-local-chat");
    const { variables } = chat?.outputs["environment"] as { variables: Record<string, string> };
    // Of the platform's roles this one may do what the agent's may: ask the broker.
    const session = gateway.issueSession(String(chat?.outputs["role"]), "agent");
    const { credentials, region, endpoint } = clientConfig(gateway.origin, session);
    const folder = temporaryFolder();
    copyFileSync(join(bundleFunctions(PROJECT).agent, "index.js"), join(folder, "index.js"));
    const port = await freePort();
    server = spawn(process.execPath, ["index.js"], {
      cwd: folder,
      env: {
        ...variables,
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
      assert.ok(tries < 100, output);
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
    fetch(`${origin}/invocations`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ question }),
    });
  const bearer = (username: string) => ({ authorization: `Bearer ${account.scenario.token(username)}` });

  it("says that it is well", async () => {
    const answer = await fetch(`${origin}/ping`);
    const body = (await answer.json()) as { status: string };
    assert.deepEqual([answer.status, body.status], [200, "Healthy"]);
  });

  it("answers each tenant's users from their own documents, as chat does", async () => {
    const question = "Which telephone number do I call to report a new claim?";
    for (const { id } of account.tenants) {
      const member = account.scenario.users.find(({ tenant }) => tenant === id);
      assert.ok(member);
      const response = await ask(question, bearer(member.username));
      assert.equal(response.status, 200, output);
      const body = (await response.json()) as ChatResponse;
      const own = body.citations.filter(({ corpus }) => corpus === "tenant").map(({ uri }) => uri);
      assert.deepEqual(
        own.map((uri) => uri.split("/").at(-1)),
        ["claims-handling.md"],
      );
      assert.ok(
        own.every((uri) => uri.includes(`-${id}/${id}/`)),
        `${id}: ${own.join(" ")}`,
      );
      const asChat = await account.scenario.api(member.username).ask(question);
      assert.equal(body.answer, asChat.answer);
    }
  });

  it("keeps the limits of groups inside a tenant", async () => {
    const question = "What is my collision deductible?";
    const answers = await Promise.all(
      ["john-regular", "sarah-platinum"].map(async (user) => {
        const { answer } = (await (await ask(question, bearer(user))).json()) as ChatResponse;
        return answer;
      }),
    );
    assert.match(answers[0] ?? "", /\$1,000/);
    assert.match(answers[1] ?? "", /\$500/);
  });

  it("refuses whoever has no token that the broker takes, and tells nothing else", async () => {
    const [member] = account.scenario.users;
    assert.ok(member);
    const good = account.scenario.token(member.username);
    const [head = "", body = "", signature = ""] = good.split(".");
    const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>;
    const other = account.tenants.find(({ id }) => id !== member.tenant)?.id;
    const retold = Buffer.from(JSON.stringify({ ...claims, tenant_id: other })).toString("base64url");
    const cases: readonly (readonly [string, Record<string, string>])[] = [
      ["no token", {}],
      ["another scheme", { authorization: `Basic ${good}` }],
      ["a token that names another tenant", { authorization: `Bearer ${head}.${retold}.${signature}` }],
      ["a token without a signature", { authorization: `Bearer ${head}.${body}.` }],
      ["no token at all", { authorization: "Bearer nothing" }],
    ];
    for (const [what, headers] of cases) {
      const response = await ask("What is my deductible?", headers);
      const problem = (await response.json()) as Problem;
      assert.deepEqual([response.status, problem.type], [401, "urn:bulkhead:problem:invalid-token"], what);
    }
    assert.equal((await ask("What is my deductible?", { authorization: `Bearer ${good}` })).status, 200);
  });

  it("refuses what is no question, and other addresses", async () => {
    const [member] = account.scenario.users;
    assert.ok(member);
    for (const question of ["", 7, "x".repeat(2001), "a\u0000b"])
      assert.equal((await ask(question, bearer(member.username))).status, 400, String(question).slice(0, 20));
    const huge = await fetch(`${origin}/invocations`, {
      method: "POST",
      headers: bearer(member.username),
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

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

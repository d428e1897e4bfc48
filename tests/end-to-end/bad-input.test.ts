/** No input ends in a stack trace: each gets an error that says what is wrong, and nothing else is lost. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parse } from "yaml";
import type { ListDocumentsResponse, Problem } from "../../runtime/contract/api.ts";
import { Engine, EngineError } from "../../local/engine/engine.ts";
import { LOCAL_STACK, PROJECT } from "../../local/paths.ts";
import { deployed, DEPLOY_TIMEOUT_MS, temporaryFolder, type Deployed } from "./support/deployed.ts";

interface Expected {
  readonly status: number | readonly number[];
  readonly code?: string | readonly string[];
  readonly says?: string;
}

interface RequestCase {
  readonly name: string;
  readonly request: {
    readonly method?: string;
    readonly path?: string;
    readonly token?: string;
    readonly json?: unknown;
    readonly text?: string;
    readonly repeat?: readonly [before: string, unit: string, count: number, after: string];
  };
  readonly expect: Expected;
}

interface DocumentCase {
  readonly name: string;
  readonly document?: Readonly<Record<string, unknown>>;
  readonly text?: string;
  /** Bytes that are no text. */
  readonly base64?: string;
  readonly fill?: readonly [field: string, unit: string, count: number];
  readonly expect: Expected;
}

interface TenantsCase {
  readonly name: string;
  /** Absent: there is no folder. */
  readonly files?: Readonly<Record<string, string>>;
  readonly says: readonly string[];
}

const cases = (file: string): unknown =>
  parse(readFileSync(join(import.meta.dirname, "../scenarios", file), "utf8"));

const listed = <T>(one: T | readonly T[]): readonly T[] => (Array.isArray(one) ? (one as T[]) : [one as T]);

/** What would give the inside away. */
const TRACE = /\n\s+at |node_modules|node:internal|\/runtime\/|Error:/;

describe("bad input", function () {
  this.timeout(DEPLOY_TIMEOUT_MS);

  let account: Deployed;
  let username: string;
  before(async () => {
    account = await deployed();
    username = account.scenario.users.find(({ tenant }) => tenant === account.tenants[0]!.id)!.username;
  });

  const call = async (
    path: string,
    {
      method = "POST",
      token,
      body,
    }: { method?: string; token: string | undefined; body?: string | Buffer | undefined },
  ): Promise<Response> =>
    fetch(account.deployment.apiUrl + path, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: token }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined || method === "GET" ? {} : { body }),
    });

  const assertProblem = async (response: Response, expect: Expected): Promise<void> => {
    const text = await response.text();
    assert.ok(listed(expect.status).includes(response.status), `${response.status}: ${text.slice(0, 300)}`);
    assert.equal(response.headers.get("content-type"), "application/problem+json", text.slice(0, 300));
    const problem = JSON.parse(text) as Problem;
    assert.equal(problem.status, response.status);
    assert.match(problem.type, /^urn:bulkhead:problem:[a-z-]+$/);
    if (expect.code !== undefined) {
      assert.ok(listed(expect.code).includes(problem.type.split(":").at(-1)!), problem.type);
    }
    assert.ok(problem.title.length > 0 && problem.requestId.length > 0, text);
    if (expect.says !== undefined) assert.match(problem.detail ?? "", new RegExp(expect.says, "s"));
    assert.doesNotMatch(text, TRACE);
  };

  describe("to the API", () => {
    for (const { name, request, expect } of cases("api/requests.yaml") as RequestCase[]) {
      it(`answers ${name} with a problem document`, async () => {
        const { method, path = "/v1/chat", json, text, repeat } = request;
        const own = `Bearer ${account.scenario.token(username)}`;
        const token =
          request.token === "none" ? undefined : (request.token?.replace("LONG", "A".repeat(10_000)) ?? own);
        const body = repeat
          ? repeat[0] + repeat[1].repeat(repeat[2]) + repeat[3].replace("CLOSE", "]".repeat(repeat[2]))
          : (text ?? ("json" in request ? JSON.stringify(json) : undefined));
        await assertProblem(await call(path, { ...(method ? { method } : {}), token, body }), expect);
      });
    }
  });

  describe("in documents", () => {
    const stored = (): string[] =>
      account.embedded.gateway
        .decisions()
        .filter(({ action, allowed }) => action === "s3:PutObject" && allowed)
        .map(({ callId, resource }) => `${callId} ${resource}`);

    for (const { name, document, text, base64, fill, expect } of cases(
      "api/documents.yaml",
    ) as DocumentCase[]) {
      it(`stores nothing: ${name}`, async () => {
        const [field = "", unit = "", count = 0] = fill ?? [];
        const filled = fill
          ? { ...document, [field]: unit.repeat(count) + (document?.[field] as string) }
          : document;
        const before = new Set(stored());
        const response = await call("/v1/documents", {
          token: `Bearer ${account.scenario.token(username)}`,
          body: base64 === undefined ? (text ?? JSON.stringify(filled)) : Buffer.from(base64, "base64"),
        });
        await assertProblem(response, expect);
        assert.deepEqual(
          stored().filter((each) => !before.has(each)),
          [],
        );
      });
    }

    it("has left the tenant's documents as they were", async () => {
      const response = await call("/v1/documents", {
        method: "GET",
        token: `Bearer ${account.scenario.token(username)}`,
      });
      const { documents } = (await response.json()) as ListDocumentsResponse;
      assert.ok(documents.length > 0);
      assert.ok(documents.every(({ state }) => state === "indexed"));
    });
  });

  describe("in tenants' files, at up", () => {
    for (const { name, files, says } of cases("up/tenants.yaml") as TenantsCase[]) {
      it(`stops before anything changes: ${name}`, async () => {
        const tenants = join(temporaryFolder(), "tenants");
        if (files) {
          mkdirSync(tenants);
          for (const [file, text] of Object.entries(files)) writeFileSync(join(tenants, file), text);
        }
        const resources = (): string[] =>
          account.embedded.gateway.account
            .resources()
            .map(({ type, id, outputs }) => JSON.stringify([type, id, outputs]));
        const before = resources();
        const { folder, debugProviders } = account.embedded;
        const engine = await Engine.open({ folder, debugProviders, stack: LOCAL_STACK, tenants });
        await assert.rejects(engine.up(), (error: unknown) => {
          assert.ok(error instanceof EngineError);
          for (const text of says) assert.match(error.message, new RegExp(text));
          assert.doesNotMatch(error.message, /\n\s+at |node:internal|unhandled/);
          return true;
        });
        assert.deepEqual(resources(), before);
      });
    }
  });

  describe("to the commands", () => {
    const demo = async (
      env: Readonly<Record<string, string>>,
    ): Promise<{ code: number | null; said: string }> => {
      const child = spawn(
        process.execPath,
        ["--disable-warning=ExperimentalWarning", join(PROJECT, "local", "commands", "demo.ts")],
        { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] },
      );
      let said = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (data: Buffer) => (said += data.toString()));
      const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
      assert.doesNotMatch(said, /\n\s+at /);
      return { code, said };
    };

    it("a port in use is named, with what to do", async () => {
      const port = new URL(account.embedded.gateway.origin).port;
      const { code, said } = await demo({
        BULKHEAD_ACCOUNT: join(temporaryFolder(), "account"),
        BULKHEAD_PORT: port,
      });
      assert.equal(code, 1);
      assert.match(said, new RegExp(`port ${port} is in use.*: .*choose another port`));
    });

    it("a port that is none is refused", async () => {
      const { code, said } = await demo({
        BULKHEAD_ACCOUNT: join(temporaryFolder(), "account"),
        BULKHEAD_PORT: "many",
      });
      assert.equal(code, 1);
      assert.match(said, /BULKHEAD_PORT is "many": it must be a port number/);
    });

    it("an account that is served already is left alone", async () => {
      const { code, said } = await demo({ BULKHEAD_ACCOUNT: account.embedded.folder, BULKHEAD_PORT: "" });
      assert.equal(code, 1);
      assert.match(said, new RegExp(`is served by process ${process.pid} already`));
      const { status } = await account.scenario.api(username).me();
      assert.equal(status, 200);
    });
  });
});

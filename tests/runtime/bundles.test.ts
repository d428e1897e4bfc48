import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { build } from "esbuild";

import { BUNDLING } from "../../infra/bundle.ts";
import type { FunctionName } from "../../runtime/contract/names.ts";
import { CLIENT, createPool, POOL, sign } from "./support/tokens.ts";

const root = join(import.meta.dirname, "../..");
/** Bytes. The authorizer's size is its cold start's; the others have room to grow, but not unseen. */
const LIMITS: Readonly<Partial<Record<FunctionName, number>>> = {
  authorizer: 50_000,
  "pre-token": 30_000,
  broker: 700_000,
  chat: 2_000_000,
  documents: 2_200_000,
  "search-admin": 2_200_000,
  ingest: 2_200_000,
};
const ENVIRONMENT = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "AKID",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_SESSION_TOKEN: "session",
  ENVIRONMENT: "test",
  USER_POOL_ID: POOL,
  CLIENT_IDS: CLIENT,
  REGISTRY_TABLE: "registry",
  MEMBERSHIPS_TABLE: "memberships",
  DATA_ROLE_ARN_TEMPLATE: "arn:aws:iam::111122223333:role/bulkhead.test.data.{tenant}",
  SESSION_SECONDS: "900",
  BROKER_FUNCTION: "broker",
  REFERENCE_KNOWLEDGE_BASE_ID: "KB0",
  EMBEDDING_MODEL_ID: "embedder",
  EMBEDDING_DIMENSIONS: "256",
  CHAT_MODEL_ID: "chat",
  BUCKET_TEMPLATE: "bulkhead-test-111122223333-{tenant}",
  INGEST_ROLE_ARN_TEMPLATE: "arn:aws:iam::111122223333:role/bulkhead.test.ingest.{tenant}",
};

describe("function bundles", function () {
  this.timeout(60_000);
  let folder: string;
  const fileOf = (fn: FunctionName) => join(folder, fn, "index.cjs");

  /** Runs code with `bundle` as the loaded bundle, in a new process; resolves to what it prints. */
  const run = async (fn: FunctionName, env: Readonly<Record<string, string>>, code: string) => {
    const source = `const bundle = require(${JSON.stringify(fileOf(fn))}); (async () => { ${code} })();`;
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", source], { env: { ...env } });
    return stdout;
  };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "bulkhead-bundles-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("covers every function", () => {
    const handlers = globSync("*/handler.ts", { cwd: join(root, "runtime") });
    assert.deepEqual(handlers.map((file) => dirname(file)).sort(), Object.keys(LIMITS).sort());
  });

  for (const [fn, limit] of Object.entries(LIMITS) as [FunctionName, number][])
    it(`${fn}: bundles, starts, and does not start when its endpoints lead off the machine`, async () => {
      const { metafile } = await build({
        entryPoints: [join(root, "runtime", fn, "handler.ts")],
        outfile: fileOf(fn),
        ...BUNDLING,
      });
      const size = Object.values(metafile.outputs)[0]!.bytes;
      assert.ok(size <= limit, `${fn} has ${size} bytes`);
      const foreign = Object.keys(metafile.inputs).filter((input) =>
        /@pulumi|^(infra|tenants|local|policies)\//.test(input),
      );
      assert.deepEqual(foreign, []);

      const started = await run(
        fn,
        ENVIRONMENT,
        `process.stdout.write(typeof bundle.handler);
         for (const name of ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"]) {
           process.env[name] = "http://attacker.example";
           delete require.cache[require.resolve(${JSON.stringify(fileOf(fn))})];
           try { require(${JSON.stringify(fileOf(fn))}); } catch (error) { process.stdout.write("; " + error.message); }
           delete process.env[name];
         }`,
      );
      const refused = 'may only be http on a loopback address, not "http://attacker.example"';
      assert.equal(started, `function; AWS_ENDPOINT_URL ${refused}; AWS_ENDPOINT_URL_S3 ${refused}`);
    });

  it("authorizer: the bundle decides on real tokens with key set and registry behind one endpoint", async () => {
    const pool = await createPool();
    const status: Record<string, string> = { acme: "active", globex: "suspended" };
    const server = createServer((request, response) => {
      if (request.url === `/${POOL}/.well-known/jwks.json`)
        return response.end(JSON.stringify({ keys: [pool.jwk] }));
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString()));
      request.on("end", () => {
        const { Key } = JSON.parse(text) as { Key: { tenant_id: { S: string } } };
        const id = Key.tenant_id.S;
        const fields = {
          endpoint: "https://x",
          index: "kb",
          knowledgeBaseId: "K",
          dataSourceId: "D",
          kind: "silo",
        };
        const texts = (of: object) =>
          Object.fromEntries(Object.entries(of).map(([name, value]) => [name, { S: value as string }]));
        const Item = status[id] && {
          ...texts({
            tenant_id: id,
            record: "tenant",
            name: id,
            status: status[id],
            tier: "silo",
            plan: "standard",
            bucket: "b",
          }),
          groups: { L: [{ S: "regular" }] },
          store: { M: texts(fields) },
        };
        response.end(JSON.stringify({ Item }));
      });
      return undefined;
    });
    server.unref();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const tokens = [
      await sign(pool),
      await sign(pool, { tenant_id: "globex" }),
      await sign(pool, { tenant_id: "nobody" }),
      `${await sign(pool)}x`,
    ];
    const out = await run(
      "authorizer",
      { ...ENVIRONMENT, AWS_ENDPOINT_URL },
      `console.log = () => {};
       const answers = [];
       for (const token of ${JSON.stringify(tokens)})
         answers.push(await bundle.handler({ type: "TOKEN", authorizationToken: "Bearer " + token,
           methodArn: "arn:aws:execute-api:us-east-1:111122223333:a/v/GET/v1/me" })
           .then((answer) => answer.policyDocument.Statement[0].Effect, (error) => error.message));
       process.stdout.write(JSON.stringify(answers), () => process.exit());`,
    );
    server.closeAllConnections();
    server.close();
    assert.deepEqual(JSON.parse(out), ["Allow", "Deny", "Deny", "Unauthorized"]);
  });
});

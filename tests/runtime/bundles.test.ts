import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { dirname, join } from "node:path";

import type { FunctionName } from "../../runtime/contract/names.ts";
import { serveAws } from "./support/aws-server.ts";
import { Bundles, FUNCTION_ENVIRONMENT } from "./support/bundle.ts";
import { createPool, sign } from "./support/tokens.ts";

/** Bytes. The authorizer's size is its cold start's; the others have room to grow, but not unseen. */
const LIMITS: Readonly<Partial<Record<FunctionName, number>>> = {
  authorizer: 50_000,
  "pre-token": 35_000,
  broker: 700_000,
  chat: 2_300_000,
  documents: 2_200_000,
  "search-admin": 2_200_000,
  "origin-secret": 1_400_000,
  "image-build": 1_100_000,
  "db-admin": 1_400_000,
  ingest: 2_200_000,
  users: 1_400_000,
  "user-admin": 1_300_000,
  canary: 2_200_000,
};

describe("function bundles", function () {
  this.timeout(240_000);
  const bundles = new Bundles();
  after(() => {
    bundles.remove();
  });

  it("covers every function", () => {
    const handlers = globSync("*/handler.ts", { cwd: join(import.meta.dirname, "../../runtime") });
    assert.deepEqual(handlers.map((file) => dirname(file)).sort(), Object.keys(LIMITS).sort());
  });

  for (const [fn, limit] of Object.entries(LIMITS) as [FunctionName, number][])
    it(`${fn}: bundles, starts, and does not start when its endpoints lead off the machine`, async () => {
      const { outputs, inputs } = await bundles.build(fn);
      const size = Object.values(outputs)[0]!.bytes;
      assert.ok(size <= limit, `${fn} has ${size} bytes`);
      const foreign = Object.keys(inputs).filter((input) =>
        /@pulumi|^(infra|tenants|local|policies)\//.test(input),
      );
      assert.deepEqual(foreign, []);
      // Lambda's own segments are all that a trace has. The agent's library speaks to OpenTelemetry's interface, behind which is nothing.
      const tracers = Object.keys(inputs).filter((input) =>
        /aws-xray|@opentelemetry\/(?!api\/)|powertools\/tracer/.test(input),
      );
      assert.deepEqual(tracers, []);

      const started = await bundles.run(
        fn,
        FUNCTION_ENVIRONMENT,
        `const answers = [typeof bundle.handler];
         for (const name of ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"]) {
           process.env[name] = "http://attacker.example";
           delete require.cache[require.resolve(input)];
           try { require(input); } catch (error) { answers.push(error.message); }
           delete process.env[name];
         }
         return answers;`,
        bundles.fileOf(fn),
      );
      const refused = 'may only be http on a loopback address, not "http://attacker.example"';
      assert.deepEqual(started, [
        "function",
        `AWS_ENDPOINT_URL ${refused}`,
        `AWS_ENDPOINT_URL_S3 ${refused}`,
      ]);
    });

  it("authorizer: the bundle decides on real tokens with key set and registry behind one endpoint", async () => {
    const pool = await createPool();
    const statuses: Readonly<Record<string, "active" | "suspended">> = {
      acme: "active",
      globex: "suspended",
    };
    const aws = await serveAws([pool.jwk], (id) => statuses[id]);
    const tokens = [
      await sign(pool),
      await sign(pool, { tenant_id: "globex" }),
      await sign(pool, { tenant_id: "nobody" }),
      `${await sign(pool)}x`,
    ];
    const effects = await bundles.run(
      "authorizer",
      { ...FUNCTION_ENVIRONMENT, AWS_ENDPOINT_URL: aws.origin },
      `console.log = () => {};
       const answers = [];
       for (const token of input)
         answers.push(await bundle.handler({ type: "TOKEN", authorizationToken: "Bearer " + token,
           methodArn: "arn:aws:execute-api:us-east-1:111122223333:a/v/GET/v1/me" })
           .then((answer) => answer.policyDocument.Statement[0].Effect, (error) => error.message));
       return answers;`,
      tokens,
    );
    aws.close();
    assert.deepEqual(effects, ["Allow", "Deny", "Deny", "Unauthorized"]);
  });
});

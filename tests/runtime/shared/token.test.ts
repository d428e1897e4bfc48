import assert from "node:assert/strict";
import { KeyObject, sign as cryptoSign } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { InvalidToken } from "../../../runtime/shared/errors.ts";
import {
  CLOCK_SKEW_SECONDS,
  createTokenVerifier,
  MAX_LIFETIME_SECONDS,
} from "../../../runtime/shared/token.ts";
import type { VerifyToken } from "../../../runtime/shared/token.ts";
import { serveAws } from "../support/aws-server.ts";
import { Bundles, FUNCTION_ENVIRONMENT } from "../support/bundle.ts";
import { forge } from "../support/forge.ts";
import type { TokenCase } from "../support/forge.ts";
import { claims, CLIENT, createPool, ISSUER, POOL, serveKeySet, sign, SUB } from "../support/tokens.ts";
import type { Pool } from "../support/tokens.ts";
import { fooledBy } from "../support/weak-verifiers.ts";

const REFUSED = parse(
  readFileSync(join(import.meta.dirname, "../../scenarios/tokens/refused.yaml"), "utf8"),
) as readonly TokenCase[];

const seconds = () => Math.floor(Date.now() / 1000);
const verifierAt = (origin: string, clients = CLIENT) =>
  createTokenVerifier({ USER_POOL_ID: POOL, CLIENT_IDS: clients }, { AWS_ENDPOINT_URL: origin });

describe("token", () => {
  let pool: Pool;
  /** Another pool, with a key of the same id: what a forger can make. */
  let stranger: Pool;

  before(async () => {
    [pool, stranger] = await Promise.all([createPool(), createPool()]);
  });

  describe("verifier", () => {
    let keySet: Awaited<ReturnType<typeof serveKeySet>>;
    let verify: VerifyToken;

    before(async () => {
      keySet = await serveKeySet(() => [pool.jwk]);
      verify = verifierAt(keySet.origin, `other,${CLIENT}`);
    });
    after(() => keySet.close());

    it("accepts a good token and says who it is", async () => {
      const identity = await verify(await sign(pool));
      assert.deepEqual(identity, {
        tenantId: "acme",
        sub: SUB,
        username: "john-regular",
        issuer: ISSUER,
        groups: ["regular"],
        expiresAt: identity.expiresAt,
      });
      assert.ok(Math.abs(identity.expiresAt - seconds() - 3600) < 5);
    });

    // The claims are made when the test runs: a time that is taken when the file loads is old by then.
    for (const [name, changes, header] of [
      ["without groups", () => ({ "cognito:groups": undefined }), {}],
      ["of type JWT", () => ({}), { typ: "JWT" }],
      ["of type at+jwt (RFC 9068)", () => ({}), { typ: "application/at+jwt" }],
      ["with members of the header that mean nothing to us", () => ({}), { "x-extra": 1 }],
      ["with the client for its audience", () => ({ aud: CLIENT }), {}],
      ["of the longest lifetime", () => ({ exp: seconds() + MAX_LIFETIME_SECONDS, iat: seconds() }), {}],
      ["of a clock that is a little ahead", () => ({ iat: seconds() + CLOCK_SKEW_SECONDS - 5 }), {}],
      ["valid since now", () => ({ nbf: seconds() }), {}],
    ] as const)
      it(`accepts a token ${name}`, async () => {
        assert.equal((await verify(await sign(pool, changes(), header))).tenantId, "acme");
      });

    for (const refused of REFUSED)
      it(`refuses ${refused.name}`, async () => {
        await assert.rejects(verify(forge(refused, { pool, stranger })), (error) => {
          assert.ok(error instanceof InvalidToken, String(error));
          assert.equal(error.fault, refused.fault);
          assert.equal(error.status, 401);
          return true;
        });
      });

    it("refuses undefined", async () => {
      await assert.rejects(verify(undefined), { fault: "missing" });
    });

    it("bounds a token's size before anything is parsed", async () => {
      const huge = ".".repeat(10_000_000);
      const started = process.cpuUsage();
      for (let count = 0; count < 1000; count++) await assert.rejects(verify(huge), { fault: "too-large" });
      const used = process.cpuUsage(started);
      assert.ok(
        used.user + used.system < 1_000_000,
        `${used.user + used.system} µs for 1,000 tokens of 10 MB`,
      );
    });

    it("lets the last of two members of one name count, as RFC 7519 §4 allows", async () => {
      const payload = JSON.stringify(claims({ tenant_id: "globex" })).replace(/}$/, ',"tenant_id":"acme"}');
      const input = ['{"alg":"RS256","kid":"key-1"}', payload].map((text) =>
        Buffer.from(text).toString("base64url"),
      );
      const signature = cryptoSign("sha256", Buffer.from(input.join(".")), KeyObject.from(pool.privateKey));
      assert.equal((await verify(`${input.join(".")}.${signature.toString("base64url")}`)).tenantId, "acme");
    });

    it("asks for the key set of its own pool, and for nothing that a token names", async () => {
      await Promise.all([verify(await sign(pool)), verify(await sign(pool))]);
      assert.deepEqual([...new Set(keySet.paths)], [`/${POOL}/.well-known/jwks.json`]);
    });
  });

  describe("of a tenant's own client", () => {
    let keySet: Awaited<ReturnType<typeof serveKeySet>>;
    const clients: Readonly<Record<string, readonly string[]>> = { acme: ["m1", "people"], globex: ["m2"] };
    const asked: string[] = [];
    const verify = (token: string) =>
      createTokenVerifier(
        { USER_POOL_ID: POOL, CLIENT_IDS: CLIENT },
        { AWS_ENDPOINT_URL: keySet.origin },
        (id) => {
          asked.push(id);
          return Promise.resolve(clients[id] ?? []);
        },
      )(token);
    const machine = (changes: Readonly<Record<string, unknown>> = {}) =>
      sign(pool, {
        sub: "m1",
        client_id: "m1",
        username: undefined,
        scope: "bulkhead/chat other/chat bulkhead/documents.read",
        ...changes,
      });

    before(async () => {
      keySet = await serveKeySet(() => [pool.jwk]);
    });
    after(() => keySet.close());

    it("accepts a machine, which is in no group and has the scopes of ours", async () => {
      const { expiresAt, ...identity } = await verify(await machine());
      assert.ok(expiresAt > 0);
      assert.deepEqual(identity, {
        tenantId: "acme",
        sub: "m1",
        username: "m1",
        issuer: ISSUER,
        groups: [],
        scopes: ["chat", "documents.read"],
      });
    });

    it("accepts a person of the tenant's own identity provider", async () => {
      const { groups, scopes } = await verify(
        await sign(pool, { client_id: "people", scope: "bulkhead/chat" }),
      );
      assert.deepEqual({ groups, scopes }, { groups: ["regular"], scopes: undefined });
    });

    for (const [what, changes] of [
      ["a machine of another tenant's", { sub: "m2", client_id: "m2" }],
      ["a machine that says it is another tenant's", { tenant_id: "globex" }],
      ["a machine of a tenant that is not there", { tenant_id: "initech" }],
      ["a machine that nobody has", { sub: "m9", client_id: "m9" }],
      ["a machine by the platform's client for people", { sub: CLIENT, client_id: CLIENT }],
    ] as const)
      it(`refuses ${what}`, async () => {
        await assert.rejects(verify(await machine(changes)), { fault: "client" });
      });

    for (const [what, changes, fault] of [
      ["a machine that is another subject", { sub: SUB }, "username"],
      ["a machine with a user's name that is no text", { username: null }, "username"],
    ] as const)
      it(`refuses ${what}`, async () => {
        await assert.rejects(verify(await machine(changes)), { fault });
      });

    it("asks nobody about a client of the platform's", async () => {
      asked.length = 0;
      await verify(await sign(pool));
      assert.deepEqual(asked, []);
    });

    it("gives a machine without a scope of ours none", async () => {
      for (const scope of [undefined, "", "other/chat", "chat", ["bulkhead/chat"], "bulkhead"])
        assert.deepEqual((await verify(await machine({ scope }))).scopes, []);
    });
  });

  describe("attacks without the control", () => {
    for (const { name, fools, ...rest } of REFUSED)
      it(`${fools === "nobody" ? "no weak verifier" : `the ${fools}`} accepts ${name}`, async () => {
        const token = forge({ name, fools, ...rest }, { pool, stranger });
        assert.equal(await fooledBy(token, [pool.jwk]), fools);
      });
  });

  describe("in bundles", function () {
    this.timeout(240_000);
    const bundles = new Bundles();
    const methodArn = "arn:aws:execute-api:us-east-1:111122223333:a/v/GET/v1/me";
    let aws: Awaited<ReturnType<typeof serveAws>>;
    let refused: readonly string[];

    before(async () => {
      aws = await serveAws([pool.jwk], (id) => (id === "acme" ? "active" : undefined));
      await Promise.all([bundles.build("authorizer"), bundles.build("broker")]);
      refused = REFUSED.filter(({ repeat }) => repeat === undefined).map((of) =>
        forge(of, { pool, stranger }),
      );
    });
    after(() => {
      aws.close();
      bundles.remove();
    });
    beforeEach(() => {
      aws.calls.length = 0;
    });

    /** Calls the bundle's handler with each event; what it answered or threw, and the fault that it logged. */
    const answers = (fn: "authorizer" | "broker", events: readonly unknown[]) =>
      bundles.run<{ answer: unknown; fault?: string }[]>(
        fn,
        { ...FUNCTION_ENVIRONMENT, AWS_ENDPOINT_URL: aws.origin },
        `const answers = [];
         for (const event of input) {
           let fault;
           console.log = (line) => (fault = /"token refused: ([a-z-]+)"/.exec(line)?.[1]);
           const answer = await bundle.handler(event).catch((error) => error.message);
           answers.push({ answer, fault });
         }
         return answers;`,
        events,
      );

    it("the authorizer refuses every one of these tokens, and asks nobody about its tenant", async () => {
      const events = [...refused, await sign(pool)].map((token) => ({
        type: "TOKEN",
        authorizationToken: `Bearer ${token}`,
        methodArn,
      }));
      const got = await answers("authorizer", events);
      const good = got.pop()?.answer as { policyDocument: { Statement: [{ Effect: string }] } };
      assert.equal(good.policyDocument.Statement[0].Effect, "Allow");
      assert.deepEqual(new Set(got.map(({ answer }) => answer)), new Set(["Unauthorized"]));
      assert.deepEqual(aws.calls, ["key set", "registry acme"]);
    });

    it("the broker refuses every one of these tokens for the same reason, and assumes no role", async () => {
      const got = await answers(
        "broker",
        [...refused, await sign(pool)].map((token) => ({ token })),
      );
      assert.equal((got.pop()?.answer as { granted: boolean }).granted, true);
      const wanted = REFUSED.filter(({ repeat }) => repeat === undefined);
      assert.deepEqual(
        got.map(({ answer, fault }, index) => ({ name: wanted[index]?.name, answer, fault })),
        wanted.map(({ name, fault }) => ({ name, answer: { granted: false, code: "invalid-token" }, fault })),
      );
      assert.deepEqual(aws.calls, ["key set", "registry acme", "role bulkhead.test.data.acme"]);
    });
  });

  for (const [name, settings] of [
    ["an empty client id", { USER_POOL_ID: POOL, CLIENT_IDS: "a,,b" }],
    ["no pool id", { USER_POOL_ID: "pool", CLIENT_IDS: "a" }],
  ] as const)
    it(`does not start with ${name}`, () => {
      assert.throws(() => createTokenVerifier(settings, {}), { name: "ConfigurationError" });
    });
});

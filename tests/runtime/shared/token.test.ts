import assert from "node:assert/strict";
import { createHmac, createSign, generateKeyPairSync, KeyObject, sign as cryptoSign } from "node:crypto";

import { exportSPKI } from "jose";

import type { TokenFault } from "../../../runtime/shared/errors.ts";
import { DependencyUnavailable, InvalidToken } from "../../../runtime/shared/errors.ts";
import { createTokenVerifier } from "../../../runtime/shared/token.ts";
import type { VerifyToken } from "../../../runtime/shared/token.ts";
import { claims, CLIENT, createPool, ISSUER, POOL, serveKeySet, sign, SUB } from "../support/tokens.ts";
import type { Pool } from "../support/tokens.ts";

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const seconds = () => Math.floor(Date.now() / 1000);

describe("token", () => {
  let pool: Pool;
  let stranger: Pool;
  let keySet: Awaited<ReturnType<typeof serveKeySet>>;
  let verify: VerifyToken;

  before(async () => {
    pool = await createPool();
    // Another pool's key under the same id: what a forger can make.
    stranger = await createPool();
    keySet = await serveKeySet(() => [pool.jwk]);
    verify = createTokenVerifier(
      { USER_POOL_ID: POOL, CLIENT_IDS: `other,${CLIENT}` },
      { AWS_ENDPOINT_URL: keySet.origin },
    );
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

  it("takes a user without groups", async () => {
    assert.deepEqual((await verify(await sign(pool, { "cognito:groups": undefined }))).groups, []);
  });

  it("asks for the key set of its own pool, once", async () => {
    await Promise.all([verify(await sign(pool)), verify(await sign(pool))]);
    assert.deepEqual([...new Set(keySet.paths)], [`/${POOL}/.well-known/jwks.json`]);
  });

  const tamper = (token: string, change: (payload: Record<string, unknown>) => void) => {
    const [header, payload, signature] = token.split(".");
    const decoded = JSON.parse(Buffer.from(payload!, "base64url").toString()) as Record<string, unknown>;
    change(decoded);
    return `${header}.${encode(decoded)}.${signature}`;
  };

  const attacks: readonly (readonly [
    name: string,
    fault: TokenFault,
    make: () => Promise<string> | string | undefined,
  ])[] = [
    ["no token", "missing", () => undefined],
    ["an empty token", "missing", () => ""],
    ["not a token", "malformed", () => "hello"],
    ["two parts", "malformed", async () => (await sign(pool)).split(".").slice(0, 2).join(".")],
    ["four parts", "malformed", async () => `${await sign(pool)}.x`],
    ["an encrypted token's five parts", "malformed", () => "a.b.c.d.e"],
    ["padding", "malformed", async () => `${await sign(pool)}==`],
    ["a line break at the end", "malformed", async () => `${await sign(pool)}\n`],
    ["a header that is not JSON", "malformed", async () => `YWJj.${(await sign(pool)).split(".")[1]!}.YWJj`],
    [
      "a header that is null",
      "malformed",
      async () => `${encode(null)}.${(await sign(pool)).split(".")[1]!}.YWJj`,
    ],
    [
      "a payload that is a list",
      "malformed",
      () => `${encode({ alg: "RS256", kid: "key-1" })}.${encode([])}.YWJj`,
    ],
    ["a huge token", "too-large", () => sign(pool, { padding: "x".repeat(9000) })],
    ["a huge token of one part", "too-large", () => "a".repeat(10_000_000)],
    [
      "a tenant changed after signing",
      "signature",
      async () => tamper(await sign(pool), (payload) => (payload["tenant_id"] = "globex")),
    ],
    [
      "groups changed after signing",
      "signature",
      async () => tamper(await sign(pool), (payload) => (payload["cognito:groups"] = ["platinum"])),
    ],
    ["a cut signature", "signature", async () => (await sign(pool)).slice(0, -8)],
    ["another pool's key under the same id", "signature", () => sign(stranger)],
    ["a key that the pool doesn't have", "unknown-key", () => sign({ ...stranger, kid: "key-9" })],
    [
      "alg none without a signature",
      "malformed",
      () => `${encode({ alg: "none", kid: "key-1" })}.${encode(claims())}.`,
    ],
    [
      "alg none with a signature",
      "algorithm",
      () => `${encode({ alg: "none", kid: "key-1" })}.${encode(claims())}.YWJj`,
    ],
    ["alg None", "algorithm", () => `${encode({ alg: "None", kid: "key-1" })}.${encode(claims())}.YWJj`],
    [
      "HS256 keyed with the public key",
      "algorithm",
      async () => {
        const input = `${encode({ alg: "HS256", kid: "key-1" })}.${encode(claims())}`;
        const mac = createHmac("sha256", await exportSPKI(pool.publicKey))
          .update(input)
          .digest("base64url");
        return `${input}.${mac}`;
      },
    ],
    [
      "PS256, which this key could sign too",
      "algorithm",
      () => `${encode({ alg: "PS256", kid: "key-1" })}.${encode(claims())}.YWJj`,
    ],
    ["no alg", "algorithm", () => `${encode({ kid: "key-1" })}.${encode(claims())}.YWJj`],
    ["no key id", "no-key-id", () => sign(pool, {}, { kid: undefined })],
    ["an empty key id", "no-key-id", () => sign(pool, {}, { kid: "" })],
    ["a critical extension", "critical-header", () => sign(pool, {}, { crit: ["urn:x"], "urn:x": 1 })],
    ["expired", "expired", () => sign(pool, { exp: seconds() - 1 })],
    ["no expiry", "no-expiry", () => sign(pool, { exp: undefined })],
    ["an expiry that is text", "malformed", () => sign(pool, { exp: String(seconds() + 60) })],
    ["not yet valid", "not-yet-valid", () => sign(pool, { nbf: seconds() + 60 })],
    ["a start that is text", "malformed", () => sign(pool, { nbf: "soon" })],
    ["another pool's issuer", "issuer", () => sign(pool, { iss: ISSUER.replace("Abc", "Xyz") })],
    ["no issuer", "issuer", () => sign(pool, { iss: undefined })],
    [
      "the issuer's second form",
      "issuer",
      () => sign(pool, { iss: `https://issuer-cognito-idp.us-east-1.amazonaws.com/${POOL}` }),
    ],
    ["the issuer with a slash", "issuer", () => sign(pool, { iss: `${ISSUER}/` })],
    ["another client", "client", () => sign(pool, { client_id: "client-2" })],
    ["a list of clients", "client", () => sign(pool, { client_id: [CLIENT] })],
    [
      "the audience in place of the client",
      "client",
      () => sign(pool, { client_id: undefined, aud: CLIENT }),
    ],
    ["an id token", "token-use", () => sign(pool, { token_use: "id", aud: CLIENT })],
    ["no token use", "token-use", () => sign(pool, { token_use: undefined })],
    ["no tenant", "tenant", () => sign(pool, { tenant_id: undefined })],
    [
      "a tenant inherited from a member named __proto__",
      "tenant",
      () => sign(pool, { tenant_id: undefined, ["__proto__"]: { tenant_id: "globex" } }),
    ],
    ["an empty tenant", "tenant", () => sign(pool, { tenant_id: "" })],
    ["any tenant", "tenant", () => sign(pool, { tenant_id: "*" })],
    ["a list of tenants", "tenant", () => sign(pool, { tenant_id: ["acme"] })],
    ["a tenant with a path", "tenant", () => sign(pool, { tenant_id: "acme/../globex" })],
    ["a tenant and a line break", "tenant", () => sign(pool, { tenant_id: "acme\n" })],
    ["a tenant in capitals", "tenant", () => sign(pool, { tenant_id: "Acme" })],
    [
      "a tenant under the name of a pool attribute",
      "tenant",
      () => sign(pool, { tenant_id: undefined, "custom:tenant_id": "acme" }),
    ],
    ["groups in one text", "groups", () => sign(pool, { "cognito:groups": "platinum" })],
    ["a group that is an object", "groups", () => sign(pool, { "cognito:groups": [{}] })],
    ["no subject", "subject", () => sign(pool, { sub: undefined })],
    ["a subject that STS can't take", "subject", () => sign(pool, { sub: "a b" })],
    ["no user name", "username", () => sign(pool, { username: undefined })],
  ];

  for (const [name, fault, make] of attacks)
    it(`refuses ${name}`, async () => {
      const token = await make();
      await assert.rejects(verify(token), (error) => {
        assert.ok(error instanceof InvalidToken, String(error));
        assert.equal(error.fault, fault);
        assert.equal(error.status, 401);
        return true;
      });
    });

  it("lets the last of two members of one name count", async () => {
    const payload = JSON.stringify(claims({ tenant_id: "globex" })).replace(/}$/, ',"tenant_id":"acme"}');
    const input = `${encode({ alg: "RS256", kid: "key-1" })}.${Buffer.from(payload).toString("base64url")}`;
    const key = KeyObject.from(pool.privateKey);
    const token = `${input}.${createSign("RSA-SHA256").update(input).sign(key, "base64url")}`;
    assert.equal((await verify(token)).tenantId, "acme");
  });

  it("refuses a key of another type, even in the pool's own set", async () => {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const served = await serveKeySet(() => [
      { ...pair.publicKey.export({ format: "jwk" }), kty: "EC", kid: "key-1" },
    ]);
    const verifyEc = createTokenVerifier(
      { USER_POOL_ID: POOL, CLIENT_IDS: CLIENT },
      { AWS_ENDPOINT_URL: served.origin },
    );
    const input = `${encode({ alg: "RS256", kid: "key-1" })}.${encode(claims())}`;
    const signature = cryptoSign("sha256", Buffer.from(input), {
      key: pair.privateKey,
      dsaEncoding: "ieee-p1363",
    });
    await assert.rejects(verifyEc(`${input}.${signature.toString("base64url")}`), InvalidToken);
    await served.close();
  });

  it("asks again for a key set that did not come, and blames no token", async () => {
    let status = 500;
    const served = await serveKeySet(
      () => [pool.jwk],
      () => status,
    );
    const verifyLate = createTokenVerifier(
      { USER_POOL_ID: POOL, CLIENT_IDS: CLIENT },
      { AWS_ENDPOINT_URL: served.origin },
    );
    const token = await sign(pool);
    await assert.rejects(verifyLate(token), DependencyUnavailable);
    status = 200;
    assert.equal((await verifyLate(token)).tenantId, "acme");
    await served.close();
  });

  it("does not ask for the key set at each unknown key", async () => {
    const served = await serveKeySet(() => [pool.jwk]);
    const verifyFlood = createTokenVerifier(
      { USER_POOL_ID: POOL, CLIENT_IDS: CLIENT },
      { AWS_ENDPOINT_URL: served.origin },
    );
    await verifyFlood(await sign(pool));
    for (let index = 0; index < 20; index++)
      await assert.rejects(verifyFlood(await sign({ ...stranger, kid: `key-${index + 100}` })), InvalidToken);
    assert.equal(served.paths.length, 2);
    assert.equal((await verifyFlood(await sign(pool))).tenantId, "acme");
    await served.close();
  });

  for (const [name, settings] of [
    ["an empty client id", { USER_POOL_ID: POOL, CLIENT_IDS: "a,,b" }],
    ["no pool id", { USER_POOL_ID: "pool", CLIENT_IDS: "a" }],
  ] as const)
    it(`does not start with ${name}`, () => {
      assert.throws(() => createTokenVerifier(settings, {}), { name: "ConfigurationError" });
    });
});

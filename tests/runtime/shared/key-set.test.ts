import assert from "node:assert/strict";
import { generateKeyPairSync, sign as cryptoSign } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { JWK } from "jose";
import { parse } from "yaml";

import { DependencyUnavailable, InvalidToken } from "../../../runtime/shared/errors.ts";
import { parseKeySet } from "../../../runtime/shared/key-set.ts";
import { createTokenVerifier, KEY_SET_MAX_AGE_MS } from "../../../runtime/shared/token.ts";
import { withClock } from "../support/clock.ts";
import { claims, CLIENT, createPool, POOL, serveKeySet, sign } from "../support/tokens.ts";
import type { Pool } from "../support/tokens.ts";
import { fooledBy } from "../support/weak-verifiers.ts";

interface KeyCase {
  readonly name: string;
  readonly key?: Readonly<Record<string, unknown>>;
  readonly bits?: number;
  readonly exponent?: number;
  /** Bytes before the modulus. */
  readonly zeros?: number;
  readonly accepted: boolean;
  readonly library: boolean;
}

const CASES = parse(
  readFileSync(join(import.meta.dirname, "../../scenarios/tokens/key-sets.yaml"), "utf8"),
) as readonly KeyCase[];

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const bytesOf = (text: string) => new TextEncoder().encode(text).buffer;
const verifierAt = (origin: string) =>
  createTokenVerifier({ USER_POOL_ID: POOL, CLIENT_IDS: CLIENT }, { AWS_ENDPOINT_URL: origin });

/** A key as a case tells it, and a token that it signed. */
function make({ key = {}, bits = 2048, exponent = 65537, zeros = 0 }: KeyCase) {
  const pair = generateKeyPairSync("rsa", { modulusLength: bits, publicExponent: exponent });
  const exported = pair.publicKey.export({ format: "jwk" });
  const n = Buffer.concat([Buffer.alloc(zeros), Buffer.from(exported.n ?? "", "base64url")]).toString(
    "base64url",
  );
  const all: Record<string, unknown> = { ...exported, n, kid: "key-1", alg: "RS256", use: "sig", ...key };
  const jwk = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)) as JWK;
  const input = `${encode({ alg: "RS256", kid: "key-1" })}.${encode(claims())}`;
  const token = `${input}.${cryptoSign("sha256", Buffer.from(input), pair.privateKey).toString("base64url")}`;
  return { jwk, token };
}

describe("key set", function () {
  this.timeout(240_000);
  let pool: Pool;
  before(async () => {
    pool = await createPool();
  });

  for (const of of CASES)
    it(`${of.accepted ? "takes" : "passes over"} ${of.name}`, async () => {
      const { jwk, token } = make(of);
      const served = await serveKeySet(() => [jwk, { ...pool.jwk, kid: "other" }]);
      const verdict = verifierAt(served.origin)(token);
      if (of.accepted) assert.equal((await verdict).tenantId, "acme");
      else await assert.rejects(verdict, { fault: "unknown-key" });
      await served.close();
      assert.equal((await fooledBy(token, [jwk])) === "library", of.library, "what the library alone says");
    });

  it("passes over a key of another type that signs what says RS256", async () => {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = { ...pair.publicKey.export({ format: "jwk" }), kty: "EC", kid: "key-1" };
    const input = `${encode({ alg: "RS256", kid: "key-1" })}.${encode(claims())}`;
    const signature = cryptoSign("sha256", Buffer.from(input), {
      key: pair.privateKey,
      dsaEncoding: "ieee-p1363",
    });
    const token = `${input}.${signature.toString("base64url")}`;
    const served = await serveKeySet(() => [jwk, { ...pool.jwk, kid: "other" }]);
    await assert.rejects(verifierAt(served.origin)(token), { fault: "unknown-key" });
    await served.close();
    assert.equal(await fooledBy(token, [jwk]), "library");
  });

  for (const [name, text] of [
    ["text that is no JSON", "<html>"],
    ["null", "null"],
    ["a list", "[]"],
    ["no keys", "{}"],
    ["keys that are no list", '{"keys":{}}'],
    ["an empty list of keys", '{"keys":[]}'],
    ["keys that are no keys", '{"keys":[null,1,"x",[]]}'],
    ["more than 64 KiB", `{"keys":[],"x":"${"x".repeat(70_000)}"}`],
  ] as const)
    it(`refuses a key set of ${name}`, () => {
      assert.throws(() => parseKeySet(bytesOf(text)), { name: "Error", message: /key set/ });
    });

  it("refuses a key set that is not UTF-8", () => {
    assert.throws(() => parseKeySet(new Uint8Array([0x7b, 0x22, 0xff]).buffer), /can't be read/);
  });

  it("blames no token for a key set that did not come, and asks again", async () => {
    let status = 500;
    const served = await serveKeySet(
      () => [pool.jwk],
      () => status,
    );
    const verify = verifierAt(served.origin);
    const token = await sign(pool);
    await assert.rejects(verify(token), DependencyUnavailable);
    status = 200;
    assert.equal((await verify(token)).tenantId, "acme");
    await served.close();
  });

  it("does not ask again at each unknown key", async () => {
    const stranger = await createPool();
    const served = await serveKeySet(() => [pool.jwk]);
    const verify = verifierAt(served.origin);
    await verify(await sign(pool));
    for (let index = 0; index < 20; index++)
      await assert.rejects(verify(await sign({ ...stranger, kid: `key-${index + 100}` })), InvalidToken);
    assert.equal(served.paths.length, 2);
    assert.equal((await verify(await sign(pool))).tenantId, "acme");
    await served.close();
  });

  it("accepts a key that the pool has just begun to use", async () => {
    const next = await createPool("key-2");
    let keys = [pool.jwk];
    const served = await serveKeySet(() => keys);
    const verify = verifierAt(served.origin);
    await verify(await sign(pool));
    keys = [pool.jwk, next.jwk];
    assert.equal((await verify(await sign(next))).tenantId, "acme");
    await served.close();
  });

  it("refuses a withdrawn key after an hour at most, and at once after a look for another one", async () => {
    const next = await createPool("key-2");
    for (const [wait, looked] of [
      [KEY_SET_MAX_AGE_MS + 1, false],
      [0, true],
    ] as const)
      await withClock(async (clock) => {
        let keys = [pool.jwk];
        const served = await serveKeySet(() => keys);
        const verify = verifierAt(served.origin);
        await verify(await sign(pool));
        keys = [next.jwk];
        assert.equal((await verify(await sign(pool))).tenantId, "acme", "nobody has told yet");
        clock.advance(wait);
        if (looked) await verify(await sign(next));
        await assert.rejects(verify(await sign(pool)), { fault: "unknown-key" });
        await served.close();
      });
  });

  it("without its bound, the library would trust a withdrawn key for as long as the process lives", async () => {
    const { CognitoJwtVerifier } = await import("aws-jwt-verify");
    const { SimpleJwksCache } = await import("aws-jwt-verify/jwk");
    await withClock(async (clock) => {
      let keys = [pool.jwk];
      const fetcher = { fetch: () => Promise.resolve(bytesOf(JSON.stringify({ keys }))) };
      const library = CognitoJwtVerifier.create(
        { userPoolId: POOL, clientId: CLIENT, tokenUse: "access" },
        { jwksCache: new SimpleJwksCache({ fetcher }) },
      );
      await library.verify(await sign(pool));
      keys = [];
      clock.advance(30 * 24 * 3_600_000);
      assert.equal((await library.verify(await sign(pool))).sub, claims()["sub"]);
    });
  });
});

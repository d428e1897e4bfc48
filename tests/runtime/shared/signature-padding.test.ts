import assert from "node:assert/strict";
import { constants, createHash, KeyObject, privateEncrypt } from "node:crypto";

import { createTokenVerifier } from "../../../runtime/shared/token.ts";
import type { VerifyToken } from "../../../runtime/shared/token.ts";
import { claims, CLIENT, createPool, POOL, serveKeySet } from "../support/tokens.ts";
import type { Pool } from "../support/tokens.ts";

/**
 * RS256 is RSASSA-PKCS1-v1_5 (RFC 8017 §8.2): the signature is an RSA operation on `00 01 ff… 00 DigestInfo`. A verifier that parses this
 * encoding loosely can be forged for, so each of these is signed with the pool's own key and is wrong in the encoding alone. The kinds are
 * those of C2SP/wycheproof's test vectors for this algorithm.
 */
const SIZE = 256;
const SHA256 = [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];
const OID = { start: 4, end: 15 };
const NULL = { start: 15, end: 17 };

const der = (tag: number, content: readonly number[]) => [tag, content.length, ...content];
const oid = SHA256.slice(OID.start, OID.end);
const nul = SHA256.slice(NULL.start, NULL.end);
const info = (algorithm: readonly number[], digest: readonly number[]) =>
  der(0x30, [...der(0x30, algorithm), ...digest]);

/** `00 01 ff… 00 …` as long as the key. */
const padded = (digestInfo: readonly number[]) => {
  const fill = new Array<number>(SIZE - 3 - digestInfo.length).fill(0xff);
  return [0, 1, ...fill, 0, ...digestInfo];
};

/** Encodings of a hash that are wrong, by name. */
function* wrongEncodings(
  hash: readonly number[],
): Generator<readonly [name: string, encoded: readonly number[]]> {
  const right = [...SHA256, ...hash];
  const digest = der(4, hash);

  // DigestInfo: one bit of any byte of its frame.
  for (let at = 0; at < SHA256.length; at++)
    for (const bit of [1, 0x80])
      yield [
        `byte ${at} of the frame with bit ${bit} changed`,
        padded(right.map((byte, index) => (index === at ? byte ^ bit : byte))),
      ];
  // BER that isn't DER.
  yield ["a long form of the outer length", padded([0x30, 0x81, 0x31, ...right.slice(2)])];
  yield ["a longer form of the outer length", padded([0x30, 0x82, 0, 0x31, ...right.slice(2)])];
  yield ["an indefinite outer length", padded([0x30, 0x80, ...right.slice(2), 0, 0])];
  yield ["a long form of the hash's length", padded(info([...oid, ...nul], [4, 0x81, 0x20, ...hash]))];
  yield ["a long form of the OID's length", padded(info([6, 0x81, 9, ...oid.slice(2), ...nul], digest))];
  yield ["a long form of NULL's length", padded(info([...oid, 5, 0x81, 0], digest))];
  yield [
    "a hash in two pieces",
    padded(info([...oid, ...nul], der(0x24, [...der(4, hash.slice(0, 16)), ...der(4, hash.slice(16))]))),
  ];
  // Elements that are missing, doubled or strange. Without NULL is what RFC 8017 lets verifiers take, and we don't.
  yield ["no parameters", padded(info(oid, digest))];
  yield ["parameters twice", padded(info([...oid, ...nul, ...nul], digest))];
  yield ["parameters with content", padded(info([...oid, ...der(5, [1, 2, 3])], digest))];
  yield [
    "garbage in place of parameters",
    padded(info([...oid, ...der(4, new Array<number>(64).fill(7))], digest)),
  ];
  yield ["no OID", padded(info(nul, digest))];
  yield ["SHA-1's OID", padded(info([6, 5, 0x2b, 0x0e, 3, 2, 0x1a, ...nul], digest))];
  yield ["SHA-512's OID", padded(info([...oid.slice(0, -1), 3, ...nul], digest))];
  yield ["no algorithm", padded(der(0x30, digest))];
  yield ["the hash alone", padded([...hash])];
  yield ["the hash twice", padded(info([...oid, ...nul], [...digest, ...digest]))];
  yield ["no hash", padded(info([...oid, ...nul], der(4, [])))];
  yield ["a hash that is cut", padded(info([...oid, ...nul], der(4, hash.slice(0, -1))))];
  yield ["a hash with a byte more", padded(info([...oid, ...nul], der(4, [...hash, 0])))];
  // Padding.
  for (const [name, at, byte] of [
    ["a first byte that is not 0", 0, 1],
    ["block type 0", 1, 0],
    ["block type 2", 1, 2],
    ["a first byte of padding that is not ff", 2, 0xfe],
    ["a byte of padding that is not ff", 40, 0x7f],
    ["a last byte of padding that is not ff", SIZE - right.length - 2, 0],
    ["no zero between padding and hash", SIZE - right.length - 1, 0xff],
  ] as const)
    yield [name, padded(right).map((old, index) => (index === at ? byte : old))];
  // Bleichenbacher's forgery of 2006, and kin: little padding, the rest filled up with bytes that nobody looks at.
  for (const length of [0, 1, 8, 100]) {
    const head = [0, 1, ...new Array<number>(length).fill(0xff), 0, ...right];
    yield [
      `${length} bytes of padding and garbage after the hash`,
      [...head, ...new Array<number>(SIZE - head.length).fill(7)],
    ];
    yield [
      `${length} bytes of padding and zeros after the hash`,
      [...head, ...new Array<number>(SIZE - head.length).fill(0)],
    ];
  }
  const inside = SIZE - 3 - 10 - right.length - 3;
  yield [
    "garbage within the frame",
    [
      0,
      1,
      ...new Array<number>(10).fill(0xff),
      0,
      0x30,
      0x81,
      0x31 + inside,
      ...right.slice(2),
      ...new Array<number>(inside + 2).fill(7),
    ].slice(0, SIZE),
  ];
}

describe("token signatures", () => {
  let pool: Pool;
  let keySet: Awaited<ReturnType<typeof serveKeySet>>;
  let verify: VerifyToken;

  before(async () => {
    pool = await createPool();
    keySet = await serveKeySet(() => [pool.jwk]);
    verify = createTokenVerifier(
      { USER_POOL_ID: POOL, CLIENT_IDS: CLIENT },
      { AWS_ENDPOINT_URL: keySet.origin },
    );
  });
  after(() => keySet.close());

  const input = () =>
    [{ alg: "RS256", kid: pool.kid }, claims()]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
  const hashOf = (text: string) => [...createHash("sha256").update(text).digest()];
  /** The bare RSA operation with the pool's private key. */
  const signed = (text: string, encoded: readonly number[]) => {
    const key = { key: KeyObject.from(pool.privateKey), padding: constants.RSA_NO_PADDING };
    return `${text}.${privateEncrypt(key, Buffer.from(encoded)).toString("base64url")}`;
  };

  it("accepts the one right encoding, made by hand", async () => {
    const text = input();
    assert.equal((await verify(signed(text, padded([...SHA256, ...hashOf(text)])))).tenantId, "acme");
  });

  it("refuses every wrong encoding of the hash, though the key is right", async () => {
    const text = input();
    const names = new Set<string>();
    for (const [name, encoded] of wrongEncodings(hashOf(text))) {
      assert.equal(encoded.length, SIZE, name);
      names.add(name);
      // A number that is not below the modulus can't be signed: the first byte is zero, or this fails.
      const token =
        encoded[0] === 0 ? signed(text, encoded) : `${text}.${Buffer.from(encoded).toString("base64url")}`;
      await assert.rejects(verify(token), { name: "InvalidToken", fault: "signature" }, name);
    }
    assert.ok(names.size > 70, `${names.size} encodings`);
  });

  it("refuses a right signature with a byte more, a byte less, or zeros before it", async () => {
    const text = input();
    const right = Buffer.from(signed(text, padded([...SHA256, ...hashOf(text)])).split(".")[2]!, "base64url");
    for (const wrong of [
      right.subarray(1),
      right.subarray(0, -1),
      Buffer.concat([right, Buffer.alloc(1)]),
      Buffer.concat([Buffer.alloc(1), right]),
      Buffer.alloc(SIZE),
      Buffer.alloc(SIZE, 0xff),
      Buffer.concat([Buffer.alloc(SIZE - 1), Buffer.from([1])]),
      Buffer.from(pool.jwk.n ?? "", "base64url"),
    ])
      await assert.rejects(verify(`${text}.${wrong.toString("base64url")}`), { fault: "signature" });
  });
});

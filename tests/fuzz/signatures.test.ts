/** SigV4 as the gateway reads it: what was changed never authenticates, and nothing but a told fault comes of it. */
import assert from "node:assert/strict";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { LOCAL_REGION } from "../../local/account/identity.ts";
import { decodeAwsChunked } from "../../local/gateway/aws-chunked.ts";
import { AwsError, type Session } from "../../local/gateway/contract.ts";
import type { RawRequest } from "../../local/gateway/listener.ts";
import { SignatureFault } from "../../local/gateway/signature-fault.ts";
import { isSigned, verify } from "../../local/gateway/sigv4.ts";
import { parseQuery } from "../../local/gateway/sigv4-text.ts";
import { fuzz, hostileText, mutatedBytes, SEEDED, TRAPS, within } from "./support/fuzz.ts";

const NOW = Date.UTC(2026, 10, 22, 9, 30, 0);
const session: Session = {
  accessKeyId: "ASIAEXAMPLEEXAMPLE1",
  secretAccessKey: "secret-of-the-first",
  sessionToken: "token-of-the-first",
  expiresAt: NOW + 3_600_000,
  principal: {
    kind: "role-session",
    account: "1",
    roleArn: "r",
    sessionArn: "s",
    tags: {},
  } as unknown as Session["principal"],
  sessionPolicies: [],
  transitiveTagKeys: [],
};
const options = {
  region: LOCAL_REGION,
  now: NOW,
  find: (id: string) => (id === session.accessKeyId ? session : undefined),
};

interface Plain {
  readonly method: string;
  readonly service: string;
  readonly path: string;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const PLAIN: readonly Plain[] = [
  { method: "GET", service: "s3", path: "/bucket/a%20key/%C3%A9" },
  { method: "GET", service: "s3", path: "/bucket", query: { "list-type": "2", prefix: "acme/" } },
  {
    method: "PUT",
    service: "s3",
    path: "/bucket/acme/x.md",
    headers: { "x-amz-meta-a": "b  c" },
    body: "text",
  },
  {
    method: "POST",
    service: "dynamodb",
    path: "/",
    headers: { "x-amz-target": "DynamoDB_20120810.GetItem" },
    body: "{}",
  },
  {
    method: "POST",
    service: "sts",
    path: "/",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "Action=GetCallerIdentity",
  },
];

/** As the gateway's listener would hand it on. */
async function signed(plain: Plain, presigned = false): Promise<RawRequest> {
  const { method, service, path, query = {}, headers = {}, body = "" } = plain;
  const { accessKeyId, secretAccessKey, sessionToken } = session;
  const signer = new SignatureV4({
    service,
    region: LOCAL_REGION,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    sha256: Sha256,
    uriEscapePath: service !== "s3",
    applyChecksum: true,
  });
  const request = {
    method,
    protocol: "http:",
    hostname: "127.0.0.1",
    path,
    query,
    headers: {
      host: "127.0.0.1:4880",
      ...(presigned && { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" }),
      ...headers,
    },
    body,
  };
  const made = presigned
    ? await signer.presign(request, { signingDate: new Date(NOW), expiresIn: 600 })
    : await signer.sign(request, { signingDate: new Date(NOW) });
  const rawQuery = Object.entries(made.query ?? {})
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join("&");
  const lower = Object.entries(made.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    method,
    rawPath: path,
    rawQuery,
    headers: Object.fromEntries(lower),
    repeated: [],
    body: Buffer.from(body),
  };
}

const samples = await Promise.all([
  ...PLAIN.map((plain) => signed(plain)),
  signed(PLAIN[0]!, true),
  signed(PLAIN[1]!, true),
]);

/** What a signature vouches for: all but headers that it does not name. */
function meaning({ method, rawPath, rawQuery, headers, body }: RawRequest): unknown {
  const names = /SignedHeaders=([^,\s]+)/.exec(headers["authorization"] ?? "")?.[1]?.split(";") ?? ["host"];
  const query = parseQuery(rawQuery)
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort();
  const isPresigned = /X-Amz-Signature/.test(rawQuery);
  return {
    method,
    rawPath,
    query,
    headers: [...names].sort().map((name) => [name, headers[name]?.trim().replace(/ +/g, " ")]),
    // A presigned request's body is not signed, as on AWS.
    body: isPresigned ? undefined : body.toString("hex"),
  };
}

/** @returns whether it authenticated; anything but a told fault fails the test */
function authenticates(request: RawRequest): boolean {
  try {
    const { session: found } = within(() => verify(request, options));
    assert.equal(found, session);
    return true;
  } catch (error) {
    assert.ok(error instanceof SignatureFault, String(error instanceof Error ? error.stack : error));
    const told = error.toAwsError(request.headers);
    assert.ok(told.status >= 400 && told.status < 500);
    assert.ok(!told.message.includes(session.secretAccessKey));
    return false;
  }
}

const mutated = (text: string): fc.Arbitrary<string> =>
  mutatedBytes([text]).map((bytes) => bytes.toString("latin1"));

/** One part of one sample changed. */
const changed: fc.Arbitrary<{ readonly before: RawRequest; readonly after: RawRequest }> = fc
  .constantFrom(...samples)
  .chain((before) => {
    const names = Object.keys(before.headers);
    const header = fc.constantFrom(...names).chain((name) =>
      mutated(before.headers[name] ?? "").map((value) => ({
        ...before,
        headers: { ...before.headers, [name]: value },
      })),
    );
    const added = fc
      .tuple(
        fc.oneof(
          hostileText,
          fc.constantFrom("x-amz-acl", "x-amz-meta-a", "x-amz-security-token", ":authority"),
        ),
        hostileText,
      )
      .map(([name, value]) => ({
        ...before,
        headers: Object.fromEntries([...Object.entries(before.headers), [name.toLowerCase(), value]]),
      }));
    const removed = fc.constantFrom(...names).map((name) => ({
      ...before,
      headers: Object.fromEntries(Object.entries(before.headers).filter(([each]) => each !== name)),
    }));
    const trapped = fc.constantFrom(...TRAPS).map((trap) => ({
      ...before,
      headers: {
        ...before.headers,
        authorization: (before.headers["authorization"] ?? "").replace(
          "SignedHeaders=",
          `SignedHeaders=${trap};`,
        ),
      },
      rawQuery: before.rawQuery.replace("SignedHeaders=", `SignedHeaders=${trap}%3B`),
    }));
    return fc.record({
      before: fc.constant(before),
      after: fc.oneof(
        header,
        header,
        added,
        removed,
        trapped,
        mutated(before.rawPath).map((rawPath) => ({ ...before, rawPath })),
        mutated(before.rawQuery).map((rawQuery) => ({ ...before, rawQuery })),
        mutatedBytes([before.body]).map((body) => ({ ...before, body })),
        fc.constantFrom("GET", "PUT", "DELETE", "get", "").map((method) => ({ ...before, method })),
        fc
          .constantFrom("host", "authorization", "x-amz-date")
          .map((name) => ({ ...before, repeated: [name] })),
      ),
    });
  });

describe(`signatures, fuzzed ${SEEDED}`, function () {
  this.timeout(240_000);

  it("authenticate as they were made", () => {
    for (const sample of samples) {
      assert.ok(isSigned(sample));
      assert.equal(verify(sample, options).session, session);
    }
  });

  it("never authenticate what was changed", () => {
    let same = 0;
    fuzz(
      fc.property(changed, ({ before, after }) => {
        if (!authenticates(after)) return;
        same += 1;
        assert.deepEqual(meaning(after), meaning(before));
        assert.deepEqual(after.repeated, before.repeated);
      }),
    );
    // Some changes change nothing (a header that is not signed): without them the property might be empty.
    assert.ok(same > 0);
  });

  it("never authenticate what is made up", () => {
    const raw = fc.record({
      method: fc.constantFrom("GET", "POST"),
      rawPath: hostileText.map((text) => `/${text}`),
      rawQuery: hostileText,
      headers: fc.record({
        host: hostileText,
        authorization: fc.oneof(
          hostileText,
          fc
            .tuple(hostileText, hostileText, fc.stringMatching(/^[0-9a-f]{64}$/))
            .map(
              ([a, b, c]) =>
                `AWS4-HMAC-SHA256 Credential=${session.accessKeyId}/${a}, SignedHeaders=${b}, Signature=${c}`,
            ),
        ),
        "x-amz-date": hostileText,
        "x-amz-security-token": fc.constantFrom(session.sessionToken, ""),
      }),
      repeated: fc.constant<string[]>([]),
      body: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    });
    fuzz(fc.property(raw, (request) => !authenticates(request)));
  });
});

describe(`aws-chunked bodies, fuzzed ${SEEDED}`, function () {
  this.timeout(240_000);

  const chunked = (parts: readonly Buffer[], trailer: string): RawRequest => {
    const total = parts.reduce((sum, part) => sum + part.length, 0);
    const chunks = parts
      .filter((part) => part.length > 0)
      .flatMap((part) => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")]);
    return {
      method: "PUT",
      rawPath: "/b/k",
      rawQuery: "",
      repeated: [],
      headers: {
        "content-encoding": "aws-chunked",
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": String(total),
        "x-amz-trailer": "x-amz-checksum-crc32",
      },
      body: Buffer.concat([...chunks, Buffer.from(`0\r\nx-amz-checksum-crc32:${trailer}\r\n\r\n`)]),
    };
  };
  const parts = fc.array(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    { maxLength: 4 },
  );

  it("are put together as they were cut, whatever is in them", () => {
    fuzz(
      fc.property(parts, (each) => {
        const { body, headers } = decodeAwsChunked(chunked(each, "AAAAAA=="));
        assert.deepEqual(body, Buffer.concat(each));
        assert.equal(headers["x-amz-checksum-crc32"], "AAAAAA==");
      }),
    );
  });

  it("that were changed are refused, or are as long as they say, and bring in no header that is not announced", () => {
    fuzz(
      fc.property(
        parts.chain((each) => {
          const sample = chunked(each, "AAAAAA==");
          return mutatedBytes([sample.body]).map((body) => ({ ...sample, body }));
        }),
        (request) => {
          try {
            const decoded = within(() => decodeAwsChunked(request));
            assert.equal(String(decoded.body.length), request.headers["x-amz-decoded-content-length"]);
            const added = Object.keys(decoded.headers).filter(
              (name) => !Object.hasOwn(request.headers, name),
            );
            assert.deepEqual(added, ["x-amz-checksum-crc32", "content-length"]);
          } catch (error) {
            assert.ok(error instanceof AwsError, String(error));
            assert.equal(error.status, 400);
          }
        },
      ),
    );
  });
});

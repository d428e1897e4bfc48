import assert from "node:assert/strict";
import http2 from "node:http2";
import net from "node:net";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import type { LoggedDecision, Session } from "../../../local/gateway/contract.ts";
import { startGateway } from "../../../local/gateway/index.ts";
import { clientOptions, makeAccount, roleArn, startTestGateway, type TestGateway } from "./support.ts";

const BUCKET = "bulkhead-test-core";
const FORM = { "content-type": "application/x-www-form-urlencoded" };

interface Wire {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: string;
}

describe("gateway", () => {
  let test: TestGateway;
  let session: Session;
  let other: Session;
  before(async () => {
    test = await startTestGateway((deployment) => {
      deployment.bucket(BUCKET);
      deployment.role("worker", { policy: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] });
    });
    session = test.gateway.issueSession(roleArn("worker"), "one");
    other = test.gateway.issueSession(roleArn("worker"), "two");
    await new S3Client(test.as(session)).send(
      new PutObjectCommand({ Bucket: BUCKET, Key: "a/b", Body: "data" }),
    );
  });
  after(() => test.stop());

  /** A request as the SDK's own signer signs it; `after` changes it on its way. */
  async function send(
    service: "s3" | "sts",
    request: Partial<Wire>,
    options: {
      credentials?: Partial<Session>;
      date?: Date;
      region?: string;
      after?: (wire: Wire) => void;
      at?: TestGateway;
    } = {},
  ): Promise<{ status: number; body: string }> {
    const origin = new URL((options.at ?? test).gateway.origin);
    const { accessKeyId, secretAccessKey, sessionToken } = { ...session, ...options.credentials };
    const signer = new SignatureV4({
      service,
      region: options.region ?? "us-east-1",
      credentials: { accessKeyId, secretAccessKey, sessionToken },
      sha256: Sha256,
      uriEscapePath: service !== "s3",
    });
    const sts = {
      method: "POST",
      path: "/",
      headers: FORM,
      body: "Action=GetCallerIdentity&Version=2011-06-15",
    };
    const s3 = { method: "GET", path: `/${BUCKET}/a/b`, headers: {}, body: "" };
    const plain = { query: {}, ...(service === "s3" ? s3 : sts), ...request };
    const signed = await signer.sign(
      {
        ...plain,
        protocol: "http:",
        hostname: origin.hostname,
        headers: { host: new URL(test.gateway.origin).host, ...plain.headers },
      },
      options.date ? { signingDate: options.date } : {},
    );
    const wire: Wire = { ...plain, headers: { ...signed.headers } };
    options.after?.(wire);
    const query = new URLSearchParams(wire.query).toString();
    return raw(Number(origin.port), wire, query === "" ? wire.path : `${wire.path}?${query}`);
  }

  /** By a socket of our own, so that nothing mends a header or a path. */
  function raw(
    port: number,
    wire: Omit<Wire, "query">,
    target: string,
  ): Promise<{ status: number; body: string }> {
    const headers = {
      ...wire.headers,
      connection: "close",
      "content-length": String(Buffer.byteLength(wire.body)),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return new Promise((resolve, reject) => {
      let answer = "";
      const socket = net.connect(port, "127.0.0.1", () => {
        socket.write(`${wire.method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n${wire.body}`);
      });
      socket.setEncoding("utf8");
      socket.on("data", (chunk: string) => (answer += chunk));
      socket.on("error", reject);
      socket.on("close", () => {
        resolve({ status: Number(answer.split(" ")[1]), body: answer.slice(answer.indexOf("\r\n\r\n") + 4) });
      });
    });
  }

  describe("takes", () => {
    it("what the SDK's signer signs, for S3 and for others", async () => {
      assert.deepEqual(await send("s3", {}), { status: 200, body: "data" });
      assert.equal((await send("sts", {})).status, 200);
      const odd = await send("s3", { path: `/${BUCKET}/x%2Fy%20z/..%2F` });
      assert.match(odd.body, /NoSuchKey/);
    });

    it("HTTP/2 on the same port, by its authority", async () => {
      const client = http2.connect(test.gateway.origin);
      try {
        const stream = client.request({ ":path": "/_bulkhead/decisions?limit=1" });
        const status = await new Promise((resolve) => {
          stream.once("response", (headers) => {
            resolve(headers[":status"]);
          });
        });
        assert.equal(status, 200);
      } finally {
        client.close();
      }
    });
  });

  describe("refuses", () => {
    const cases: readonly {
      readonly name: string;
      readonly service?: "s3" | "sts";
      readonly request?: Partial<Wire>;
      readonly options: Parameters<typeof send>[2];
      readonly code: string;
    }[] = [
      {
        name: "another path",
        options: { after: (w) => (w.path = `/${BUCKET}/a/c`) },
        code: "SignatureDoesNotMatch",
      },
      {
        name: "the same path, encoded otherwise",
        options: { after: (w) => (w.path = `/${BUCKET}/a/%62`) },
        code: "SignatureDoesNotMatch",
      },
      {
        name: "a path with a way up",
        options: { after: (w) => (w.path = `/${BUCKET}/x/../a/b`) },
        code: "SignatureDoesNotMatch",
      },
      {
        name: "a query that was not signed",
        options: { after: (w) => (w.query["versionId"] = "1") },
        code: "SignatureDoesNotMatch",
      },
      {
        name: "another method",
        options: { after: (w) => (w.method = "DELETE") },
        code: "SignatureDoesNotMatch",
      },
      {
        name: "another body (S3)",
        options: { after: (w) => (w.body = "x") },
        code: "XAmzContentSHA256Mismatch",
      },
      {
        name: "another body",
        service: "sts",
        options: { after: (w) => (w.body += "&x=y") },
        code: "SignatureDoesNotMatch",
      },
      {
        name: "a signed header, changed",
        request: { headers: { "x-amz-meta-a": "1" } },
        options: { after: (w) => (w.headers["x-amz-meta-a"] = "2") },
        code: "SignatureDoesNotMatch",
      },
      {
        name: "a header of AWS's that was not signed",
        options: { after: (w) => (w.headers["x-amz-meta-a"] = "2") },
        code: "AccessDenied",
      },
      {
        name: "a replay to another host name",
        options: {
          after: (w) => (w.headers["host"] = (w.headers["host"] ?? "").replace("127.0.0.1", "localhost")),
        },
        code: "SignatureDoesNotMatch",
      },
      {
        name: "a host that is not the gateway's",
        options: { after: (w) => (w.headers["host"] = "s3.amazonaws.com") },
        code: "InvalidHost",
      },
      {
        name: "an unknown key",
        options: { credentials: { accessKeyId: "ASIANOBODY" } },
        code: "InvalidAccessKeyId",
      },
      {
        name: "an unknown key, in STS's words",
        service: "sts",
        options: { credentials: { accessKeyId: "ASIANOBODY" } },
        code: "InvalidClientTokenId",
      },
      {
        name: "a wrong secret",
        options: { credentials: { secretAccessKey: "guess" } },
        code: "SignatureDoesNotMatch",
      },
      {
        name: "a request of an hour ago",
        options: { date: new Date(Date.now() - 3600_000) },
        code: "RequestTimeTooSkewed",
      },
      {
        name: "a request of tomorrow",
        options: { date: new Date(Date.now() + 86_400_000) },
        code: "RequestTimeTooSkewed",
      },
      { name: "another region", options: { region: "eu-west-1" }, code: "AuthorizationHeaderMalformed" },
      {
        name: "no signature",
        options: { after: (w) => delete w.headers["authorization"] },
        code: "AccessDenied",
      },
      {
        name: "no signature, in STS's words",
        service: "sts",
        options: { after: (w) => delete w.headers["authorization"] },
        code: "MissingAuthenticationToken",
      },
      {
        name: "a scope that names another service",
        service: "sts",
        options: {
          after: (w) => (w.headers["authorization"] = w.headers["authorization"]!.replace("/sts/", "/s3/")),
        },
        code: "SignatureDoesNotMatch|AuthorizationHeaderMalformed",
      },
      {
        name: "a path with empty segments, outside of S3",
        service: "sts",
        options: { after: (w) => (w.path = "//") },
        code: "IncompleteSignature",
      },
      {
        name: "a plus sign in the query",
        options: { after: (w) => (w.query["versionId"] = "a b") },
        code: "AuthorizationHeaderMalformed",
      },
    ];
    for (const { name, service, request, options, code } of cases) {
      it(name, async () => {
        const answer = await send(service ?? "s3", request ?? {}, options);
        assert.ok(answer.status >= 400, String(answer.status));
        assert.match(answer.body, new RegExp(`<Code>(${code})</Code>`));
      });
    }

    it("another session's token, signed or swapped in", async () => {
      const signed = await send("s3", {}, { credentials: { sessionToken: other.sessionToken } });
      assert.match(signed.body, /<Code>InvalidToken<\/Code>/);
      const swapped = await send(
        "s3",
        {},
        {
          after: (wire) => (wire.headers["x-amz-security-token"] = other.sessionToken),
        },
      );
      assert.match(swapped.body, /<Code>SignatureDoesNotMatch<\/Code>/);
      const without = await send("s3", {}, { credentials: { sessionToken: undefined as unknown as string } });
      assert.match(without.body, /<Code>InvalidToken<\/Code>/);
    });

    it("a session that has expired", async () => {
      const expired = test.gateway.issueSession(roleArn("worker"), "old", { seconds: -1 });
      const answer = await send("s3", {}, { credentials: expired });
      assert.match(answer.body, /<Code>ExpiredToken<\/Code>/);
      await assert.rejects(
        test.gateway.call({
          session: expired,
          service: "s3",
          method: "GET",
          rawPath: "/x",
          body: Buffer.alloc(0),
        }),
        { code: "ExpiredToken" },
      );
    });

    it("a session whose role was deleted, or made again", async () => {
      test.deployment.role("shortlived", { policy: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] });
      const left = test.gateway.issueSession(roleArn("shortlived"), "left");
      assert.equal((await send("s3", {}, { credentials: left })).status, 200);
      test.gateway.account.deleteResource("aws:iam/role:Role", "shortlived");
      assert.match((await send("s3", {}, { credentials: left })).body, /InvalidAccessKeyId/);
      test.deployment.role("shortlived", { policy: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] });
      const again = test.gateway.account.resource("aws:iam/role:Role", "shortlived")!;
      test.gateway.account.putResource({ ...again, outputs: { ...again.outputs, uniqueId: "AROAOTHER" } });
      assert.match((await send("s3", {}, { credentials: left })).body, /InvalidAccessKeyId/);
    });

    it("a request for another gateway's port", async () => {
      const second = await startTestGateway();
      try {
        assert.match((await send("s3", {}, { at: second })).body, /<Code>InvalidHost<\/Code>/);
      } finally {
        await second.stop();
      }
    });

    it("a repeated header", async () => {
      const answer = await send(
        "s3",
        {},
        {
          after: (wire) => (wire.headers["X-Amz-Date"] = wire.headers["x-amz-date"]!),
        },
      );
      assert.match(answer.body, /came more than once/);
    });

    it("a body beyond its limit, with a reason", async () => {
      const answer = await fetch(`${test.gateway.origin}/${BUCKET}/x`, {
        method: "PUT",
        body: Buffer.alloc(64 * 1024 * 1024 + 1),
      }).then((response) => response.text(), String);
      // The gateway may end the connection before all is sent: then the client sees that.
      assert.match(answer, /RequestEntityTooLarge|fetch failed/);
    });
  });

  describe("decides", () => {
    it("from the role's policies, its boundary and attached policies", async () => {
      const arn = `arn:aws:s3:::${BUCKET}`;
      const boundary = test.deployment.policy("edge", {
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: "*",
      });
      test.deployment.role("bounded", {
        policy: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
        permissionsBoundary: boundary,
      });
      const s3 = new S3Client(test.as("bounded"));
      await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: "a/b" }));
      await assert.rejects(s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: "a/b" })), {
        name: "AccessDenied",
      });

      test.deployment.role("attached");
      const may = test.deployment.policy("may", {
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: `${arn}/*`,
      });
      const reader = new S3Client(test.as("attached"));
      await assert.rejects(reader.send(new GetObjectCommand({ Bucket: BUCKET, Key: "a/b" })), {
        name: "AccessDenied",
      });
      test.deployment.put("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "attached/may", {
        role: "attached",
        policyArn: may,
      });
      await reader.send(new GetObjectCommand({ Bucket: BUCKET, Key: "a/b" }));
      test.deployment.put("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "attached/unknown", {
        role: "attached",
        policyArn: "arn:aws:iam::aws:policy/AmazonS3FullAccess",
      });
      await assert.rejects(reader.send(new GetObjectCommand({ Bucket: BUCKET, Key: "a/b" })), {
        name: "AccessDenied",
        message: /AmazonS3FullAccess is neither deployed/,
      });
    });

    it("whether a service may take on a role", () => {
      test.deployment.role("function", {
        trust: [
          {
            Effect: "Allow",
            Principal: { Service: "lambda.amazonaws.com" },
            Action: "sts:AssumeRole",
            Condition: { StringEquals: { "aws:SourceAccount": "111122223333" } },
          },
        ],
      });
      const assume = (service: string, account: string) =>
        test.gateway.assumeAsService(service, roleArn("function"), "f", { "aws:SourceAccount": account });
      assert.match(
        assume("lambda.amazonaws.com", "111122223333").principal.sessionArn,
        /assumed-role\/function\/f$/,
      );
      assert.throws(() => assume("bedrock.amazonaws.com", "111122223333"), { code: "AccessDenied" });
      assert.throws(() => assume("lambda.amazonaws.com", "999999999999"), { code: "AccessDenied" });
    });

    it("and keeps what it decided, with the statement, for who asks", async () => {
      await assert.rejects(
        new S3Client(test.as("attached")).send(new GetObjectCommand({ Bucket: BUCKET, Key: "a/b" })),
      );
      const ask = async (query: string): Promise<{ status: number; decisions: LoggedDecision[] }> => {
        const answer = await fetch(`${test.gateway.origin}/_bulkhead/decisions?${query}`);
        return { status: answer.status, ...((await answer.json()) as { decisions: LoggedDecision[] }) };
      };
      const { decisions } = await ask("principal=attached&action=s3:getobject&limit=1");
      assert.equal(decisions.length, 1);
      assert.equal(decisions[0]?.allowed, false);
      assert.equal(decisions[0].reason, "unsupported");
      assert.equal((await ask("limit=many")).status, 400);
    });
  });

  it("keeps sessions over a restart", async () => {
    const account = makeAccount((deployment) => deployment.role("worker"));
    const first = await startGateway({ folder: account.folder });
    const options = clientOptions(first, "worker");
    await first.close();
    const second = await startGateway({ folder: account.folder });
    try {
      const sts = new STSClient({ ...options, endpoint: second.origin });
      assert.match((await sts.send(new GetCallerIdentityCommand({}))).Arn!, /worker/);
    } finally {
      await second.close();
      account.remove();
    }
  });

  it("says what to do about a port that is in use", async () => {
    const account = makeAccount();
    const port = Number(new URL(test.gateway.origin).port);
    await assert.rejects(
      startGateway({ folder: account.folder, port }),
      new RegExp(`^Error: The gateway can't listen on 127\\.0\\.0\\.1: port ${port} is in use`),
    );
    account.remove();
  });
});

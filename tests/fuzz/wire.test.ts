/** Raw bytes on the gateway's socket: an HTTP answer or a closed connection, never a 2xx without a signature, and it goes on serving. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { startTestGateway, type TestGateway } from "../local/gateway/support.ts";
import { assertTellsNothing, fuzz, mutatedBytes, RUNS, SEEDED } from "./support/fuzz.ts";

const DATE = "20261122T093000Z";
const SAMPLES = [
  "GET /bucket/key HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
  `GET /bucket?list-type=2 HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Date: ${DATE}\r\nAuthorization: AWS4-HMAC-SHA256 Credential=ASIAX/20261122/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}\r\n\r\n`,
  `PUT /bucket/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIAX%2F20261122%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=${DATE}&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=${"0".repeat(64)} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\ntext`,
  "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ntext\r\n0\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\ntext",
  "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: 2\r\n\r\n{}",
  "GET /_api/abc/local/v1/me HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer a.b.c\r\n\r\n",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0",
  "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
  "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
  "GET / HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nHost: 127.0.0.1\r\n\r\n",
  `GET /${"a".repeat(40_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
  `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${"X-A: b\r\n".repeat(3000)}\r\n`,
  "\u0016\u0003\u0001\u0002\0\u0001\0",
];

describe(`the gateway's socket, fuzzed ${SEEDED}`, function () {
  this.timeout(240_000);

  let test: TestGateway;
  before(async () => {
    test = await startTestGateway((deployment) => deployment.bucket("bucket"));
  });
  after(() => test.stop());

  /** Sends bytes, ends its side, and takes what comes back until the other side ends too. */
  const send = (bytes: Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      const { port, hostname } = new URL(test.gateway.origin);
      const socket = net.connect(Number(port), hostname);
      let text = "";
      socket.setTimeout(10_000, () => {
        socket.destroy();
        reject(new Error(`no answer and no end: ${JSON.stringify(bytes.toString("latin1").slice(0, 200))}`));
      });
      socket.on("data", (data) => (text += data.toString("latin1")));
      socket.on("error", () => undefined); // cut by the gateway, which it may
      socket.on("close", () => {
        resolve(text);
      });
      socket.end(bytes);
    });

  const judge = async (bytes: Buffer): Promise<void> => {
    const text = await send(bytes);
    assertTellsNothing(text);
    if (text.startsWith("HTTP/1.")) {
      const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]);
      assert.ok(status >= 400 && status < 500, text.slice(0, 300));
    } else assert.ok(!text.includes("HTTP/1.1 2"), text.slice(0, 300));
  };

  it("answers each sample, or ends the connection", async () => {
    for (const sample of SAMPLES) await judge(Buffer.from(sample, "latin1"));
  });

  it("answers each mutation, or ends the connection", async () => {
    await fuzz(fc.asyncProperty(mutatedBytes(SAMPLES), judge), RUNS / 10);
  });

  it("has noted no failure of its own, and still serves", async () => {
    const log = join(test.account.folder, "gateway.log");
    assert.ok(!existsSync(log), existsSync(log) ? readFileSync(log, "utf8").slice(0, 2000) : "");
    assert.equal((await fetch(`${test.gateway.origin}/_bulkhead/decisions`)).status, 200);
  });
});

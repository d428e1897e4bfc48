import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

import { createGetItem } from "../../../runtime/shared/dynamodb.ts";

const credentials = { accessKeyId: "AKID", secretAccessKey: "secret", sessionToken: "session" };

describe("dynamodb GetItem", () => {
  /** Answers each request with the next of these, the last one again and again. */
  async function against(
    answers: readonly (readonly [status: number, body: object])[],
    run: (getItem: ReturnType<typeof createGetItem>) => Promise<void>,
  ) {
    const seen: { headers: IncomingHttpHeaders; body: unknown }[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        seen.push({ headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
        const [status, body] = answers[Math.min(seen.length, answers.length) - 1]!;
        response
          .writeHead(status, { "content-type": "application/x-amz-json-1.0" })
          .end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      await run(createGetItem({ AWS_ENDPOINT_URL: origin }, "us-east-1"));
    } finally {
      server.closeAllConnections();
      server.close();
    }
    return seen;
  }

  it("signs for the region with the given credentials, and reads strongly consistent", async () => {
    const item = {
      tenant_id: { S: "acme" },
      groups: { L: [{ S: "regular" }] },
      store: { M: { kind: { S: "silo" } } },
    };
    const seen = await against([[200, { Item: item }]], async (getItem) => {
      assert.deepEqual(await getItem(credentials, "registry", { tenant_id: "acme", record: "tenant" }), {
        tenant_id: "acme",
        groups: ["regular"],
        store: { kind: "silo" },
      });
    });
    assert.deepEqual(seen[0]!.body, {
      TableName: "registry",
      Key: { tenant_id: { S: "acme" }, record: { S: "tenant" } },
      ConsistentRead: true,
    });
    const { authorization, "x-amz-security-token": session, "x-amz-target": target } = seen[0]!.headers;
    assert.match(
      authorization!,
      /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/us-east-1\/dynamodb\/aws4_request,/,
    );
    assert.match(authorization!, /SignedHeaders=[^,]*x-amz-security-token[^,]*x-amz-target/);
    assert.deepEqual([session, target], ["session", "DynamoDB_20120810.GetItem"]);
  });

  it("tells no item from a fault", async () => {
    await against([[200, {}]], async (getItem) => {
      assert.equal(await getItem(credentials, "registry", { tenant_id: "acme" }), undefined);
    });
  });

  it("tries again after a passing fault", async () => {
    const seen = await against(
      [
        [500, { __type: "InternalServerError" }],
        [400, { __type: "com.amazonaws.dynamodb.v20120810#ThrottlingException" }],
        [200, {}],
      ],
      async (getItem) => {
        assert.equal(await getItem(credentials, "registry", { tenant_id: "acme" }), undefined);
      },
    );
    assert.equal(seen.length, 3);
  });

  for (const [name, answers, tries] of [
    ["a refusal, at once", [[400, { __type: "com.amazon.coral.service#AccessDeniedException" }]], 1],
    ["a lasting fault, after three tries", [[503, {}]], 3],
  ] as const)
    it(`gives up on ${name}`, async () => {
      const seen = await against(answers, async (getItem) => {
        await assert.rejects(getItem(credentials, "registry", { tenant_id: "acme" }), {
          name: "DependencyUnavailable",
        });
      });
      assert.equal(seen.length, tries);
    });
});

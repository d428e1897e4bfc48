import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { addClaimsFrom, type TokenEvent } from "../../../runtime/pre-token/claims.ts";
import { DEPENDENCIES, TRIGGER_MS } from "../../../runtime/shared/dependencies.ts";
import { logged } from "../support/quiet.ts";
import { POOL, SUB } from "../support/tokens.ts";

/** Cognito gives a trigger this long, its cold start included. */
const COGNITO_MS = 5000;

describe("pre-token: the time that it has", () => {
  const event = {
    version: "3",
    triggerSource: "TokenGeneration_Authentication",
    region: "us-east-1",
    userPoolId: POOL,
    userName: "acme/jane@acme.example",
    callerContext: { awsSdkVersion: "3", clientId: "client-1" },
    request: { userAttributes: { sub: SUB, email: "jane@acme.example", "cognito:user_status": "CONFIRMED" } },
    response: {},
  } as unknown as TokenEvent;

  it("leaves Cognito a second for the rest", () => {
    assert.ok(TRIGGER_MS + 1000 <= COGNITO_MS);
    // By themselves, the calls of a claim may take longer together: hence one bound for all.
    assert.ok(2 * DEPENDENCIES.registry.totalMs > COGNITO_MS);
  });

  it("is of all calls together: none is made once it is over, and no token comes of it", async () => {
    const time = new AbortController();
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(String(request.headers["x-amz-target"]));
      request.resume().on("end", () => {
        // No membership: the invitation would be looked for next.
        time.abort();
        response.setHeader("content-type", "application/x-amz-json-1.0").end("{}");
      });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    try {
      const addClaims = addClaimsFrom(
        {
          AWS_REGION: "us-east-1",
          AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
          AWS_ACCESS_KEY_ID: "key",
          AWS_SECRET_ACCESS_KEY: "secret",
          AWS_SESSION_TOKEN: "token",
          MEMBERSHIPS_TABLE: "memberships",
          USERS_TABLE: "users",
        },
        () => time.signal,
      );
      await logged(() => assert.rejects(addClaims(event), { message: /^Sign-in is not available/ }));
      assert.equal(asked.length, 1, asked.join());
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

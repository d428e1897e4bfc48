import assert from "node:assert/strict";

import type { BrokerResponse } from "../../../runtime/contract/api.ts";
import { createContextCache, GRANT_MARGIN_MS } from "../../../runtime/shared/credentials.ts";
import { granted } from "../support/grants.ts";

describe("credentials", () => {
  /** A cache over a broker that answers as told; counts how often it is asked. */
  const cacheOver = (answer: (calls: number) => BrokerResponse) => {
    const asked: string[] = [];
    const contextFor = createContextCache(({ token }) => {
      asked.push(token);
      return Promise.resolve(answer(asked.length));
    });
    return { asked, contextFor };
  };

  it("asks once for concurrent and later requests with one token", async () => {
    const { asked, contextFor } = cacheOver(() => granted("acme"));
    const contexts = await Promise.all(Array.from({ length: 50 }, () => contextFor("t")));
    contexts.push(await contextFor("t"));
    assert.equal(asked.length, 1);
    assert.equal(new Set(contexts).size, 1);
  });

  it("tells tokens of one user apart", async () => {
    const { asked, contextFor } = cacheOver(() => granted("acme"));
    await contextFor("a");
    await contextFor("b");
    assert.deepEqual(asked, ["a", "b"]);
  });

  it("gives a grant up before its end", async () => {
    const { asked, contextFor } = cacheOver(() =>
      granted("acme", { seconds: GRANT_MARGIN_MS / 1000 + 0.05 }),
    );
    await contextFor("t");
    await contextFor("t");
    assert.equal(asked.length, 1);
    await new Promise((resolve) => setTimeout(resolve, 80));
    await contextFor("t");
    assert.equal(asked.length, 2);
  });

  it("refuses a grant that is over when it comes", async () => {
    const { contextFor } = cacheOver(() => granted("acme", { seconds: -1 }));
    await assert.rejects(contextFor("t"), { name: "InvalidToken", fault: "expired" });
  });

  it("answers everybody who asks at once, also when they are more than it remembers", async () => {
    const contextFor = createContextCache(async ({ token }) => {
      await new Promise(setImmediate);
      return granted("acme", { sub: token });
    });
    const tokens = Array.from({ length: 600 }, (_, index) => `token-${index}`);
    const contexts = await Promise.all(tokens.map((token) => contextFor(token)));
    assert.deepEqual(
      contexts.map(({ user }) => user.sub),
      tokens,
    );
  });

  it("does not remember a grant that is about to end", async () => {
    const { asked, contextFor } = cacheOver(() => granted("acme", { seconds: 5 }));
    await contextFor("t");
    await new Promise((resolve) => setTimeout(resolve, 5));
    await contextFor("t");
    assert.equal(asked.length, 2);
  });

  for (const [code, name] of [
    ["invalid-token", "InvalidToken"],
    ["tenant-not-active", "TenantNotActive"],
    ["unavailable", "DependencyUnavailable"],
    ["invalid-request", "ConfigurationError"],
  ] as const)
    it(`turns ${code} into an error and asks again next time`, async () => {
      const { contextFor } = cacheOver((calls) => (calls === 1 ? { granted: false, code } : granted("acme")));
      await assert.rejects(contextFor("t"), { name });
      assert.equal((await contextFor("t")).tenantId, "acme");
    });

  it("refuses an answer that is not in the contract's shape, without quoting it", async () => {
    for (const answer of [
      {},
      null,
      { granted: true },
      { granted: true, grant: { ...(granted("acme") as { grant: object }).grant, tenant: { id: "*" } } },
      { granted: true, grant: { ...(granted("acme") as { grant: object }).grant, extra: 1 } },
    ]) {
      const { contextFor } = cacheOver(() => answer as BrokerResponse);
      await assert.rejects(contextFor("t"), (error: Error) => {
        assert.equal(error.name, "DependencyUnavailable");
        const { message } = error.cause as Error;
        assert.ok(!JSON.stringify([error.message, message]).includes("secret"));
        return true;
      });
    }
  });

  it("shows no credentials when a context is logged by mistake", async () => {
    const { contextFor } = cacheOver(() => granted("acme"));
    const context = await contextFor("t");
    const { inspect } = await import("node:util");
    assert.ok(!JSON.stringify(context).includes("secret"));
    assert.ok(!inspect(context, { depth: 9 }).includes("secret"));
  });
});

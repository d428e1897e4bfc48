import assert from "node:assert/strict";

import fc from "fast-check";

import type { BrokerResponse } from "../../../runtime/contract/api.ts";
import { createContextCache, GRANT_MARGIN_MS } from "../../../runtime/shared/credentials.ts";
import { granted } from "../support/grants.ts";

describe("credentials", () => {
  it("never mixes tenants, however requests interleave", async () => {
    const tenants = ["acme", "acme-2", "globex", "initech"];
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.record({ tenant: fc.constantFrom(...tenants), user: fc.nat(2), fails: fc.boolean() }), {
          minLength: 1,
          maxLength: 30,
        }),
        async (scheduler, requests) => {
          let failing = new Set<string>();
          const contextFor = createContextCache(async ({ token }) => {
            await scheduler.schedule(Promise.resolve());
            if (failing.delete(token)) throw new Error("broker down");
            const [tenant, sub] = token.split("/");
            return granted(tenant!, { sub: sub! });
          });
          failing = new Set(
            requests.filter(({ fails }) => fails).map(({ tenant, user }) => `${tenant}/${user}`),
          );
          const outcomes = requests.map(({ tenant, user }) => contextFor(`${tenant}/${user}`));
          const settled = Promise.allSettled(outcomes);
          await scheduler.waitIdle();
          (await settled).forEach((outcome, index) => {
            const { tenant, user } = requests[index]!;
            if (outcome.status === "rejected") return;
            assert.equal(outcome.value.tenantId, tenant);
            assert.equal(outcome.value.user.sub, String(user));
            assert.equal(outcome.value.credentials.accessKeyId, `key-${tenant}`);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

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
        assert.equal(error.name, "ConfigurationError");
        assert.ok(!JSON.stringify([error.message, error.cause ?? ""]).includes("secret"));
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

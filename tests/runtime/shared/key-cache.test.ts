import assert from "node:assert/strict";

import fc from "fast-check";

import { DependencyUnavailable, InvalidToken } from "../../../runtime/shared/errors.ts";
import { PoolVerifier } from "../../../runtime/shared/jws.ts";
import { createKeySetCache } from "../../../runtime/shared/key-set.ts";
import type { VerifyToken } from "../../../runtime/shared/token.ts";
import { createTokenVerifier, KEY_SET_MAX_AGE_MS } from "../../../runtime/shared/token.ts";
import { interleaved, SEED } from "../support/interleaving.ts";
import { CLIENT, createPool, ISSUER, POOL, sign } from "../support/tokens.ts";
import type { Pool } from "../support/tokens.ts";

const ORIGIN = "http://127.0.0.1:9";
const MINUTE = 60_000;
const KEY_IDS = ["key-1", "key-2", "key-3"];

interface Issued {
  readonly token: string;
  readonly kid: string;
  readonly tenantId: string;
  readonly sub: string;
  readonly groups: readonly string[];
  /** Milliseconds since the epoch. */
  readonly ends: number;
}

type Action =
  | { readonly kind: "verify"; readonly index: number; readonly issuerFails: boolean }
  | { readonly kind: "publish"; readonly kids: readonly string[] }
  | { readonly kind: "wait"; readonly ms: number };

const actions: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("verify" as const),
      index: fc.nat(8),
      issuerFails: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.boolean()),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("publish" as const),
      kids: fc.subarray(KEY_IDS, { minLength: 1 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.constantFrom(1, MINUTE, 20 * MINUTE, KEY_SET_MAX_AGE_MS + 1),
    }),
  },
);

describe(`keys of a pool, interleaved (BULKHEAD_TEST_SEED=${SEED})`, function () {
  this.timeout(240_000);
  let pools: readonly Pool[];
  let issued: readonly Issued[];
  const realFetch = globalThis.fetch;

  before(async () => {
    pools = await Promise.all(KEY_IDS.map((kid) => createPool(kid)));
    const now = Math.floor(Date.now() / 1000);
    const users = [
      ["acme", "sub-1", ["regular"], 10],
      ["acme-2", "sub-1", ["platinum"], 30],
      ["globex", "sub-2", [], 60],
    ] as const;
    issued = await Promise.all(
      pools.flatMap((pool) =>
        users.map(async ([tenantId, sub, groups, minutes]) => {
          const exp = now + minutes * 60;
          const claims = { tenant_id: tenantId, sub, "cognito:groups": groups, iat: now, exp };
          return { token: await sign(pool, claims), kid: pool.kid, tenantId, sub, groups, ends: exp * 1000 };
        }),
      ),
    );
  });
  afterEach(() => {
    globalThis.fetch = realFetch;
  });

  /** The property of a verifier: what it accepts is signed by a key that the pool had within the stated time, and is told as it is. */
  const neverMixesUp = (create: () => VerifyToken) =>
    interleaved(actions, (run) => {
      const history: { from: number; kids: readonly string[] }[] = [{ from: 0, kids: ["key-1", "key-2"] }];
      /** Whether the set had the key (or had it not) at some moment since then. */
      const was = (has: boolean, kid: string, since: number) =>
        history.some(
          ({ kids }, index) => kids.includes(kid) === has && (history[index + 1]?.from ?? Infinity) >= since,
        );
      let fails = false;
      globalThis.fetch = () =>
        run.ask(
          "key set",
          () => {
            if (fails) throw new Error("the issuer is down");
            const keys = pools.filter(({ kid }) => history.at(-1)!.kids.includes(kid)).map(({ jwk }) => jwk);
            return Response.json({ keys });
          },
          () => false,
        );
      const verify = create();
      const check = ({ token, kid, tenantId, sub, groups, ends }: Issued) => {
        const began = run.step();
        const since = run.clock.now() - KEY_SET_MAX_AGE_MS;
        verify(token).then(
          (identity) => {
            const told = JSON.stringify([identity.tenantId, identity.sub, identity.groups]);
            run.expect(
              told === JSON.stringify([tenantId, sub, groups]),
              `${tenantId}'s token is told as ${told}`,
            );
            run.expect(ends > run.clock.now(), `${tenantId}'s token is over`);
            run.expect(was(true, kid, since), `${kid} was withdrawn long ago`);
          },
          (error: unknown) => {
            if (error instanceof DependencyUnavailable)
              run.expect(run.failedSince("key set", began), "refused for a failure that was before");
            else if (error instanceof InvalidToken && error.fault === "unknown-key")
              run.expect(was(false, kid, since), `${kid} was always there`);
            else if (error instanceof InvalidToken && error.fault === "expired")
              run.expect(ends <= run.clock.now(), `${tenantId}'s token is not over`);
            else run.expect(false, String(error));
          },
        );
      };
      return (action) => {
        switch (action.kind) {
          case "verify":
            fails = action.issuerFails;
            check(issued[action.index]!);
            break;
          case "publish":
            history.push({ from: run.clock.now(), kids: action.kids });
            break;
          case "wait":
            run.clock.advance(action.ms);
            break;
        }
      };
    });

  const settings = { USER_POOL_ID: POOL, CLIENT_IDS: CLIENT };
  const real = () => createTokenVerifier(settings, { AWS_ENDPOINT_URL: ORIGIN });

  it("accept what they signed, told as it is, and nothing after they were withdrawn for the stated time", async () => {
    await fc.assert(neverMixesUp(real), { seed: SEED, numRuns: 300 });
  });

  const identityOf = (claims: Readonly<Record<string, unknown>>) => ({
    tenantId: claims["tenant_id"] as string,
    sub: claims["sub"] as string,
    username: claims["username"] as string,
    issuer: ISSUER,
    groups: (claims["cognito:groups"] as string[] | undefined) ?? [],
    expiresAt: claims["exp"] as number,
  });
  /** Remembers what was verified, by this. */
  const remembering = (key: (token: string) => string) => () => {
    const verify = real();
    const known = new Map<string, ReturnType<VerifyToken>>();
    const recall: VerifyToken = async (token = "") => {
      const answer = known.get(key(token)) ?? verify(token);
      const identity = await answer;
      known.set(key(token), answer);
      return identity;
    };
    return recall;
  };
  const mutants: readonly (readonly [name: string, create: () => VerifyToken])[] = [
    [
      "never asks for keys again",
      () => {
        const verifier = new PoolVerifier(ISSUER, createKeySetCache(ORIGIN));
        return async (token) => identityOf(await verifier.verify(token ?? ""));
      },
    ],
    ["remembers what it verified", remembering((token) => token)],
    ["remembers what it verified, by a token's beginning", remembering((token) => token.slice(0, 100))],
    [
      "fails for ever once it failed",
      () => {
        const verify = real();
        let failure: unknown;
        return async (token) => {
          if (failure !== undefined) throw failure as Error;
          return verify(token).catch((error: unknown) => {
            failure = error;
            throw error;
          });
        };
      },
    ],
  ];
  for (const [name, create] of mutants)
    it(`the property catches a verifier that ${name}`, async () => {
      const { failed } = await fc.check(neverMixesUp(create), {
        seed: SEED,
        numRuns: 20_000,
        endOnFailure: true,
      });
      assert.ok(failed);
    });
});

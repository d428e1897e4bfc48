import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import fc from "fast-check";

import type { BrokerResponse } from "../../../runtime/contract/api.ts";
import type { AskBroker, ContextForToken } from "../../../runtime/shared/credentials.ts";
import { createContextCache } from "../../../runtime/shared/credentials.ts";
import { InvalidToken } from "../../../runtime/shared/errors.ts";
import { TenantContext } from "../../../runtime/shared/tenant-context.ts";
import { interleaved, SEED } from "../support/interleaving.ts";
import type { Run } from "../support/interleaving.ts";

/** Whose a token is. */
interface Holder {
  readonly token: string;
  readonly tenantId: string;
  readonly sub: string;
  readonly groups: readonly string[];
  /** From the run's start to the token's end. */
  readonly livesMs: number;
}

const MINUTE = 60_000;
const SESSION_MS = 15 * MINUTE;

const sha256 = (text: string) => createHash("sha256").update(text).digest("base64");

/**
 * Tokens that are easily mixed up: one long beginning, hashes that begin alike, one `sub` in two tenants, tenants whose ids begin alike,
 * and a user's next token, with other groups.
 */
const HOLDERS: readonly Holder[] = [
  holder("acme", "sub-1", ["regular"], 15),
  holder("acme", "sub-1", ["regular", "platinum"], 30),
  holder("acme", "sub-2", [], 2),
  holder("acme-2", "sub-1", ["regular"], 15),
  holder("acme-2", "sub-3", ["platinum"], 60),
  holder("globex", "sub-4", ["regular"], 3),
];

function holder(tenantId: string, sub: string, groups: readonly string[], minutes: number): Holder {
  for (let serial = 0; ; serial++) {
    const token = `eyJhbGciOiJSUzI1NiIsImtpZCI6ImtleS0xIn0.${tenantId}/${sub}/${minutes}/${serial}`;
    if (sha256(token).startsWith("B")) return { token, tenantId, sub, groups, livesMs: minutes * MINUTE };
  }
}

type Answer = "grant" | "throw" | "unavailable" | "nonsense";
type Action =
  | { readonly kind: "request"; readonly who: number; readonly answer: Answer }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "suspend" | "resume"; readonly tenantId: string }
  | { readonly kind: "flood" };

const actions: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("request" as const),
      who: fc.nat(HOLDERS.length - 1),
      answer: fc.oneof(
        { weight: 5, arbitrary: fc.constant("grant" as const) },
        { weight: 2, arbitrary: fc.constantFrom<Answer>("throw", "unavailable", "nonsense") },
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.constantFrom(1, 30_000, MINUTE, 2 * MINUTE, 5 * MINUTE, 14 * MINUTE, 61 * MINUTE),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom("suspend" as const, "resume" as const),
      tenantId: fc.constantFrom("acme", "acme-2", "globex"),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "flood" as const }) },
);

/** The property of a cache of contexts, over a broker that knows whose each token is. */
function neverMixesUp(createCache: (askBroker: AskBroker) => ContextForToken, flooding = true) {
  return interleaved(actions, (run) => {
    const startedAt = run.clock.now();
    const suspended = new Set<string>();
    const answers = new Map<string, Answer>();
    const ends = new Map<string, number>();
    let sessions = 0;

    const grantFor = (who: Holder): BrokerResponse => {
      const tokenEnds = startedAt + who.livesMs;
      if (tokenEnds <= run.clock.now()) return { granted: false, code: "invalid-token" };
      if (suspended.has(who.tenantId)) return { granted: false, code: "tenant-not-active" };
      const expiration = run.clock.now() + SESSION_MS;
      const expires = Math.min(tokenEnds, expiration);
      const accessKeyId = `${HOLDERS.indexOf(who)}#${++sessions}`;
      ends.set(accessKeyId, expires);
      return {
        granted: true,
        grant: {
          tenant: { id: who.tenantId, budget: { questions: 1, tokens: 1 } },
          user: { sub: who.sub, username: who.sub, issuer: "https://issuer.example", groups: who.groups },
          credentials: {
            accessKeyId,
            secretAccessKey: "secret",
            sessionToken: "session",
            expiration: new Date(expiration).toISOString(),
          },
          expires: new Date(expires).toISOString(),
        },
      };
    };
    const contextFor = createCache(({ token }) => {
      const who = HOLDERS.find((each) => each.token === token);
      if (!who) return Promise.resolve(grantFor({ ...HOLDERS[0]!, token, livesMs: 24 * 60 * MINUTE }));
      const how = answers.get(token) ?? "grant";
      const answer = () => {
        if (how === "throw") throw new Error("the broker did not answer");
        if (how === "unavailable") return { granted: false, code: "unavailable" } as const;
        if (how === "nonsense") return {} as BrokerResponse;
        return grantFor(who);
      };
      const isOver = (given: BrokerResponse) =>
        !("grant" in given) || Date.parse(given.grant.expires) <= run.clock.now();
      return run.ask(token, answer, isOver);
    });

    const request = (index: number) => {
      const who = HOLDERS[index]!;
      const began = run.step();
      contextFor(who.token).then(
        (context) => {
          const { accessKeyId } = context.credentials;
          const told = JSON.stringify([context.tenantId, context.user.sub, context.user.groups]);
          run.expect(
            told === JSON.stringify([who.tenantId, who.sub, who.groups]),
            `${who.token} is told ${told}`,
          );
          run.expect(accessKeyId.startsWith(`${index}#`), `${who.token} has credentials of ${accessKeyId}`);
          run.expect((ends.get(accessKeyId) ?? 0) > run.clock.now(), `${who.token} has a grant that is over`);
          const client = context.once("client", (credentials) => credentials.accessKeyId);
          run.expect(client === accessKeyId, `${who.token} has a client of ${client}`);
        },
        () => {
          run.expect(
            run.failedSince(who.token, began),
            `${who.token} is refused for what was before or another's`,
          );
        },
      );
    };
    return async (action) => {
      switch (action.kind) {
        case "request":
          answers.set(HOLDERS[action.who]!.token, action.answer);
          request(action.who);
          break;
        case "wait":
          run.clock.advance(action.ms);
          break;
        case "suspend":
          suspended.add(action.tenantId);
          break;
        case "resume":
          suspended.delete(action.tenantId);
          break;
        case "flood":
          if (flooding && !suspended.has("acme")) await flood(run, contextFor);
          break;
      }
    };
  });
}

/** More tokens than the cache holds: those that were in it are pushed out, finished or not. */
async function flood(run: Run, contextFor: ContextForToken): Promise<void> {
  const round = run.step();
  await Promise.all(Array.from({ length: 510 }, (_, index) => contextFor(`flood/${round}/${index}`)));
}

interface Mistakes {
  readonly key?: (token: string) => string;
  readonly sharesAnyFlight?: boolean;
  readonly remembersFailures?: boolean;
  readonly endsAfterMs?: number;
  readonly takesWhatIsOver?: boolean;
}

/** A cache made by hand that is right without options; each option is a mistake that somebody could make. */
function handMade(mistakes: Mistakes = {}): (askBroker: AskBroker) => ContextForToken {
  const key = mistakes.key ?? sha256;
  return (askBroker) => {
    const ready = new Map<string, { context: TenantContext; until: number }>();
    const flights = new Map<string, Promise<TenantContext>>();
    const obtain = async (token: string) => {
      const answer = (await askBroker({ token })) as BrokerResponse;
      if (!("grant" in answer)) throw new InvalidToken("refused-by-broker");
      const end = Date.parse(answer.grant.expires);
      if (end <= Date.now() && !mistakes.takesWhatIsOver) throw new InvalidToken("expired");
      const context = TenantContext.fromGrant(answer.grant);
      ready.set(key(token), {
        context,
        until: mistakes.endsAfterMs ? Date.now() + mistakes.endsAfterMs : end,
      });
      return context;
    };
    return async (token) => {
      const hit = ready.get(key(token));
      if (hit && hit.until > Date.now()) return hit.context;
      const name = mistakes.sharesAnyFlight ? "any" : key(token);
      const flight = flights.get(name) ?? obtain(token);
      flights.set(name, flight);
      const land = () => flights.delete(name);
      flight.then(land, mistakes.remembersFailures ? () => undefined : land);
      return flight;
    };
  };
}

describe(`contexts of tokens, interleaved (BULKHEAD_TEST_SEED=${SEED})`, function () {
  this.timeout(240_000);

  it("are always the token's own tenant's and user's, never over, and never another request's failure", async () => {
    await fc.assert(neverMixesUp(createContextCache), { seed: SEED, numRuns: 300 });
  });

  it("the property lets a right cache pass", async () => {
    await fc.assert(neverMixesUp(handMade(), false), { seed: SEED, numRuns: 300 });
  });

  const claimOf = (token: string, index: number) => token.split(".")[1]!.split("/")[index]!;
  const mutants: readonly (readonly [name: string, Mistakes])[] = [
    ["is keyed by user", { key: (token) => claimOf(token, 1) }],
    ["is keyed by tenant", { key: (token) => claimOf(token, 0) }],
    ["is keyed by tenant and user", { key: (token) => `${claimOf(token, 0)}/${claimOf(token, 1)}` }],
    ["is keyed by a token's beginning", { key: (token) => token.slice(0, 44) }],
    ["is keyed by a hash's beginning", { key: (token) => sha256(token).slice(0, 1) }],
    ["shares one flight among tokens", { sharesAnyFlight: true }],
    ["remembers failures", { remembersFailures: true }],
    ["keeps a grant for a fixed time", { endsAfterMs: 10 * MINUTE }],
    ["takes a grant that is over when it comes", { takesWhatIsOver: true }],
  ];
  for (const [name, mistakes] of mutants)
    it(`the property catches a cache that ${name}`, async () => {
      const { failed } = await fc.check(neverMixesUp(handMade(mistakes), false), {
        seed: SEED,
        numRuns: 20_000,
        endOnFailure: true,
      });
      assert.ok(failed);
    });
});

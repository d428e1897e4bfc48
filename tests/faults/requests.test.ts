/** Requests to the API while a service that they need is slow, broken or answers nonsense: a bounded wait, then a clear failure. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import type { ChatResponse, Problem } from "../../runtime/contract/api.ts";
import type { FunctionName } from "../../runtime/contract/names.ts";
import { DEPENDENCIES } from "../../runtime/shared/dependencies.ts";
import { NOBODY, readSidecar, sidecar } from "../../runtime/shared/sidecar.ts";
import { proxyEvent } from "../runtime/support/http-events.ts";
import { HURRY, type Policy } from "./support/functions.ts";
import { MISBEHAVIOUR, type Misbehaviour } from "./support/misbehaviour.ts";
import { TENANT, type Decide, type Dependency } from "./support/services.ts";
import { setting } from "./support/setting.ts";

interface Ending {
  readonly status: number;
  readonly tries: "all" | "one" | "some";
}

interface RequestCase {
  readonly name: string;
  readonly function: FunctionName;
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly dependencies: readonly {
    readonly name: Dependency;
    readonly policy: Policy;
    readonly requests: number;
    readonly except?: Readonly<Partial<Record<Misbehaviour, Partial<Ending>>>>;
  }[];
}

interface Malformed {
  readonly dependency: Dependency;
  readonly what: string;
  readonly body: object;
}

const scenarios = parse(
  readFileSync(join(import.meta.dirname, "../scenarios/faults/requests.yaml"), "utf8"),
) as {
  readonly misbehaviours: Readonly<Record<Misbehaviour, Ending>>;
  readonly requests: readonly RequestCase[];
  readonly malformed: readonly Malformed[];
};

/** For what a busy machine adds to a wait. */
const SLACK_MS = 4000;
/** Those that end by time: their dependency is hurried. */
const ENDLESS: ReadonlySet<Misbehaviour> = new Set(["silent", "stalled"]);

const FAULTS = Object.keys(scenarios.misbehaviours) as Misbehaviour[];
const DOCUMENT = `${TENANT}/a.md`;

describe("faults: requests", function () {
  this.timeout(240_000);
  const world = setting(["chat", "documents"]);
  const { services } = world;
  let tokens = 0;

  const begin = (groups?: readonly string[]): void => {
    services.reset();
    services.bucket.put(DOCUMENT, "old");
    services.bucket.put(`${DOCUMENT}.metadata.json`, sidecar(TENANT, groups));
  };
  beforeEach(() => {
    begin();
  });

  /** With a token of its own, so that nothing is remembered from an earlier request. */
  const send = async (request: RequestCase, hurry?: Policy) => {
    const token = `t${(tokens += 1)}`;
    const { method, path, body, parameters } = request;
    const event = proxyEvent({
      method,
      path,
      ...(body && { body }),
      ...(parameters && { parameters }),
      headers: { Authorization: `Bearer ${token}` },
      authorizedTenant: TENANT,
    });
    const { value, error, ms } = await world.functions.invoke(request.function, event, { hurry });
    assert.equal(error, undefined);
    const answer = value as { statusCode: number; headers: Record<string, string>; body: string };
    return { status: answer.statusCode, headers: answer.headers, text: answer.body, ms };
  };
  const always =
    (wanted: Dependency, fault: Misbehaviour | object): Decide =>
    (dependency) =>
      dependency === wanted ? (fault as Misbehaviour) : undefined;

  /** Says that something is not available, when to come back, and nothing of the inside. */
  const assertClear = (answer: Awaited<ReturnType<typeof send>>, status: number): void => {
    assert.equal(answer.status, status, answer.text);
    const { type, title, ...rest } = JSON.parse(answer.text) as Problem;
    if (status !== 503 && status !== 504) return;
    assert.equal(type, `urn:bulkhead:problem:${status === 503 ? "unavailable" : "timeout"}`);
    assert.match(title, /try again/);
    assert.deepEqual(rest, { status, requestId: "request-1" });
    assert.match(answer.headers["retry-after"] ?? "", /^[1-9]\d?$/);
    assert.equal(answer.headers["content-type"], "application/problem+json");
  };

  const question = scenarios.requests[0]!;

  for (const request of scenarios.requests)
    describe(request.name, () => {
      it("is answered while all is well", async () => {
        const { status, text } = await send(request);
        assert.equal(status, request.status, text);
        if (request !== question) return;
        const { answered, citations } = JSON.parse(text) as ChatResponse;
        assert.ok(answered);
        assert.deepEqual(
          citations.map(({ corpus }) => corpus),
          ["tenant", "shared"],
        );
      });

      for (const { name, policy, requests, except } of request.dependencies) {
        const { attempts, totalMs } = DEPENDENCIES[policy];

        const endingBy = (fault: Misbehaviour): Ending => ({
          ...scenarios.misbehaviours[fault],
          ...except?.[fault],
        });
        const passing = FAULTS.filter((fault) => endingBy(fault).tries === "all");

        it(`survives one fault of ${name} that passes`, async () => {
          assert.ok(passing.length >= 4);
          for (const fault of passing) {
            begin();
            services.decide = (dependency, nth) => (dependency === name && nth === 1 ? fault : undefined);
            const { status, text } = await send(request);
            assert.equal(status, request.status, `${fault}: ${text}`);
          }
        });

        for (const fault of FAULTS)
          it(`fails clearly when ${name} is ${fault}`, async () => {
            const { status, tries } = endingBy(fault);
            const isEndless = ENDLESS.has(fault);
            // A cold start is not a part of the wait.
            if (isEndless) await send(request, policy);
            begin();
            services.decide = always(name, fault);
            const answer = await send(request, isEndless ? policy : undefined);
            assertClear(answer, status);
            const seen = services.counts.get(name) ?? 0;
            const most = tries === "one" ? requests : attempts * requests;
            const least = tries === "all" ? attempts : 1;
            assert.ok(
              seen >= least && seen <= most,
              `${name} was asked ${seen} times, not ${least} to ${most}`,
            );
            const limit = (isEndless ? totalMs / HURRY : totalMs) + SLACK_MS;
            assert.ok(answer.ms < limit, `took ${Math.round(answer.ms)} ms of ${limit}`);
          });
      }
    });

  it("covers every way to misbehave", () => {
    assert.deepEqual(Object.keys(scenarios.misbehaviours).sort(), Object.keys(MISBEHAVIOUR).sort());
  });

  describe("answers that are not whole", () => {
    for (const { dependency, what, body } of scenarios.malformed)
      it(`are no part of an answer: ${what} from the ${dependency}`, async () => {
        services.decide = always(dependency, { status: 200, body: JSON.stringify(body) });
        assertClear(await send(question), 503);
      });
  });

  describe("an upload that stops halfway", () => {
    const uploadFor = (groups: readonly string[] | undefined): RequestCase => ({
      ...scenarios.requests[2]!,
      body: { name: "a.md", content: "new", ...(groups && { groups }) },
    });
    const LIMITS: readonly (readonly [
      before: readonly string[] | undefined,
      after: readonly string[] | undefined,
    ])[] = [
      [undefined, ["regular"]],
      [["regular"], undefined],
    ];
    /** Each text has its own limits or none at all may see it. */
    const assertNoLeak = (what: string, [before, after]: (typeof LIMITS)[number]): void => {
      const text = services.bucket.objects.get(DOCUMENT)?.body.toString();
      const { groups } = readSidecar(services.bucket.objects.get(`${DOCUMENT}.metadata.json`)!.body, TENANT);
      const own = text === "new" ? after : before;
      assert.ok(
        groups?.includes(NOBODY) === true || isDeepStrictEqual(groups, own),
        `${what}: ${String(groups)}`,
      );
    };

    for (const fault of ["unavailable", "dropped", "html", "after"] as const)
      it(`by ${fault} shows nothing under the wrong limits, and can be repeated`, async () => {
        for (const limits of LIMITS)
          for (let step = 1; step <= 5; step++) {
            begin(limits[0]);
            const lasts = fault !== "after";
            services.decide = (dependency, nth) =>
              dependency === "document store" && (lasts ? nth >= step : nth === step) ? fault : undefined;
            const what = `request ${step}`;
            const { status, text } = await send(uploadFor(limits[1]));
            assert.ok(status === 503 || (status === 202 && fault === "after"), `${what}: ${status} ${text}`);
            assertNoLeak(what, limits);
            services.decide = () => undefined;
            const again = await send(uploadFor(limits[1]));
            assert.equal(again.status, 202, `${what}: ${again.text}`);
            assert.equal(services.bucket.objects.get(DOCUMENT)?.body.toString(), "new");
            assertNoLeak(what, limits);
          }
      });
  });

  it("a deletion is not done because something answers 200", async () => {
    const deletion = scenarios.requests[3]!;
    // Metadata and listing are read first, then the document is deleted.
    services.decide = (dependency, nth) =>
      dependency === "document store" && nth === 3 ? "html" : undefined;
    assertClear(await send(deletion), 503);
    assert.ok(services.bucket.objects.has(DOCUMENT));
  });
});

import assert from "node:assert/strict";

import fc from "fast-check";

import type { RegistryItem } from "../../../runtime/contract/registry.ts";
import type { GetItem } from "../../../runtime/shared/dynamodb.ts";
import type { ReadStatus } from "../../../runtime/shared/registry.ts";
import { createStatusReader, readItem, STATUS_MAX_AGE_MS } from "../../../runtime/shared/registry.ts";
import { registryItem } from "../support/grants.ts";
import { interleaved, SEED } from "../support/interleaving.ts";

type Status = RegistryItem["status"] | "unknown";
type Action =
  | { readonly kind: "read"; readonly tenantId: string; readonly fails: boolean }
  | { readonly kind: "change"; readonly tenantId: string; readonly to: Status }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "flood" };

/** Ids that begin alike. */
const TENANTS = ["acme", "acme-2", "acme-20", "globex"];
const OWN = { accessKeyId: "own", secretAccessKey: "own", sessionToken: "own" };

const tenant = fc.constantFrom(...TENANTS);
const actions: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constant("read" as const), tenantId: tenant, fails: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("change" as const),
      tenantId: tenant,
      to: fc.constantFrom<Status>("active", "suspended", "offboarding", "unknown"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.constantFrom(1, STATUS_MAX_AGE_MS / 2, STATUS_MAX_AGE_MS - 1, STATUS_MAX_AGE_MS + 1),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "flood" as const }) },
);

/** The property of a reader of statuses: what it says was so at most the stated time before the request. */
function neverMixesUp(create: (getItem: GetItem) => ReadStatus, flooding = true) {
  return interleaved(actions, (run) => {
    /** What each tenant's status was, and from when. */
    const history = new Map<string, { from: number; status: Status }[]>(
      TENANTS.map((id) => [id, [{ from: 0, status: "active" }]]),
    );
    const statusOf = (id: string): Status => history.get(id)?.at(-1)?.status ?? "active";
    const wasSo = (id: string, status: Status, since: number) =>
      history
        .get(id)!
        .some((each, index, all) => each.status === status && (all[index + 1]?.from ?? Infinity) >= since);
    const failing = new Set<string>();

    const readStatus = create((_credentials, _table, { tenant_id: id = "" }) => {
      const item = () => {
        if (failing.has(id)) throw new Error("DynamoDB is down");
        const status = statusOf(id);
        return status === "unknown" ? undefined : { ...registryItem(id, { status }) };
      };
      return TENANTS.includes(id) ? run.ask(id, item, () => false) : Promise.resolve(item());
    });

    const read = (id: string) => {
      const began = run.step();
      const since = run.clock.now() - STATUS_MAX_AGE_MS;
      readStatus(id).then(
        (item) => {
          run.expect(item === undefined || item.tenant_id === id, `${id} is told of ${item?.tenant_id}`);
          const status = item?.status ?? "unknown";
          run.expect(wasSo(id, status, since), `${id} is still ${status}`);
        },
        () => {
          run.expect(
            run.failedSince(id, began),
            `${id} is refused for a failure that was before, or another's`,
          );
        },
      );
    };
    return async (action) => {
      switch (action.kind) {
        case "read":
          if (action.fails) failing.add(action.tenantId);
          else failing.delete(action.tenantId);
          read(action.tenantId);
          break;
        case "change":
          history.get(action.tenantId)!.push({ from: run.clock.now(), status: action.to });
          break;
        case "wait":
          run.clock.advance(action.ms);
          break;
        case "flood":
          // More tenants than the reader remembers.
          if (flooding)
            await Promise.all(Array.from({ length: 1010 }, (_, index) => readStatus(`other-${index}`)));
          break;
      }
    };
  });
}

interface Mistakes {
  readonly key?: (tenantId: string) => string;
  readonly maxAgeMs?: number;
  readonly remembersFailures?: boolean;
  readonly takesFailuresForAnswers?: boolean;
}

/** A reader made by hand that is right without options; each option is a mistake that somebody could make. */
function handMade(mistakes: Mistakes = {}): (getItem: GetItem) => ReadStatus {
  const key = mistakes.key ?? ((id) => id);
  const maxAge = mistakes.maxAgeMs ?? STATUS_MAX_AGE_MS;
  return (getItem) => {
    const known = new Map<string, { until: number; item: Promise<RegistryItem | undefined> }>();
    return (id) => {
      const hit = known.get(key(id));
      if (hit && hit.until > Date.now()) return hit.item;
      const read = readItem(getItem, "registry", OWN, id);
      const item = mistakes.takesFailuresForAnswers ? read.catch(() => undefined) : read;
      const entry = { until: Date.now() + maxAge, item };
      known.set(key(id), entry);
      if (!mistakes.remembersFailures)
        item.catch(() => {
          if (known.get(key(id)) === entry) known.delete(key(id));
        });
      return item;
    };
  };
}

describe(`statuses of tenants, interleaved (BULKHEAD_TEST_SEED=${SEED})`, function () {
  this.timeout(240_000);

  it("are the tenant's own, never older than stated, and never another request's failure", async () => {
    const create = (getItem: GetItem) => createStatusReader(getItem, "registry", OWN);
    await fc.assert(neverMixesUp(create), { seed: SEED, numRuns: 300 });
  });

  it("the property lets a right reader pass", async () => {
    await fc.assert(neverMixesUp(handMade(), false), { seed: SEED, numRuns: 300 });
  });

  const mutants: readonly (readonly [name: string, Mistakes])[] = [
    ["is keyed by an id's beginning", { key: (id) => id.slice(0, 4) }],
    ["is keyed by an id's first part", { key: (id) => id.split("-")[0]! }],
    ["is keyed by nothing", { key: () => "" }],
    ["remembers for longer than stated", { maxAgeMs: STATUS_MAX_AGE_MS + 2 }],
    ["remembers for ever", { maxAgeMs: Infinity }],
    ["remembers failures", { remembersFailures: true }],
    ["takes a failure for an answer", { takesFailuresForAnswers: true }],
  ];
  for (const [name, mistakes] of mutants)
    it(`the property catches a reader that ${name}`, async () => {
      const { failed } = await fc.check(neverMixesUp(handMade(mistakes), false), {
        seed: SEED,
        numRuns: 20_000,
        endOnFailure: true,
      });
      assert.ok(failed);
    });
});

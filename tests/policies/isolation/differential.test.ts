import assert from "node:assert/strict";
import fc from "fast-check";
import { anyCase, type Case } from "./differential/cases.ts";
import { DISAGREEMENTS, REFUSALS } from "./differential/disagreements.ts";
import { EXAMPLES } from "./differential/examples.ts";
import { judge, type Judgement } from "./differential/judge.ts";

const CASES = 20_000;
/** `BULKHEAD_TEST_SEED` repeats a run. */
const SEED = Number(process.env["BULKHEAD_TEST_SEED"] ?? Date.now() % 2 ** 31);

/** At least so many in a hundred cases: a grammar that hits nothing proves nothing. */
const SHARES: Readonly<Record<string, number>> = {
  allowed: 25,
  "explicit deny: identity": 2,
  "explicit deny: resource": 2,
  "explicit deny: boundary": 0.5,
  "explicit deny: session": 0.2,
  "explicit deny: scp": 0.5,
  "explicit deny: rcp": 0.5,
  "implicit deny: nothing allows": 5,
  "implicit deny: boundary or session policy": 1,
  "implicit deny: resource policy must allow": 2,
  "implicit deny: other account": 2,
  "implicit deny: service control policy": 0.3,
};

function shareOf({ ours }: Judgement): string {
  if (ours.reason === "explicit-deny") return `explicit deny: ${ours.by?.kind ?? "?"}`;
  if (ours.reason !== "implicit-deny") return ours.reason;
  if (ours.detail.includes("it limits the caller")) return "implicit deny: boundary or session policy";
  if (ours.detail.includes("it has to allow by itself")) return "implicit deny: resource policy must allow";
  if (ours.detail.includes("of another account")) return "implicit deny: other account";
  if (/not in (?:FullAWSAccess, )?SCP/.test(ours.detail)) return "implicit deny: service control policy";
  return "implicit deny: nothing allows";
}

const describeCase = (test: Case, { ours, theirs }: Judgement): string =>
  `${JSON.stringify(test, undefined, 2)}\nours: ${ours.reason} (${ours.detail})\niam-simulate: ${theirs}\n` +
  "Neither mended nor explained in differential/disagreements.ts.";

describe("evaluator against iam-simulate", () => {
  const counts = new Map<string, number>();
  const add = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);

  it(`decides ${CASES} cases alike, or the difference is explained (BULKHEAD_TEST_SEED=${SEED})`, async function () {
    this.timeout(600_000);
    let failed = false;
    await fc.assert(
      fc.asyncProperty(anyCase, async (test) => {
        const judged = await judge(test);
        if (!failed) {
          add(shareOf(judged));
          for (const id of judged.classes ?? []) add(`differs: ${id}`);
        }
        failed ||= judged.classes === undefined;
        assert.ok(judged.classes, describeCase(test, judged));
      }),
      { seed: SEED, numRuns: CASES },
    );
  });

  for (const [what, percent] of Object.entries(SHARES))
    it(`meets '${what}' in at least ${percent} of 100 cases`, () => {
      const share = (100 * (counts.get(what) ?? 0)) / CASES;
      assert.ok(share >= percent, `${share.toFixed(2)} of 100, seed ${SEED}: ${show(counts)}`);
    });

  it("every class of disagreement still occurs, in its smallest case", async () => {
    const ids = [...DISAGREEMENTS, ...REFUSALS].map(({ id }) => id);
    assert.deepEqual(Object.keys(EXAMPLES).sort(), ids.sort());
    for (const [id, test] of Object.entries(EXAMPLES)) {
      const judged = await judge(test);
      assert.deepEqual(judged.classes, [id], describeCase(test, judged));
    }
  });

  it("every class has its reason and its source", () => {
    for (const { id, why, source } of [...DISAGREEMENTS, ...REFUSALS])
      assert.ok(why.length > 20 && /Guide,/.test(source), id);
  });
});

const show = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort()
    .map(([what, count]) => `${what} ${count}`)
    .join(", ");

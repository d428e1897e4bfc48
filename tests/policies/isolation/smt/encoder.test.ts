import assert from "node:assert/strict";
import fc from "fast-check";
import { decide, PolicyError } from "../../../../policies/isolation/index.ts";
import { literal } from "../../../../policies/isolation/smt/formula.ts";
import { EncodingGap } from "../../../../policies/isolation/smt/gap.ts";
import { symbolicDecision } from "../../../../policies/isolation/smt/decision.ts";
import { startZ3, type Z3 } from "../../../../policies/isolation/smt/z3.ts";
import { anyWorld, concrete, STAND_INS, symbolic, type World } from "./worlds.ts";

const CASES = 2500;
/** Cases that z3 is given at once. */
const BATCH = 100;
/** `BULKHEAD_TEST_SEED` repeats a run. */
const SEED = Number(process.env["BULKHEAD_TEST_SEED"] ?? Date.now() % 2 ** 31);

/** The variables as definitions, and what is asked of them. */
function encoded(world: World): string {
  const { allowed, denied, unsupported } = symbolicDecision(symbolic(world), world.policies, STAND_INS, {
    mode: world.mode,
  });
  const defined = Object.entries(world.values).map(([name, value]) =>
    typeof value === "string"
      ? `(define-fun ${name} () String ${literal(value)})`
      : `(define-fun ${name} () Bool ${value})`,
  );
  const asked = [allowed, denied, unsupported].map((formula) => `(simplify ${formula})`);
  return ["(push)", ...defined, ...asked, "(pop)"].join("\n");
}

describe("encoder of policies as formulas", () => {
  let z3: Z3;
  before(async function () {
    this.timeout(240_000);
    z3 = await startZ3();
  });
  after(async function () {
    this.timeout(240_000);
    await z3.end();
  });

  it(`decides ${CASES} cases as the evaluator does (BULKHEAD_TEST_SEED=${SEED})`, async function () {
    this.timeout(600_000);
    const counts = new Map<string, number>();
    const add = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
    const worlds = fc.sample(anyWorld, { seed: SEED, numRuns: CASES });
    let batch: { readonly world: World; readonly script: string }[] = [];
    const judge = async (): Promise<void> => {
      const lines = (await z3.evaluate(batch.map(({ script }) => script).join("\n"))).trim().split("\n");
      assert.equal(lines.length, 3 * batch.length, lines.join("\n"));
      batch.forEach(({ world }, i) => {
        const { request, policies } = concrete(world);
        const { reason, detail } = decide(request, policies, { resourcePolicyMode: world.mode });
        add(reason);
        const [allowed, denied, unsupported] = lines.slice(3 * i, 3 * i + 3);
        assert.deepEqual(
          { allowed, denied, unsupported },
          {
            allowed: String(reason === "allowed"),
            denied: String(reason === "explicit-deny"),
            unsupported: String(reason === "unsupported"),
          },
          `${reason}: ${detail}\n${JSON.stringify({ world, request, policies }, undefined, 1)}`,
        );
      });
      batch = [];
    };
    for (const world of worlds) {
      try {
        batch.push({ world, script: encoded(world) });
      } catch (error) {
        if (!(error instanceof EncodingGap || error instanceof PolicyError)) throw error;
        add(
          `not encoded: ${error instanceof EncodingGap ? error.message.replace(/with .*/, "") : "no policy"}`,
        );
      }
      if (batch.length === BATCH) await judge();
    }
    await judge();
    const share = (reason: string): number => (100 * (counts.get(reason) ?? 0)) / CASES;
    for (const [reason, percent] of [
      ["allowed", 10],
      ["explicit-deny", 5],
      ["implicit-deny", 10],
      ["unsupported", 1],
    ] as const)
      assert.ok(
        share(reason) >= percent,
        `${reason}: ${share(reason)} of 100; ${JSON.stringify([...counts])}`,
      );
  });
});

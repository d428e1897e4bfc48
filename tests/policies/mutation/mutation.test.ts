import assert from "node:assert/strict";
import type { AccountModel } from "../../../policies/isolation/model/account.ts";
import { judge } from "../../../policies/isolation/prove/judge.ts";
import { baseAccount, judged, mutantsOf, shuffled } from "./run.ts";

/** So many here; `npm run bench -- --only mutation-score` takes hundreds. */
const SAMPLE = 16;
/** `BULKHEAD_TEST_SEED` picks others. */
const SEED = Number(process.env["BULKHEAD_TEST_SEED"] ?? 1);

describe("mutants of the deployed policies", function () {
  // The program runs in a process of its own, and each mutant is judged anew: minutes on a machine that is busy.
  this.timeout(900_000);
  let base: AccountModel;
  before(async () => {
    base = await baseAccount();
  });

  it("are made of an account in which nothing is wrong", () => {
    const { counterexamples, gaps } = judge(base);
    assert.deepEqual([...counterexamples, ...gaps], []);
  });

  it("are of every kind, and more than two thousand", () => {
    const mutants = mutantsOf(base);
    assert.ok(mutants.length > 2000, String(mutants.length));
    assert.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length, "names are unique");
    for (const operator of [
      "drop statement",
      "drop action",
      "drop condition",
      "drop policy",
      "drop boundary",
      "widen action",
      "widen resource",
      "widen principal",
      "widen value",
      "widen exemption",
      "swap operator",
      "swap value",
      "retag",
      "merge",
      "weaken trust",
      "add an Allow",
    ])
      assert.ok(
        mutants.some((mutant) => mutant.operator === operator),
        operator,
      );
  });

  it(`are caught where they change a decision for the worse: ${SAMPLE} of them (BULKHEAD_TEST_SEED=${SEED})`, () => {
    const survived: string[] = [];
    let caught = 0;
    for (const { mutant, fate } of judged(base, shuffled(mutantsOf(base), SEED).slice(0, SAMPLE))) {
      if (fate.fate === "caught") caught++;
      else if (fate.fate === "survived") survived.push(`${mutant.name}\n  ${fate.change}`);
    }
    assert.deepEqual(survived, []);
    assert.ok(caught > 0, "none of the sample is caught");
  });
});

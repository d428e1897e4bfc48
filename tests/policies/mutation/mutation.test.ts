import assert from "node:assert/strict";
import { prove } from "../../../policies/isolation/prove/index.ts";
import { type Account, deployedAccount, edited } from "./account.ts";
import { provenWrong } from "./catchers.ts";
import { Court, type Judged, survives } from "./judged.ts";
import type { Mutant } from "./mutant.ts";
import { mutantsOf, shuffled } from "./mutants.ts";
import { counts, linesOf, scoreOf, totals } from "./score.ts";
import { everythingAsked } from "./world.ts";

/** So many here; `npm run bench -- --only mutation-score` takes those that 500 to be caught are among. */
const SAMPLE = 24;
/** `BULKHEAD_TEST_SEED` picks others. */
const SEED = Number(process.env["BULKHEAD_TEST_SEED"] ?? 1);

const KINDS = [
  "add an Allow",
  "drop action",
  "drop boundary",
  "drop condition",
  "drop key",
  "drop policy",
  "drop principal",
  "drop resource",
  "drop statement",
  "merge",
  "retag",
  "swap boundary",
  "swap key",
  "swap operator",
  "swap qualifier",
  "swap tenant",
  "weaken engine",
  "weaken permission",
  "weaken trust",
  "widen action",
  "widen admin document",
  "widen exemption",
  "widen principal",
  "widen resource",
  "widen value",
];

/** One that either catcher sees: without both it survives. */
const SEEN_BY_BOTH = "drop policy: all of acme-documents-policy (BucketPolicy)";

describe("mutants of the deployed policies", function () {
  // The program runs in a process of its own, and each mutant is judged anew: a minute on a machine that is busy.
  this.timeout(600_000);
  let account: Account;
  let mutants: readonly Mutant[];
  before(async () => {
    account = await deployedAccount();
    mutants = mutantsOf(account);
  });

  it("are made of an account in which nothing is wrong", () => {
    assert.deepEqual(provenWrong(account.model), []);
  });

  it("are compared over requests that are each their own", () => {
    const said = new Map<string, string>();
    for (const [key, { parts }] of everythingAsked(account.model)) {
      const request = JSON.stringify(parts);
      assert.ok((said.get(key) ?? request) === request, `two requests are called ${key}`);
      said.set(key, request);
    }
    assert.ok(said.size > 3000, String(said.size));
  });

  it("are of every kind, thousands, each named and the same each time", () => {
    assert.ok(mutants.length > 5000, String(mutants.length));
    assert.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length, "names are unique");
    assert.deepEqual([...new Set(mutants.map(({ operator }) => operator))].sort(), KINDS);
    assert.deepEqual(
      shuffled(mutantsOf(account), SEED).map(({ name }) => name),
      shuffled(mutants, SEED).map(({ name }) => name),
    );
  });

  it("count for nothing where AWS would not take them", async () => {
    const invalid = mutants.find(({ invalid }) => invalid !== undefined);
    assert.ok(invalid);
    const court = await Court.of(account, { proof: false, pack: false });
    const judged = await court.judge(invalid);
    assert.equal(judged.effect, "invalid");
    assert.equal(counts(judged), false);
  });

  it(`are caught where they let in more or break a layer: ${SAMPLE} of them (BULKHEAD_TEST_SEED=${SEED})`, async () => {
    const court = await Court.of(account);
    const judged: Judged[] = [];
    for (const mutant of shuffled(mutants, SEED).slice(0, SAMPLE)) judged.push(await court.judge(mutant));
    const score = scoreOf(judged);
    const told = linesOf(score).join("\n");
    assert.deepEqual(score.survivors, [], told);
    assert.deepEqual(score.disagreed, [], told);
    assert.ok(totals(score).caught > 2, told);
  });

  it("are judged by the proof as `prove` makes it", async () => {
    const mutant = mutants.find(({ name }) => name === SEEN_BY_BOTH);
    assert.ok(mutant);
    const { model } = edited(account, mutant.edit);
    const { counterexamples } = await prove(model, { allIds: false });
    const told = provenWrong(model).map(({ what }) => what);
    assert.ok(counterexamples.length > 0);
    for (const { question, summary } of counterexamples)
      assert.ok(
        told.some((what) => summary.startsWith(what)),
        `${question}: ${summary}`,
      );
  });

  it("survive where a catcher is missing", async () => {
    const blind = await Court.of(account, { proof: false, pack: false });
    const found = mutants.find(({ name }) => name === SEEN_BY_BOTH);
    assert.ok(found);
    const unseen = await blind.judge(found);
    assert.equal(unseen.effect, "worse");
    assert.ok(survives(unseen));
    const score = scoreOf([unseen]);
    assert.deepEqual(totals(score), { caught: 0, of: 1 });
    assert.equal(score.survivors.length, 1);
    for (const catchers of [
      { proof: true, pack: false },
      { proof: false, pack: true },
    ])
      assert.ok(!survives(await (await Court.of(account, catchers)).judge(found)), JSON.stringify(catchers));
  });
});

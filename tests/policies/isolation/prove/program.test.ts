import assert from "node:assert/strict";
import type { ModelResource } from "../../../../policies/isolation/model/resource.ts";
import { judge } from "../../../../policies/isolation/prove/index.ts";
import { FAULTS } from "./support/faults.ts";
import { accountOf, programResources } from "./support/stack.ts";

// The program runs in a process of its own, and every fault is judged anew: minutes on a machine that is busy.
const PATIENCE = 600_000;

describe("the isolation proof of the program", function () {
  this.timeout(PATIENCE);
  let resources: readonly ModelResource[];
  before(async () => {
    resources = await programResources("local", "first");
  });

  it("finds nothing wrong, and nothing that it can't interpret, before anything is deployed", () => {
    const account = accountOf(resources);
    const { counterexamples, gaps } = judge(account);
    assert.deepEqual(
      { gaps: [...account.gaps, ...gaps], wrong: counterexamples.map(({ summary }) => summary) },
      { gaps: [], wrong: [] },
    );
  });

  for (const [where, preview] of [
    ["a new environment with all parts and people's roles", "first"],
    ["new tenants of an environment that is there", "tenants"],
  ] as const)
    it(`finds nothing wrong in the preview of ${where}`, async () => {
      const account = accountOf(
        await programResources("dev", preview, {
          "bulkhead:breakGlassUserArns": '["arn:aws:iam::111122223333:user/emergency"]',
          "bulkhead:readerPrincipalArns": '["arn:aws:iam::111122223333:role/operations"]',
        }),
      );
      const { counterexamples, gaps } = judge(account);
      assert.deepEqual(
        { gaps: [...account.gaps, ...gaps], wrong: counterexamples.map(({ summary }) => summary) },
        { gaps: [], wrong: [] },
      );
    });

  describe("tells of", () => {
    for (const fault of FAULTS)
      it(fault.what, () => {
        const account = accountOf(fault.put(resources));
        const { counterexamples, gaps } = judge(account);
        const told =
          fault.question === undefined
            ? [...account.gaps, ...gaps].map(({ what }) => what)
            : counterexamples
                .filter(
                  ({ question, action, owner }) =>
                    question === fault.question &&
                    (fault.action ?? action) === action &&
                    (fault.owner ?? owner) === owner,
                )
                .map(({ summary }) => summary);
        assert.ok(
          told.some((text) => fault.says.test(text)),
          `expected one like ${String(fault.says)} among ${JSON.stringify(told.length > 0 ? told : counterexamples.map(({ question, summary }) => `${question}: ${summary}`), undefined, 2).slice(0, 3000)}; gaps ${JSON.stringify([...account.gaps, ...gaps])}`,
        );
      });
  });
});

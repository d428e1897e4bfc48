import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { type Classes, classesOf, pairOf } from "../../../../policies/isolation/classes/index.ts";
import type { AccountModel } from "../../../../policies/isolation/model/account.ts";
import { TENANT_ID } from "../../../../policies/isolation/model/readers/stack.ts";
import { judge } from "../../../../policies/isolation/prove/judge.ts";
import { TARGETS } from "../../../../policies/isolation/prove/request.ts";
import type { Counterexample } from "../../../../policies/isolation/report/verdict.ts";
import { proveForAllIds } from "../../../../policies/isolation/smt/index.ts";
import { accountOf, programResources } from "../prove/support/stack.ts";
import { type Family, leftAlone, weakened } from "./support/weakened.ts";

const FAMILIES = parse(
  readFileSync(new URL("../../../scenarios/isolation/weakened.yaml", import.meta.url), "utf8"),
) as readonly Family[];

/** What the proof for all ids finds of a family's requests: that one tenant may do what is another's. */
async function found(model: AccountModel, { kinds }: Family): Promise<Found> {
  const classes = classesOf(model);
  const { counterexamples, gaps } = await proveForAllIds(classes);
  const words = kinds.map((kind) => `(${TARGETS[kind as keyof typeof TARGETS]})`);
  return {
    classes,
    wrong: counterexamples.filter(
      ({ summary }) =>
        summary.startsWith("For tenants with such ids") && words.some((word) => summary.includes(word)),
    ),
    gaps: gaps.map(({ what }) => what),
  };
}

interface Found {
  readonly classes: Classes;
  readonly wrong: readonly Counterexample[];
  readonly gaps: readonly string[];
}

/** Whether the evaluator finds the same in an account of two tenants under the solver's ids. */
function agrees({ classes }: Found, told: Counterexample): boolean {
  const { owner = "", action } = told;
  const caller = callerOf(told);
  return classes.classes.some((one) =>
    classes.classes.some((other) =>
      judge(pairOf(classes, one.instance(caller), other.instance(owner))).counterexamples.some(
        (each) => each.question === "separation" && each.action === action && each.owner === owner,
      ),
    ),
  );
}

/** The id of the tenant whose role asks; of a role that serves all, the one that it is tagged as, or asks to be. */
function callerOf({ principal: { arn, tags }, context }: Counterexample): string {
  const [, id] = /\.(?:data|ingest|kb)\.([a-z0-9-]+)/.exec(arn) ?? [];
  const asked = context["aws:requesttag/tenant_id"];
  return id ?? tags["tenant_id"] ?? (typeof asked === "string" ? asked : "nobody");
}

describe("the proof for all ids, of a class with one layer left", function () {
  // The program runs in a process of its own, and each class is given to the solver: minutes on a machine that is busy.
  this.timeout(600_000);
  let account: AccountModel;
  before(async () => {
    account = accountOf(await programResources("local", "first"));
  });

  for (const family of FAMILIES) {
    const { alone, store, table, kinds, weak } = family;
    describe(`${alone}, for ${kinds.join(", ")}${table === undefined ? "" : ` of ${store}`}`, () => {
      let left: AccountModel;
      before(() => {
        left = leftAlone(account, family);
      });

      it("is proven as it is", async () => {
        const { wrong, gaps } = await found(left, family);
        assert.deepEqual({ wrong: wrong.map(({ summary }) => summary), gaps }, { wrong: [], gaps: [] });
      });

      for (const weakness of weak)
        it(`is refuted where it ${weakness.what}`, async () => {
          const told = await found(weakened(left, alone, weakness), family);
          assert.deepEqual(
            told.gaps.filter((gap) => !gap.includes("the solver gave up")),
            [],
          );
          const [first] = told.wrong;
          assert.ok(first, "it is proven");
          const ids = [callerOf(first), first.owner ?? ""];
          for (const id of ids) assert.match(id, TENANT_ID);
          assert.notEqual(ids[0], ids[1]);
          assert.ok(
            told.wrong.some((each) => agrees(told, each)),
            `the evaluator finds nothing of ${first.summary}`,
          );
        });
    });
  }
});

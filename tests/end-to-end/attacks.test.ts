/** Every generated attack on the real deployment: each refused by what has to refuse it, each control allowed, and none that can't fail. */
import assert from "node:assert/strict";
import { LocalTarget } from "../../local/verify/target.ts";
import { attackAll, stagesOf, type SignedIn } from "../../verify/attack-all.ts";
import { expand, type Case } from "../../verify/expand.ts";
import { loadGrammar } from "../../verify/grammar.ts";
import type { Attempted } from "../../verify/outcome.ts";
import { Suite } from "../../verify/suite.ts";
import { withoutControls } from "./support/ablation.ts";
import { deployed, DEPLOY_TIMEOUT_MS, SUSPENDED, type Deployed } from "./support/deployed.ts";

const grammar = loadGrammar();

describe("generated attacks", function () {
  this.timeout(DEPLOY_TIMEOUT_MS);

  let account: Deployed;
  let target: LocalTarget;
  let parties: readonly SignedIn[];
  before(async () => {
    account = await deployed();
    const { folder, gateway } = account.embedded;
    target = new LocalTarget(folder, gateway.origin, account.deployment);
    const members = await account.scenario.parties(
      target,
      account.tenants.map(({ id }) => id),
    );
    const suspended = await account.scenario.suspendedParty(target, SUSPENDED);
    parties = [...members, suspended];
  });
  after(() => {
    target.close();
  });

  describe("between all tenants", () => {
    let attempted: readonly Attempted[];
    before(async function () {
      const start = performance.now();
      attempted = await attackAll(grammar, stagesOf(target, parties), { tellLeftOut: false });
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      process.stdout.write(`      ${attempted.length} attacks in ${seconds} s\n`);
    });

    it("are refused by what has to refuse them, and their controls are allowed", () => {
      assert.deepEqual(
        attempted.flatMap(({ name, faults }) => (faults.length === 0 ? [] : [{ name, faults }])),
        [],
      );
    });

    it("are some hundreds, on every layer and every API", () => {
      const refused = attempted.filter(({ actual }) => actual === "refused");
      assert.ok(refused.length > 1000, `${refused.length}`);
      assert.equal(new Set(refused.map(({ layer }) => layer)).size, 3);
      for (const { service } of grammar.apis)
        assert.ok(
          refused.some(({ group }) => group === service),
          service,
        );
    });

    it("name what refused them", () => {
      for (const { name, by } of attempted) assert.notEqual(by, "", name);
    });

    it("that only a real engine can refuse are not claimed", () => {
      const unexercised = attempted.filter(({ actual }) => actual === "not-exercised");
      assert.ok(unexercised.length > 0);
      for (const { name } of unexercised) assert.match(name, /es:_bulk|lookup/);
    });
  });

  describe("without the controls", () => {
    /** One attacker's plain attacks on one tenant, by those who hold its credentials. */
    const attacks = (suite: Suite): Case[] =>
      expand(grammar).cases.filter(
        (each) =>
          suite.fits(each) &&
          each.caller === "data" &&
          each.way === "plain" &&
          ["other", "prefix"].includes(each.target),
      );
    const suiteOf = (attacker: string): Suite => {
      const stage = stagesOf(target, parties).find((each) => each.attacker.id === attacker);
      assert.ok(stage);
      return new Suite(grammar, stage, { referenceKnowledgeBase: "XXXXXXXXXX" });
    };
    const refusedWithout = async (attacker: string, ...controls: Parameters<typeof withoutControls>[1][]) => {
      const suite = suiteOf(attacker);
      const undo: (() => Promise<void>)[] = [];
      for (const control of controls)
        undo.push(await withoutControls(account.embedded.gateway.account, control));
      try {
        const done = await suite.run(attacks(suite));
        return done.filter(({ actual }) => actual === "refused").map(({ name }) => name);
      } finally {
        for (const each of undo.reverse()) await each();
      }
    };

    for (const tier of ["silo", "pool"] as const) {
      it(`of both layers, the attacks of a ${tier} tenant succeed`, async () => {
        const attacker = account.tenants.find((tenant) => tenant.tier === tier)!.id;
        const refused = await refusedWithout(attacker, "identity", "resources");
        // No policy's to give: one is for the domain's master user alone, the others are what PostgreSQL grants a login.
        assert.deepEqual(
          refused.filter(
            (name) => !/es:_plugins\/_security|rds-data:ExecuteStatement \((partition|database)\)/.test(name),
          ),
          [],
        );
      });

      for (const control of ["identity", "resources"] as const)
        it(`of ${control} policies, the other layer still refuses a ${tier} tenant on objects, keys, items and stores`, async () => {
          const attacker = account.tenants.find((tenant) => tenant.tier === tier)!.id;
          const refused = await refusedWithout(attacker, control);
          for (const api of [
            "s3:GetObject",
            "s3:ListBucket",
            "dynamodb:GetItem",
            tier === "pool" ? "es:_search" : "aoss:_search",
          ])
            assert.ok(
              refused.some((name) => name.includes(`data: ${api} on`)),
              `${api}: ${refused.join("; ")}`,
            );
        });
    }
  });
});

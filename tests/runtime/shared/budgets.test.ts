import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";

import { AwsError } from "../../../local/gateway/contract.ts";
import { DynamoDbEngine, type Operation } from "../../../local/gateway/services/dynamodb-engine.ts";
import { createBudgets } from "../../../runtime/shared/budgets.ts";
import type { DynamoDbAnswer, DynamoDbCall } from "../../../runtime/shared/dynamodb.ts";
import { BudgetExceeded, DependencyUnavailable } from "../../../runtime/shared/errors.ts";
import { TenantContext } from "../../../runtime/shared/tenant-context.ts";
import { grant } from "../support/grants.ts";
import { SEED } from "../support/interleaving.ts";
import { quiet } from "../support/quiet.ts";

const TABLE = "budgets";
const MODEL = "amazon.nova-lite-v1:0";
const MOST = 100;
const NOW = new Date("2026-11-22T10:00:00Z");

describe("budgets", function () {
  this.timeout(120_000);
  quiet();

  let folder: string;
  let engine: DynamoDbEngine;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "bulkhead-budgets-"));
    engine = new DynamoDbEngine(join(folder, "tables"));
    await run("CreateTable", {
      TableName: TABLE,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: ["tenant_id", "month"].map((name) => ({
        AttributeName: name,
        AttributeType: "S",
      })),
      KeySchema: [
        { AttributeName: "tenant_id", KeyType: "HASH" },
        { AttributeName: "month", KeyType: "RANGE" },
      ],
    });
  });
  after(async () => {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (operation: Operation, input: Readonly<Record<string, unknown>>) =>
    engine.run(operation, engine.parse(operation, input));
  /** The real engine of tables, without the network. */
  const call: DynamoDbCall = async (_, operation, input) => {
    try {
      const answer = (await run(operation as Operation, input)) as DynamoDbAnswer;
      return { answer, conditionFailed: false };
    } catch (error) {
      if (error instanceof AwsError && error.code.endsWith("ConditionalCheckFailedException"))
        return { answer: {}, conditionFailed: true };
      throw error;
    }
  };

  let tenants = 0;
  /** A tenant that has asked nothing yet. */
  const tenant = (budget: { readonly questions: number; readonly tokens: number }) => {
    const given = grant(`tenant-${(tenants += 1)}`);
    return TenantContext.fromGrant({ ...given, tenant: { ...given.tenant, budget } });
  };
  const options = { table: TABLE, model: MODEL, most: MOST, now: () => NOW };
  const budgets = createBudgets(call, call, options);
  const took = (inputTokens: number, outputTokens: number) => ({ inputTokens, outputTokens });

  it("count a question at its most, then at what it took, by day and model", async () => {
    const context = tenant({ questions: 10, tokens: 1000 });
    const first = await budgets.reserve(context);
    assert.deepEqual((await budgets.usage(context, "2026-11")).used, { questions: 1, tokens: MOST });
    await first.settle(took(30, 5));
    await (await budgets.reserve(context)).settle(took(10, 1));
    const later = createBudgets(call, call, {
      ...options,
      model: "another.model-v1:0",
      now: () => new Date("2026-11-30T23:59:59Z"),
    });
    await (await later.reserve(context)).settle(took(4, 4));
    assert.deepEqual(await budgets.usage(context, "2026-11"), {
      month: "2026-11",
      budget: { questions: 10, tokens: 1000 },
      used: { questions: 3, tokens: 54 },
      days: [
        { day: "2026-11-22", model: MODEL, questions: 2, inputTokens: 40, outputTokens: 6 },
        { day: "2026-11-30", model: "another.model-v1:0", questions: 1, inputTokens: 4, outputTokens: 4 },
      ],
    });
    assert.deepEqual((await budgets.usage(context, "2026-10")).days, []);
  });

  for (const [what, budget, asked] of [
    ["questions", { questions: 3, tokens: 1000 }, 3],
    ["tokens", { questions: 100, tokens: 250 }, 3],
  ] as const)
    it(`refuse once the ${what} are used up, say until when, and begin anew with the month`, async () => {
      const context = tenant(budget);
      for (let n = 0; n < asked; n++) await (await budgets.reserve(context)).settle(took(90, 10));
      await assert.rejects(budgets.reserve(context), (error: unknown) => {
        assert.ok(error instanceof BudgetExceeded);
        assert.equal(error.status, 429);
        assert.match(error.detail, /from 2026-12-01 on/);
        return true;
      });
      const next = createBudgets(call, call, { ...options, now: () => new Date("2026-12-01T00:00:00Z") });
      await next.reserve(context);
      await assert.rejects(budgets.reserve(context), BudgetExceeded);
    });

  it("count each tenant by itself", async () => {
    const [one, other] = [tenant({ questions: 1, tokens: 100 }), tenant({ questions: 1, tokens: 100 })];
    await budgets.reserve(one);
    await budgets.reserve(other);
    await assert.rejects(budgets.reserve(one), BudgetExceeded);
  });

  it("keep counting at its most what could not be given back, and don't fail the answer for it", async () => {
    const context = tenant({ questions: 10, tokens: 1000 });
    const failing = createBudgets(call, () => Promise.reject(new DependencyUnavailable("DynamoDB")), options);
    await (await failing.reserve(context)).settle(took(1, 1));
    assert.equal((await budgets.usage(context, "2026-11")).used.tokens, MOST);
  });

  it("are never exceeded by more than one question's most, whatever runs side by side", async () => {
    const question = fc.record({
      input: fc.integer({ min: 0, max: 90 }),
      output: fc.integer({ min: 0, max: 10 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(question, { minLength: 2, maxLength: 12 }),
        fc.record({ questions: fc.integer({ min: 1, max: 8 }), tokens: fc.integer({ min: 1, max: 600 }) }),
        async (scheduler, questions, budget) => {
          const context = tenant(budget);
          let spent = 0;
          let answered = 0;
          // Both ways of every call take as long as the scheduler likes.
          const slow: DynamoDbCall = async (...input) => {
            await scheduler.schedule(Promise.resolve(), "there");
            const answer = await call(...input);
            await scheduler.schedule(Promise.resolve(), "back");
            return answer;
          };
          const under = createBudgets(slow, slow, options);
          const all = questions.map(async ({ input, output }) => {
            const reservation = await under.reserve(context).catch((error: unknown) => {
              assert.ok(error instanceof BudgetExceeded);
            });
            if (!reservation) return;
            await scheduler.schedule(Promise.resolve(), "the model");
            spent += input + output;
            answered += 1;
            await reservation.settle(took(input, output));
          });
          const done = Promise.all(all);
          await scheduler.waitFor(done);
          assert.ok(answered <= budget.questions, `${answered} of ${budget.questions} questions`);
          assert.ok(spent < budget.tokens + MOST, `${spent} of ${budget.tokens} tokens`);
          const { used, days } = await budgets.usage(context, "2026-11");
          assert.equal(used.tokens, spent);
          assert.equal(used.questions, answered);
          assert.equal(days[0]?.questions ?? 0, answered);
        },
      ),
      { seed: SEED, numRuns: 60 },
    );
  });
});

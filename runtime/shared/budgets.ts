import type { UsageEntry, UsageResponse } from "../contract/api.ts";
import { DEPENDENCIES } from "./dependencies.ts";
import type { DynamoDbCall } from "./dynamodb.ts";
import { BudgetExceeded } from "./errors.ts";
import { describeError, log } from "./log.ts";
import type { TenantContext } from "./tenant-context.ts";

/** What a question took of the model. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A question that was counted before it is answered: at the most that it may take. */
export interface Reservation {
  /**
   * Gives back what the question did not take, and records what it took. Once. It never throws: what can't be given back stays counted,
   * so that a fault never lets a tenant have more than its budget.
   */
  settle(taken: TokenUsage): Promise<void>;
}

/** What tenants have asked, month by month, counted with their own credentials. */
export interface Budgets {
  /**
   * Counts a question, before anything is asked of a model.
   * @throws BudgetExceeded if the tenant's questions or tokens of this month are used up; DependencyUnavailable, DependencyTimeout
   */
  reserve(context: TenantContext): Promise<Reservation>;
  /** @param month `2026-11` */
  usage(context: TenantContext, month: string): Promise<UsageResponse>;
}

/** An item for each tenant and month: partition key `tenant_id`, sort key `month`. */
export interface BudgetsOptions {
  readonly table: string;
  /** Whose use is recorded. */
  readonly model: string;
  /** The most tokens that one question may take. */
  readonly most: number;
  /** @default the time */
  readonly now?: () => Date;
}

/** Months that an item is kept. */
const KEPT_MONTHS = 14;
/** `day 22 amazon.nova-lite-v1:0 questions` */
const ENTRY = /^day (?<day>\d\d) (?<model>\S+) (?<kind>questions|inputTokens|outputTokens)$/;

/**
 * A question is let in while what is counted is below the budget, and then counted at its most: whatever questions run side by side, the
 * budget is never exceeded by more than one question's most.
 *
 * @param call repeats what got no answer: a question may then be counted twice, never less than once
 * @param callOnce repeats nothing: what is given back twice would be budget out of nothing
 */
export function createBudgets(
  call: DynamoDbCall,
  callOnce: DynamoDbCall,
  { table, model, most, now = () => new Date() }: BudgetsOptions,
): Budgets {
  const keyOf = (context: TenantContext, month: string) => ({
    tenant_id: { S: context.tenantId },
    month: { S: month },
  });
  return {
    reserve: async (context) => {
      const at = now();
      const month = monthOf(at);
      const { conditionFailed } = await call(context.credentials, "UpdateItem", {
        TableName: table,
        Key: keyOf(context, month),
        UpdateExpression:
          "ADD questions :one, tokens :most SET expires_at = if_not_exists(expires_at, :expires)",
        ConditionExpression:
          "(attribute_not_exists(questions) OR questions < :questions) AND (attribute_not_exists(tokens) OR tokens < :tokens)",
        ExpressionAttributeValues: {
          ":one": { N: "1" },
          ":most": { N: String(most) },
          ":expires": { N: String(Math.floor(firstOf(at, KEPT_MONTHS).getTime() / 1000)) },
          ":questions": { N: String(context.budget.questions) },
          ":tokens": { N: String(context.budget.tokens) },
        },
      });
      // A budget of nothing lets nobody in, not even the first.
      if (conditionFailed || context.budget.questions < 1 || context.budget.tokens < 1)
        throw new BudgetExceeded(context.budget, firstOf(at, 1));
      return { settle: (taken) => settle(context, at, taken) };
    },
    usage: async (context, month) => {
      const { answer } = await call(context.credentials, "GetItem", {
        TableName: table,
        Key: keyOf(context, month),
        ConsistentRead: true,
      });
      const numbers = Object.entries(answer.Item ?? {}).map(
        ([name, value]) => [name, Number("N" in value ? value.N : 0)] as const,
      );
      const counted = Object.fromEntries(numbers);
      return {
        month,
        budget: context.budget,
        used: { questions: counted["questions"] ?? 0, tokens: counted["tokens"] ?? 0 },
        days: daysOf(month, numbers),
      };
    },
  };

  async function settle(context: TenantContext, at: Date, { inputTokens, outputTokens }: TokenUsage) {
    const day = `day ${at.toISOString().slice(8, 10)} ${model}`;
    const amounts = { questions: 1, inputTokens, outputTokens, tokens: inputTokens + outputTokens - most };
    try {
      await callOnce(context.credentials, "UpdateItem", {
        TableName: table,
        Key: keyOf(context, monthOf(at)),
        UpdateExpression:
          "ADD tokens :tokens, #questions :questions, #input :inputTokens, #output :outputTokens",
        ExpressionAttributeNames: {
          "#questions": `${day} questions`,
          "#input": `${day} inputTokens`,
          "#output": `${day} outputTokens`,
        },
        ExpressionAttributeValues: Object.fromEntries(
          Object.entries(amounts).map(([name, value]) => [`:${name}`, { N: String(value) }]),
        ),
      });
    } catch (error) {
      log("error", {
        what: "a question was not settled",
        tenant: context.tenantId,
        error: describeError(error),
      });
    }
  }
}

/** What settling waits for: one attempt. */
export const SETTLE = { ...DEPENDENCIES.registry, attempts: 1 } as const;

export const monthOf = (at: Date): string => at.toISOString().slice(0, 7);

/** The first moment of a month that follows. */
function firstOf(at: Date, monthsLater: number): Date {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + monthsLater, 1));
}

function daysOf(month: string, numbers: readonly (readonly [string, number])[]): readonly UsageEntry[] {
  const entries = new Map<string, UsageEntry>();
  for (const [name, value] of numbers) {
    const { day, model, kind } = ENTRY.exec(name)?.groups ?? {};
    if (day === undefined || model === undefined || kind === undefined) continue;
    const key = `${day} ${model}`;
    const empty = { day: `${month}-${day}`, model, questions: 0, inputTokens: 0, outputTokens: 0 };
    entries.set(key, { ...(entries.get(key) ?? empty), [kind]: value });
  }
  return [...entries.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

import { z } from "zod";
import type { Account } from "../../account/account.ts";
import { AwsError } from "../contract.ts";
import { GatewayResponse } from "./responses.ts";
import { type Limits, TokenBuckets } from "./token-buckets.ts";

const KEY_TYPE = "aws:apigateway/apiKey:ApiKey";
const PLAN_TYPE = "aws:apigateway/usagePlan:UsagePlan";
const MEMBERSHIP_TYPE = "aws:apigateway/usagePlanKey:UsagePlanKey";
const SETTINGS_TYPE = "aws:apigateway/methodSettings:MethodSettings";

const Key = z.object({ value: z.string(), enabled: z.boolean().nullish() });
const Membership = z.object({ keyId: z.string(), usagePlanId: z.string() });
const Plan = z.object({
  apiStages: z
    .array(
      z.object({
        apiId: z.string(),
        stage: z.string(),
        throttles: z.array(z.unknown()).max(0, "throttles of single methods").nullish(),
      }),
    )
    .nullish(),
  throttleSettings: z.object({ rateLimit: z.number().nullish(), burstLimit: z.number().nullish() }).nullish(),
  quotaSettings: z
    .object({
      limit: z.number(),
      period: z.enum(["DAY", "WEEK", "MONTH"]),
      offset: z.literal(0, "a quota's offset").nullish(),
    })
    .nullish(),
});
type Plan = z.infer<typeof Plan>;
const Settings = z.object({
  restApi: z.string(),
  stageName: z.string(),
  methodPath: z.string(),
  settings: z.object({
    throttlingRateLimit: z.number().nullish(),
    throttlingBurstLimit: z.number().nullish(),
  }),
});

/** What a request asks for, as far as limits go. */
export interface Metered {
  readonly apiId: string;
  readonly stage: string;
  /** Of the operation, not of the request: every request of one method shares its limit. */
  readonly verb: string;
  readonly resource: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

interface Keyed {
  readonly keyId: string;
  readonly planId: string;
  readonly plan: Plan;
}

/**
 * API keys, usage plans and the throttles of methods, as a stage imposes them: a token bucket for each key and plan, one for
 * each method, and a count of the quota's period. AWS applies them on a best-effort basis, here they are exact.
 */
export class UsagePlans {
  readonly #account: Account;
  readonly #buckets = new TokenBuckets();
  /** Requests of a key within a period: the period's start, and how many. */
  readonly #used = new Map<string, { readonly period: number; count: number }>();

  constructor(account: Account) {
    this.#account = account;
  }

  /**
   * Lets a request with a key pass, and counts it.
   * @param value - the key's value, from wherever the API takes it
   * @throws GatewayResponse if there is no such key in a plan of this stage, or it has used what it may
   */
  admit(request: Metered, value: string | undefined): void {
    const found = value === undefined || value === "" ? undefined : this.#find(request, value);
    if (!found) throw new GatewayResponse("INVALID_API_KEY");
    const { keyId, planId, plan } = found;
    const { rateLimit, burstLimit } = plan.throttleSettings ?? {};
    const limits = limitsOf(rateLimit, burstLimit);
    if (limits && !this.#buckets.take(`key ${keyId} ${planId}`, limits, request.time))
      throw new GatewayResponse("THROTTLED");
    this.#count(found, request.time);
  }

  /** The stage's own limit for a method. @throws GatewayResponse if it is reached */
  throttle(request: Metered): void {
    const limits = this.#methodLimits(request);
    const { apiId, stage, verb, resource, time } = request;
    if (limits && !this.#buckets.take(`method ${apiId}/${stage}/${verb}${resource}`, limits, time))
      throw new GatewayResponse("THROTTLED");
  }

  #find({ apiId, stage }: Metered, value: string): Keyed | undefined {
    const keyIds = this.#account.resources(KEY_TYPE).flatMap((record) => {
      const key = read(Key, record.outputs, record.id);
      return key.value === value && key.enabled !== false ? [record.id] : [];
    });
    for (const record of this.#account.resources(MEMBERSHIP_TYPE)) {
      const { keyId, usagePlanId } = read(Membership, record.outputs, record.id);
      const planRecord = keyIds.includes(keyId) ? this.#account.resource(PLAN_TYPE, usagePlanId) : undefined;
      if (!planRecord) continue;
      const plan = read(Plan, planRecord.outputs, planRecord.id);
      if ((plan.apiStages ?? []).some((each) => each.apiId === apiId && each.stage === stage))
        return { keyId, planId: planRecord.id, plan };
    }
    return undefined;
  }

  #count({ keyId, planId, plan }: Keyed, time: number): void {
    const quota = plan.quotaSettings;
    if (!quota) return;
    const key = `${keyId} ${planId}`;
    const period = periodOf(quota.period, time);
    const known = this.#used.get(key);
    const used = known?.period === period ? known : { period, count: 0 };
    if (used.count >= quota.limit) throw new GatewayResponse("QUOTA_EXCEEDED");
    used.count += 1;
    this.#used.set(key, used);
  }

  #methodLimits({ apiId, stage, verb, resource }: Metered): Limits | undefined {
    const own = `${resource.slice(1)}/${verb}`;
    const ofStage = this.#account
      .resources(SETTINGS_TYPE)
      .filter(({ outputs }) => outputs["restApi"] === apiId && outputs["stageName"] === stage)
      .map((record) => read(Settings, record.outputs, record.id));
    const found =
      ofStage.find(({ methodPath }) => methodPath === own) ??
      ofStage.find(({ methodPath }) => methodPath === "*/*");
    return limitsOf(found?.settings.throttlingRateLimit, found?.settings.throttlingBurstLimit);
  }
}

/** -1 is the provider's word for the account's own limit, which is not modelled. */
function limitsOf(rate: number | null | undefined, burst: number | null | undefined): Limits | undefined {
  if (typeof rate !== "number" || typeof burst !== "number" || rate < 0 || burst < 0) return undefined;
  return { perSecond: rate, burst };
}

/** Start of a period in UTC; a week's is its Sunday. */
function periodOf(period: "DAY" | "WEEK" | "MONTH", time: number): number {
  const now = new Date(time);
  const day = { DAY: now.getUTCDate(), WEEK: now.getUTCDate() - now.getUTCDay(), MONTH: 1 }[period];
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), day);
}

function read<Schema extends z.ZodType>(schema: Schema, outputs: unknown, id: string): z.infer<Schema> {
  const parsed = schema.safeParse(outputs);
  if (parsed.success) return parsed.data;
  throw new AwsError("NotImplemented", `${id} is not served locally: ${z.prettifyError(parsed.error)}`, 501);
}

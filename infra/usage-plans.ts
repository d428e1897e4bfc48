import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { PLANS, type Plan } from "../runtime/contract/registry.ts";
import { platformNames, type Place } from "../runtime/contract/names.ts";
import type { PlanLimits } from "./settings.ts";

export interface UsagePlansArgs {
  readonly place: Place;
  readonly plans: Readonly<Record<Plan, PlanLimits>>;
  readonly apiId: pulumi.Input<string>;
  /** Name of the stage, known once it is there. */
  readonly stage: pulumi.Input<string>;
}

/** How many requests a tenant may make, by the plan in its file. Each tenant has a key of its own in one of them. */
export class UsagePlans extends pulumi.ComponentResource {
  /** Ids by plan. */
  readonly ids: Readonly<Record<Plan, pulumi.Output<string>>>;

  constructor(name: string, args: UsagePlansArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:UsagePlans", name, {}, opts);
    const make = (plan: Plan): pulumi.Output<string> => {
      const { requestsPerSecond, burst, requestsPerMonth } = args.plans[plan];
      return new aws.apigateway.UsagePlan(
        `${name}-${plan}`,
        {
          name: platformNames(args.place).usagePlan(plan),
          apiStages: [{ apiId: args.apiId, stage: args.stage }],
          throttleSettings: { rateLimit: requestsPerSecond, burstLimit: burst },
          quotaSettings: { limit: requestsPerMonth, period: "MONTH" },
        },
        { parent: this },
      ).id;
    };
    this.ids = Object.fromEntries(PLANS.map((plan) => [plan, make(plan)])) as typeof this.ids;
    this.registerOutputs({ ids: this.ids });
  }
}

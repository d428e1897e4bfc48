/**
 * AWS WAF, as far as a rule group's rules are read and replaced; `front/firewall.ts` matches requests against them. Source: AWS
 * WAFV2 API reference, 2019-07-29.
 */
import { z } from "zod";
import type { Account, ResourceRecord } from "../../account/account.ts";
import { AwsError, type Call, type Gateway, type Service } from "../contract.ts";
import { jsonReply, operationOf, readInput } from "./json-rpc.ts";

const GROUP_TYPE = "aws:wafv2/ruleGroup:RuleGroup";

const Group = z.object({ Id: z.string(), Name: z.string(), Scope: z.literal("REGIONAL") });
const Found = z.strictObject(Group.shape);
const Replaced = z.strictObject({
  ...Group.shape,
  LockToken: z.string(),
  Description: z.string().max(256).optional(),
  VisibilityConfig: z.looseObject({}),
  Rules: z.array(z.looseObject({ Name: z.string() })).default([]),
});

interface Written {
  readonly rules: readonly unknown[];
  readonly description: string | undefined;
  /** Changes with every update. */
  readonly lock: number;
}

const TABLE = "waf-rule-groups";

/** A rule group's rules, as the API has them. */
export function writtenRules(account: Account, id: string): readonly unknown[] {
  return account.table<Written>(TABLE).get(id)?.rules ?? [];
}

export function createWafService(gateway: Gateway): Service {
  const table = gateway.account.table<Written>(TABLE);
  const open = (call: Call, operation: string, { Id, Name }: z.infer<typeof Group>): ResourceRecord => {
    const group = gateway.account.resource(GROUP_TYPE, Id);
    const resource = group ? String(group.outputs["arn"]) : "arn:aws:wafv2:::none";
    gateway.authorize(call, { action: `wafv2:${operation}`, resource });
    if (group?.outputs["name"] !== Name)
      throw new AwsError(
        "WAFNonexistentItemException",
        "AWS WAF couldn't perform the operation because your resource doesn't exist.",
      );
    return group;
  };
  const read = (id: string): Written => table.get(id) ?? { rules: [], description: undefined, lock: 0 };

  const operations = {
    GetRuleGroup: (call: Call) => {
      const input = readInput(call, Found);
      const { outputs } = open(call, "GetRuleGroup", input);
      const { rules, description, lock } = read(input.Id);
      return {
        LockToken: String(lock),
        RuleGroup: {
          Id: input.Id,
          Name: input.Name,
          ARN: outputs["arn"],
          Capacity: outputs["capacity"],
          Rules: rules,
          Description: description,
          VisibilityConfig: {
            SampledRequestsEnabled: false,
            CloudWatchMetricsEnabled: true,
            MetricName: input.Name,
          },
        },
      };
    },
    UpdateRuleGroup: (call: Call) => {
      const input = readInput(call, Replaced);
      open(call, "UpdateRuleGroup", input);
      const { lock } = read(input.Id);
      if (input.LockToken !== String(lock))
        throw new AwsError(
          "WAFOptimisticLockException",
          "AWS WAF couldn't save your changes because someone changed the resource after you started to edit it.",
        );
      table.put(input.Id, { rules: input.Rules, description: input.Description, lock: lock + 1 });
      return { NextLockToken: String(lock + 1) };
    },
  };
  const names = Object.keys(operations) as (keyof typeof operations)[];
  return {
    serves: (call) => call.service === "wafv2",
    handle: (call) =>
      Promise.resolve(jsonReply(call, operations[operationOf(call, "AWSWAF_20190729.", names)](call))),
  };
}

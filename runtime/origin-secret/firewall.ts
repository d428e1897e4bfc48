import type { Rule, Statement, WAFV2Client } from "@aws-sdk/client-wafv2";
import { GetRuleGroupCommand, UpdateRuleGroupCommand } from "@aws-sdk/client-wafv2";

import { FROM_EDGE_LABEL, ORIGIN_SECRET_HEADER } from "../contract/edge.ts";
import { ConfigurationError } from "../shared/errors.ts";
import type { AcceptedValues } from "./rotate.ts";

/** In the rule group's description: since when it is as it is, in milliseconds since the epoch. */
const SINCE = /^since (\d{13})$/;

/** The rule group that puts a label on requests with an accepted value. */
export async function acceptedValues(
  client: WAFV2Client,
  group: { readonly id: string; readonly name: string },
): Promise<AcceptedValues> {
  const name = { Id: group.id, Name: group.name, Scope: "REGIONAL" } as const;
  const { RuleGroup, LockToken } = await client.send(new GetRuleGroupCommand(name));
  if (!RuleGroup) throw new ConfigurationError(`there is no rule group ${group.name}`);
  const since = SINCE.exec(RuleGroup.Description ?? "")?.[1];
  return {
    values: (RuleGroup.Rules ?? []).flatMap(({ Statement: statement }) => valuesOf(statement)),
    since: since === undefined ? undefined : Number(since),
    replace: async (values, from) => {
      await client.send(
        new UpdateRuleGroupCommand({
          ...name,
          LockToken,
          Description: `since ${from}`,
          VisibilityConfig: RuleGroup.VisibilityConfig,
          Rules: [rule(values)],
        }),
      );
    },
  };
}

function rule(values: readonly string[]): Rule {
  const matches = values.map((value): Statement => ({
    ByteMatchStatement: {
      SearchString: new TextEncoder().encode(value),
      FieldToMatch: { SingleHeader: { Name: ORIGIN_SECRET_HEADER } },
      PositionalConstraint: "EXACTLY",
      TextTransformations: [{ Priority: 0, Type: "NONE" }],
    },
  }));
  const [first, ...others] = matches;
  if (!first) throw new ConfigurationError("the firewall would accept no value");
  return {
    Name: FROM_EDGE_LABEL,
    Priority: 0,
    // AWS WAF takes an "or" of two and more.
    Statement: others.length === 0 ? first : { OrStatement: { Statements: matches } },
    Action: { Count: {} },
    RuleLabels: [{ Name: FROM_EDGE_LABEL }],
    VisibilityConfig: {
      // Samples would show headers.
      SampledRequestsEnabled: false,
      CloudWatchMetricsEnabled: true,
      MetricName: FROM_EDGE_LABEL,
    },
  };
}

function valuesOf(statement: Statement | undefined): string[] {
  const { ByteMatchStatement: match, OrStatement: any } = statement ?? {};
  if (any) return (any.Statements ?? []).flatMap(valuesOf);
  return match?.SearchString ? [new TextDecoder().decode(match.SearchString)] : [];
}

import type { input } from "@pulumi/aws/types/index.js";
import type * as pulumi from "@pulumi/pulumi";
import { FROM_EDGE_LABEL } from "../../runtime/contract/edge.ts";
import { platformNames, type Place } from "../../runtime/contract/names.ts";

type Rule = input.wafv2.WebAclRule;

/** Set by CloudFront's own function from the connection: a client can't choose the address that it is counted by. */
export const CLIENT_ADDRESS_HEADER = "true-client-ip";

/** Rule groups of AWS's, in the order in which they are asked. */
const MANAGED = [
  "AWSManagedRulesAmazonIpReputationList",
  "AWSManagedRulesCommonRuleSet",
  "AWSManagedRulesKnownBadInputsRuleSet",
];

/**
 * Rules that only count: bodies are questions and documents, in which any text may stand, markup and paths too, of any length that
 * the API allows. What a body may be is checked by its schema and by the function.
 */
const TOLERATED: Readonly<Record<string, readonly string[]>> = {
  AWSManagedRulesCommonRuleSet: [
    "CrossSiteScripting_BODY",
    "EC2MetaDataSSRF_BODY",
    "GenericLFI_BODY",
    "GenericRFI_BODY",
    "SizeRestrictions_BODY",
  ],
};

/** Samples of requests would show tokens and questions. */
export const visibility = (metricName: string) => ({
  metricName,
  cloudwatchMetricsEnabled: true,
  sampledRequestsEnabled: false,
});

/** CloudFront's firewall: whoever is not refused may go on. @param requests - of one address, in five minutes */
export function edgeRules(requests: number): Rule[] {
  return inOrder([rateRule({ limit: requests, aggregateKeyType: "IP" }), ...MANAGED.map(managed)]);
}

/**
 * The stage's firewall, whose default is to refuse: first, whatever does not carry the origin's secret; last, what nothing refused
 * is let in, if it carries it. The function that rotates the secret writes the rules of `originGroupArn`, and nothing else here.
 */
export function apiRules(place: Place, originGroupArn: pulumi.Input<string>, requests: number): Rule[] {
  const fromEdge = {
    labelMatchStatement: {
      scope: "LABEL",
      key: `awswaf:${place.account}:rulegroup:${platformNames(place).originRuleGroup}:${FROM_EDGE_LABEL}`,
    },
  };
  return inOrder([
    {
      name: "origin",
      statement: { ruleGroupReferenceStatement: { arn: originGroupArn } },
      // The group only labels.
      overrideAction: { none: {} },
    },
    {
      name: "not-from-edge",
      statement: { notStatement: { statement: fromEdge } },
      action: { block: {} },
    },
    rateRule({
      limit: requests,
      aggregateKeyType: "FORWARDED_IP",
      // What comes without an address is refused: CloudFront sends one with every request.
      forwardedIpConfig: { headerName: CLIENT_ADDRESS_HEADER, fallbackBehavior: "MATCH" },
    }),
    ...MANAGED.map(managed),
    { name: "from-edge", statement: fromEdge, action: { allow: {} } },
  ]);
}

type Unordered = Omit<Rule, "priority" | "visibilityConfig"> & { readonly name: string };

function inOrder(rules: readonly Unordered[]): Rule[] {
  return rules.map((rule, priority) => ({ ...rule, priority, visibilityConfig: visibility(rule.name) }));
}

function rateRule(rateBasedStatement: input.wafv2.WebAclRuleStatementRateBasedStatement): Unordered {
  return { name: "rate", statement: { rateBasedStatement }, action: { block: {} } };
}

function managed(name: string): Unordered {
  const tolerated = TOLERATED[name] ?? [];
  return {
    name,
    statement: {
      managedRuleGroupStatement: {
        vendorName: "AWS",
        name,
        ruleActionOverrides: tolerated.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      },
    },
    overrideAction: { none: {} },
  };
}

import * as aws from "@pulumi/aws";
import type { input } from "@pulumi/aws/types/index.js";
import * as pulumi from "@pulumi/pulumi";
import { ORIGIN_SECRET_HEADER } from "../../runtime/contract/edge.ts";
import { platformNames, type FirewallName, type Place } from "../../runtime/contract/names.ts";
import { after } from "../../tenants/after.ts";
import { logDeliveryPolicy } from "../documents/edge.ts";
import { visibility } from "../documents/web-acl.ts";

export interface FirewallArgs {
  /** With the firewall's own region. */
  readonly place: Place;
  readonly of: FirewallName;
  readonly rules: pulumi.Input<input.wafv2.WebAclRule[]>;
  /** What becomes of a request that no rule decides on. */
  readonly otherwise: "allow" | "block";
  readonly keyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  /** More log groups in the region that log delivery may write to. */
  readonly otherLogGroups?: readonly string[];
}

/** A web ACL and its log, in which no token stands. */
export class Firewall extends pulumi.ComponentResource {
  /** The web ACL's ARN, known once it logs. */
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: FirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:Firewall", name, {}, opts);
    const { place, of } = args;
    const { region } = place;
    const names = platformNames(place);
    const inside = { parent: this };
    const acl = new aws.wafv2.WebAcl(
      `${name}-acl`,
      {
        region,
        name: names.webAcl(of),
        scope: of === "edge" ? "CLOUDFRONT" : "REGIONAL",
        defaultAction: args.otherwise === "allow" ? { allow: {} } : { block: {} },
        rules: args.rules,
        visibilityConfig: visibility(names.webAcl(of)),
      },
      inside,
    );
    const group = names.firewallLogGroup(of);
    const logs = new aws.cloudwatch.LogGroup(
      `${name}-logs`,
      { region, name: group, retentionInDays: args.logRetentionDays, kmsKeyId: args.keyArn },
      inside,
    );
    const delivery = new aws.cloudwatch.LogResourcePolicy(
      `${name}-log-delivery`,
      {
        region,
        policyName: names.webAcl(of),
        policyDocument: logDeliveryPolicy(place, [group, ...(args.otherLogGroups ?? [])]),
      },
      inside,
    );
    const logging = new aws.wafv2.WebAclLoggingConfiguration(
      `${name}-logging`,
      {
        region,
        resourceArn: acl.arn,
        logDestinationConfigs: [after(logs.arn, delivery)],
        redactedFields: [
          { singleHeader: { name: "authorization" } },
          { singleHeader: { name: ORIGIN_SECRET_HEADER } },
        ],
      },
      inside,
    );
    this.arn = after(acl.arn, logging);
    this.registerOutputs({ arn: this.arn });
  }
}

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { platformNames, type Place } from "../../runtime/contract/names.ts";
import { after } from "../../tenants/after.ts";
import { flowLogPolicy, flowLogTrust } from "../documents/flow-log.ts";

export interface FlowLogArgs {
  readonly place: Place;
  readonly vpcId: pulumi.Input<string>;
  readonly keyArn: pulumi.Input<string>;
  readonly retentionDays: number;
}

/** What the network refused: who tried to reach what. Accepted connections are the services' own logs to tell. */
export class FlowLog extends pulumi.ComponentResource {
  constructor(name: string, args: FlowLogArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:FlowLog", name, {}, opts);
    const { place, vpcId, keyArn } = args;
    const names = platformNames(place);
    const inside = { parent: this };
    const logs = new aws.cloudwatch.LogGroup(
      `${name}-logs`,
      {
        name: names.flowLogGroup,
        retentionInDays: args.retentionDays,
        kmsKeyId: keyArn,
      },
      inside,
    );
    const role = new aws.iam.Role(
      `${name}-role`,
      { name: names.flowLogRoleName, assumeRolePolicy: flowLogTrust(place) },
      inside,
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-role-policy`,
      { name: "flow-log", role: role.name, policy: flowLogPolicy(place) },
      inside,
    );
    new aws.ec2.FlowLog(
      name,
      {
        vpcId,
        trafficType: "REJECT",
        logDestination: logs.arn,
        iamRoleArn: after(role.arn, policy),
        tags: { Name: names.vpc },
      },
      inside,
    );
    this.registerOutputs({});
  }
}

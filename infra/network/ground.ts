import * as aws from "@pulumi/aws";
import { Vpc } from "@pulumi/awsx/ec2/vpc.js";
import * as pulumi from "@pulumi/pulumi";
import { platformNames, type Place } from "../../runtime/contract/names.ts";
import type { Settings } from "../settings.ts";
import { FlowLog } from "./flow-log.ts";

export interface GroundArgs {
  readonly place: Place;
  readonly settings: Settings;
  /** Key of the flow log. */
  readonly keyArn: pulumi.Input<string>;
}

/** What the network stands on: a VPC, a private subnet in each zone, and the tables that route them. */
export interface Ground {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetIds: pulumi.Output<string[]>;
  readonly routeTableIds: pulumi.Output<string[]>;
}

/** The VPC that the settings name. Its flow log and its default security group are its owner's. */
export function existingVpc(settings: Settings): Ground {
  return {
    vpcId: pulumi.output(settings.vpcId),
    subnetIds: pulumi.output(settings.privateSubnetIds),
    routeTableIds: pulumi.output(settings.privateRouteTableIds),
  };
}

/**
 * A VPC of the platform's own, of isolated subnets alone: no NAT, and no route to an internet gateway. awsx attaches one to
 * every VPC that it makes; without a route and without public addresses nothing passes it.
 */
export function ownVpc(name: string, args: GroundArgs, parent: pulumi.Resource): Ground {
  const { place, settings, keyArn } = args;
  const names = platformNames(place);
  const inside = { parent };
  const { networkZoneNames: zones } = settings;
  const vpc = new Vpc(
    names.vpc, // awsx makes the names of all that it tags from this
    {
      cidrBlock: settings.networkCidr,
      ...(zones.length > 0
        ? { availabilityZoneNames: zones }
        : { numberOfAvailabilityZones: settings.networkZones }),
      natGateways: { strategy: "None" },
      subnetStrategy: "Auto",
      subnetSpecs: [{ type: "Isolated" }],
      // Endpoints answer by the services' own names.
      enableDnsSupport: true,
      enableDnsHostnames: true,
    },
    // The program's guard (index.ts) can't depend on what awsx makes by itself: without this, `destroy` would begin with its leaves.
    { ...inside, protect: settings.protectTenants },
  );
  // Without rules: what is put into no group of the platform's reaches nothing, and is reached by nothing.
  new aws.ec2.DefaultSecurityGroup(
    `${name}-default`,
    { vpcId: vpc.vpcId, tags: { Name: `${names.vpc}-closed` } },
    inside,
  );
  new FlowLog(
    `${name}-flow-log`,
    { place, vpcId: vpc.vpcId, keyArn, retentionDays: settings.logRetentionDays },
    inside,
  );
  return {
    vpcId: vpc.vpcId,
    subnetIds: vpc.isolatedSubnetIds,
    routeTableIds: vpc.routeTables.apply((tables) => pulumi.all(tables.map(({ id }) => id))),
  };
}

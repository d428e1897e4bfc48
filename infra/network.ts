import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { platformNames, type SecurityGroupName } from "../runtime/contract/names.ts";
import { after } from "../tenants/after.ts";
import { SERVICES, servicesNeeded, type Door, type ServiceName } from "./documents/doors.ts";
import { endpointPolicy } from "./documents/endpoint-policies.ts";
import { existingVpc, ownVpc, type GroundArgs } from "./network/ground.ts";

export interface NetworkArgs extends GroundArgs {
  /** Whether there is a shared domain to reach. */
  readonly pooled: boolean;
}

/** Where something is put in the network. */
export interface Placement {
  /** One in each zone. */
  readonly subnetIds: pulumi.Output<string[]>;
  readonly securityGroupIds: pulumi.Output<string[]>;
}

/** Every service is reached by TLS. */
const HTTPS = { ipProtocol: "tcp", fromPort: 443, toPort: 443 } as const;

/**
 * The network that functions reach tenants' stores in: subnets without a way out, and a door for each service that something
 * in it calls (documents/doors.ts). Security groups name each other; no rule names an address.
 */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  /** For functions, known once every door that they need is open. */
  readonly functions: Placement;
  /** For the agent's container, where there is one; known as that of functions. */
  readonly agent: Placement | undefined;
  /** For the shared domain, where there is one. */
  readonly domain: Placement | undefined;
  /** For the claims' database, where there is one. Nobody connects to it: the Data API is the way in. */
  readonly database: Placement | undefined;
  /** By which functions reach collections. */
  readonly collectionVpcEndpointIds: pulumi.Output<string[]>;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:Network", name, {}, opts);
    const { place, settings, pooled } = args;
    const { omit } = settings;
    const names = platformNames(place);
    const inside = { parent: this };
    const { vpcId, subnetIds, routeTableIds } =
      settings.vpcId === "" ? ownVpc(name, args, this) : existingVpc(settings);

    const group = (of: SecurityGroupName, description: string): aws.ec2.SecurityGroup => {
      const groupName = names.securityGroup(of);
      return new aws.ec2.SecurityGroup(
        `${name}-${of}`,
        { name: groupName, description, vpcId, tags: { Name: groupName } },
        inside,
      );
    };
    const functions = group("functions", "Functions that reach stores of tenants");
    const agent = omit.includes("agent") ? undefined : group("agent", "The container of the agent");
    const endpoints = group("endpoints", "Endpoints of AWS services");
    const domain = pooled ? group("domain", "The shared OpenSearch domain") : undefined;
    const database = omit.includes("claims") ? undefined : group("database", "The database of claims");

    const services = servicesNeeded({ omit, pooled });
    const by = (door: Door): ServiceName[] => services.filter((each) => SERVICES[each].door === door);
    const endpoint = (service: ServiceName, how: Omit<aws.ec2.VpcEndpointArgs, "vpcId">) =>
      new aws.ec2.VpcEndpoint(
        `${name}-${service}`,
        {
          vpcId,
          serviceName: `com.amazonaws.${place.region}.${service}`,
          policy: endpointPolicy(place, service, omit),
          tags: { Name: `${names.vpc}-${service}` },
          ...how,
        },
        inside,
      );
    const behind = { subnetIds, securityGroupIds: [endpoints.id] };
    const gateways = by("gateway").map((service) => ({
      service,
      made: endpoint(service, { vpcEndpointType: "Gateway", routeTableIds }),
    }));
    const interfaces = by("interface").map((service) =>
      endpoint(service, { vpcEndpointType: "Interface", privateDnsEnabled: true, ...behind }),
    );
    const collections = new aws.opensearch.ServerlessVpcEndpoint(
      `${name}-collections`,
      { name: names.collectionVpcEndpoint, vpcId, ...behind },
      { ...inside, deleteBeforeReplace: true },
    );

    /** Lets one group reach another: a rule at each end. */
    const between = (from: string, one: aws.ec2.SecurityGroup, to: string, other: aws.ec2.SecurityGroup) => [
      new aws.vpc.SecurityGroupEgressRule(
        `${name}-${from}-to-${to}`,
        { ...HTTPS, securityGroupId: one.id, referencedSecurityGroupId: other.id },
        inside,
      ),
      new aws.vpc.SecurityGroupIngressRule(
        `${name}-${to}-from-${from}`,
        { ...HTTPS, securityGroupId: other.id, referencedSecurityGroupId: one.id },
        inside,
      ),
    ];
    const rulesOf = (from: string, caller: aws.ec2.SecurityGroup) => [
      ...between(from, caller, "endpoints", endpoints),
      ...(domain ? between(from, caller, "domain", domain) : []),
      // A gateway endpoint is a route and has no group: the prefix list is AWS's own of the service's addresses.
      ...gateways.map(
        ({ service, made }) =>
          new aws.vpc.SecurityGroupEgressRule(
            `${name}-${from}-to-${service}`,
            { ...HTTPS, securityGroupId: caller.id, prefixListId: made.prefixListId },
            inside,
          ),
      ),
    ];
    const open = [...gateways.map(({ made }) => made), ...interfaces, collections];
    const placement = (of: aws.ec2.SecurityGroup, ...once: pulumi.CustomResource[]): Placement => ({
      subnetIds,
      securityGroupIds: after(of.id, ...once).apply((id) => [id]),
    });

    this.vpcId = vpcId;
    this.functions = placement(functions, ...open, ...rulesOf("functions", functions));
    this.agent = agent && placement(agent, ...open, ...rulesOf("agent", agent));
    this.domain = domain && placement(domain);
    this.database = database && placement(database);
    this.collectionVpcEndpointIds = collections.id.apply((id) => [id]);
    this.registerOutputs({
      vpcId: this.vpcId,
      collectionVpcEndpointIds: this.collectionVpcEndpointIds,
    });
  }
}

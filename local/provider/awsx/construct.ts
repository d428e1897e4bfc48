/** Components of `awsx`, which the engine asks their provider to construct: children are registered with the engine. */
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import pb from "@pulumi/pulumi/proto/resource_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { SECRET, isObject } from "../values.ts";
import type { Properties } from "../values.ts";
import { Monitor } from "./monitor.ts";
import type { Registered } from "./monitor.ts";
import { plan } from "./vpc.ts";

type Request = InstanceType<typeof provider.ConstructRequest>;

/** What marks a resource among outputs, beside its URN and id (pulumi/pulumi, sdk/go/common/resource/sig). */
const REFERENCE = { "4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e" };

/**
 * @param version - of `@pulumi/aws`, so that the children share the provider of the program's own resources
 * @throws Error naming what is not served
 */
export async function construct(request: Request, version: string) {
  const type = request.getType();
  if (type !== "awsx:ec2:Vpc")
    throw new Error(
      `the embedded account constructs no ${type}, only awsx:ec2:Vpc. To add it: local/provider/awsx/`,
    );
  const monitor = new Monitor(request.getMonitorendpoint());
  try {
    return await vpc(request, monitor, version);
  } finally {
    monitor.close();
  }
}

async function vpc(request: Request, monitor: Monitor, version: string) {
  const name = request.getName();
  const args: unknown = request.getInputs()?.toJavaScript() ?? {};
  if (JSON.stringify(args).includes(SECRET)) throw new Error(`awsx:ec2:Vpc ${name}: secrets are not served`);
  const region = request.getConfigMap().get("aws:region") ?? "us-east-1";
  const planned = plan(name, isObject(args) ? args : {}, region);
  const component = await monitor.component(described(request));
  const made = (
    kind: string,
    child: string,
    parent: string,
    inputs: Properties,
    from: Readonly<Record<string, Registered>> = {},
  ): Promise<Registered> =>
    monitor.resource({
      type: `aws:ec2/${kind.charAt(0).toLowerCase()}${kind.slice(1)}:${kind}`,
      name: child,
      parent,
      inputs: { ...inputs, ...Object.fromEntries(Object.entries(from).map(([key, { id }]) => [key, id])) },
      from,
      dependsOn: request.getDependenciesList(),
      // As children inherit it in the real one, whose SDK hands the component's options on.
      protect: request.hasProtect() ? request.getProtect() === true : undefined,
      provider: request.getProvidersMap().get("aws"),
      version,
    });

  const network = await made("Vpc", name, component, planned.vpc);
  const inNetwork = { vpcId: network };
  const gateway = made("InternetGateway", name, network.urn, planned.gateway, inNetwork);
  const subnets = await Promise.all(
    planned.subnets.map(async (each) => {
      const subnet = await made("Subnet", each.name, network.urn, each.subnet, inNetwork);
      const table = await made("RouteTable", each.name, subnet.urn, each.routeTable, inNetwork);
      const both = { routeTableId: table, subnetId: subnet };
      const association = await made("RouteTableAssociation", each.name, table.urn, {}, both);
      return { subnet, table, association };
    }),
  );
  const ids = subnets.map(({ subnet }) => subnet.id);
  const references = subnets.map(({ subnet }) => reference(subnet));
  const isolated = planned.subnets[0]?.routeTable["tags"];
  const isIsolated = isObject(isolated) && isolated["SubnetType"] === "Isolated";
  const state: Properties = {
    vpc: reference(network),
    vpcId: network.id,
    internetGateway: reference(await gateway),
    subnets: references,
    isolatedSubnets: isIsolated ? references : [],
    isolatedSubnetIds: isIsolated ? ids : [],
    privateSubnets: isIsolated ? [] : references,
    privateSubnetIds: isIsolated ? [] : ids,
    routeTables: subnets.map(({ table }) => reference(table)),
    routeTableAssociations: subnets.map(({ association }) => reference(association)),
    ...Object.fromEntries(
      ["publicSubnets", "publicSubnetIds", "routes", "natGateways", "eips", "vpcEndpoints"].map((key) => [
        key,
        [],
      ]),
    ),
  };
  await monitor.outputs(component, state);
  return new provider.ConstructResponse()
    .setUrn(component)
    .setState(struct.Struct.fromJavaScript(state as Record<string, never>));
}

/** The component as the program asked for it. */
function described(request: Request): InstanceType<typeof pb.RegisterResourceRequest> {
  const component = new pb.RegisterResourceRequest()
    .setType(request.getType())
    .setName(request.getName())
    .setParent(request.getParent())
    .setCustom(false)
    .setObject(request.getInputs())
    .setDependenciesList(request.getDependenciesList())
    .setAliasspecs(true)
    .setAliasesList(request.getAliasesList());
  if (request.hasProtect()) component.setProtect(request.getProtect() === true);
  return component;
}

const reference = ({ urn, id }: Registered): Properties => ({ ...REFERENCE, urn, id });

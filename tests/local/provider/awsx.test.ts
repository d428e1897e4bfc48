/** A network by awsx under the real engine: the children that awsx makes, by the stand-in for its provider. */
import assert from "node:assert/strict";
import { plan } from "../../../local/provider/awsx/vpc.ts";
import type { Engine } from "./support/engine.ts";
import type { MemoryGateway } from "./support/memory-gateway.ts";
import { startWorld, type World } from "./support/world.ts";

const ARGS = {
  cidrBlock: "10.0.0.0/20",
  numberOfAvailabilityZones: 3,
  natGateways: { strategy: "None" },
  subnetStrategy: "Auto",
  subnetSpecs: [{ type: "Isolated" }],
  enableDnsHostnames: true,
};

describe("awsx:ec2:Vpc, planned", () => {
  it("divides the addresses over the zones, as awsx does", () => {
    const { vpc, subnets } = plan("net", ARGS, "eu-west-1");
    assert.deepEqual(vpc, {
      cidrBlock: "10.0.0.0/20",
      enableDnsHostnames: true,
      tags: { Name: "net" },
    });
    assert.deepEqual(
      subnets.map(({ name, subnet }) => [
        name,
        subnet["availabilityZone"],
        subnet["cidrBlock"],
        subnet["tags"],
      ]),
      [
        ["net-isolated-1", "eu-west-1a", "10.0.0.0/22", { Name: "net-isolated-1", SubnetType: "Isolated" }],
        ["net-isolated-2", "eu-west-1b", "10.0.4.0/22", { Name: "net-isolated-2", SubnetType: "Isolated" }],
        ["net-isolated-3", "eu-west-1c", "10.0.8.0/22", { Name: "net-isolated-3", SubnetType: "Isolated" }],
      ],
    );
    const named = { ...ARGS, numberOfAvailabilityZones: undefined, availabilityZoneNames: ["x-1c", "x-1f"] };
    assert.deepEqual(
      plan("net", named, "x-1").subnets.map(({ subnet }) => [
        subnet["availabilityZone"],
        subnet["cidrBlock"],
      ]),
      [
        ["x-1c", "10.0.0.0/21"],
        ["x-1f", "10.0.8.0/21"],
      ],
    );
  });

  it("refuses by name whatever it does not serve, all at once", () => {
    const wrong = {
      ...ARGS,
      natGateways: { strategy: "Single" },
      ipv4IpamPoolId: "x",
      subnetStrategy: "Legacy",
      subnetSpecs: [{ type: "Public" }, { type: "Isolated", cidrMask: 24 }],
    };
    assert.throws(
      () => plan("net", wrong, "x-1"),
      ({ message }: Error) =>
        [
          /Vpc net: ipv4IpamPoolId is not served/,
          /natGateways\.strategy must/,
          /subnetStrategy must/,
          /subnetSpecs must/,
        ].every((words) => words.test(message)),
    );
  });
});

describe("awsx:ec2:Vpc under the real engine", function () {
  this.timeout(180_000);
  let world: World;
  let gateway: MemoryGateway;
  let engine: Engine;

  const program = (args: object) => `
    const { Vpc } = await import("@pulumi/awsx/ec2/vpc.js");
    const vpc = new Vpc("net", ${JSON.stringify(args)}, { dependsOn: [] });
    new aws.ec2.VpcEndpoint("s3", { vpcId: vpc.vpcId, vpcEndpointType: "Gateway", serviceName: "com.amazonaws.us-east-1.s3",
      routeTableIds: vpc.routeTables.apply((tables) => pulumi.all(tables.map(({ id }) => id))) });
    export const subnetIds = vpc.isolatedSubnetIds;`;

  before(async () => {
    world = await startWorld();
    ({ gateway, engine } = world);
  });

  after(async () => {
    await world.close();
  });

  const count = () => {
    const counts: Record<string, number> = {};
    for (const { type } of gateway.account.resources()) counts[type] = (counts[type] ?? 0) + 1;
    return counts;
  };

  it("makes the network, its subnets and route tables, and gives them to the program", async () => {
    await engine.program(program(ARGS));
    const up = await engine.run(["up", "--yes"]);
    assert.equal(up.code, 0, up.output);
    assert.deepEqual(count(), {
      "aws:ec2/vpc:Vpc": 1,
      "aws:ec2/internetGateway:InternetGateway": 1,
      "aws:ec2/subnet:Subnet": 3,
      "aws:ec2/routeTable:RouteTable": 3,
      "aws:ec2/routeTableAssociation:RouteTableAssociation": 3,
      "aws:ec2/vpcEndpoint:VpcEndpoint": 1,
    });
    const [endpoint] = gateway.account.resources("aws:ec2/vpcEndpoint:VpcEndpoint");
    const tables = gateway.account.resources("aws:ec2/routeTable:RouteTable").map(({ id }) => id);
    assert.deepEqual([...(endpoint?.outputs["routeTableIds"] as string[])].sort(), tables.sort());
    const urns = gateway.account
      .resources("aws:ec2/routeTable:RouteTable")
      .map(({ urn }) => urn)
      .sort();
    assert.equal(
      urns[0],
      "urn:pulumi:test::provider-test::awsx:ec2:Vpc$aws:ec2/vpc:Vpc$aws:ec2/subnet:Subnet$aws:ec2/routeTable:RouteTable::net-isolated-1",
    );
  });

  it("changes nothing when nothing changed", async () => {
    const again = await engine.run(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
    assert.equal(again.code, 0, again.output);
  });

  it("says what it does not serve", async () => {
    await engine.program(program({ ...ARGS, natGateways: { strategy: "Single" } }));
    const preview = await engine.run(["preview"]);
    assert.notEqual(preview.code, 0);
    assert.match(preview.output, /natGateways\.strategy must be "None"/);
  });

  it("is gone with all its children after a destroy", async () => {
    await engine.program(program(ARGS));
    const destroyed = await engine.run(["destroy", "--yes", "--skip-preview"]);
    assert.equal(destroyed.code, 0, destroyed.output);
    assert.deepEqual(count(), {});
  });
});

/** What AWS refuses of a network, in its own words. */
import assert from "node:assert/strict";
import type { Properties } from "../../../local/provider/values.ts";
import { Harness, TRUST } from "./support/harness.ts";

const VPC = "aws:ec2/vpc:Vpc";
const SUBNET = "aws:ec2/subnet:Subnet";
const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
const FLOW_LOG = "aws:ec2/flowLog:FlowLog";
const ABSENT = "0123456789abcdef0";

describe("a network in the embedded account", () => {
  let harness: Harness;
  beforeEach(() => {
    harness = new Harness();
  });
  afterEach(() => {
    harness.close();
  });

  const make = async (type: string, inputs: Properties, name = "x") => harness.create(type, name, inputs);
  const vpc = async (name = "vpc", more: Properties = {}) =>
    (await make(VPC, { cidrBlock: "10.0.0.0/20", enableDnsHostnames: true, ...more }, name)).id;
  const subnet = async (vpcId: string, cidrBlock = "10.0.0.0/22", name = "subnet") =>
    (await make(SUBNET, { vpcId, cidrBlock }, name)).id;
  const group = async (vpcId: string, name = "group") => (await make(GROUP, { vpcId, name }, name)).id;
  const refused = (made: Promise<unknown>, code: string, words: RegExp) =>
    assert.rejects(made, (error: Error & { code: string }) => {
      assert.equal(error.code, code);
      assert.match(error.message, words);
      return true;
    });

  it("is built of ids of the shapes that AWS generates", async () => {
    const vpcId = await vpc();
    assert.match(vpcId, /^vpc-[0-9a-f]{17}$/);
    assert.match(await subnet(vpcId), /^subnet-[0-9a-f]{17}$/);
    assert.match(await group(vpcId), /^sg-[0-9a-f]{17}$/);
    const gateway = await make(ENDPOINT, { vpcId, serviceName: "com.amazonaws.us-east-1.s3" }, "s3");
    assert.match(String(gateway.outputs["prefixListId"]), /^pl-[0-9a-f]{8}$/);
    const closed = await make("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", { vpcId }, "default");
    const network = harness.gateway.account.resource(VPC, vpcId);
    assert.equal(closed.id, network?.outputs["defaultSecurityGroupId"]);
  });

  it("refuses subnets that are outside, overlap, or are of no network", async () => {
    const vpcId = await vpc();
    await subnet(vpcId);
    await refused(subnet(vpcId, "10.0.2.0/23", "two"), "InvalidSubnet.Conflict", /conflicts with another/);
    await refused(subnet(vpcId, "10.0.16.0/22", "three"), "InvalidSubnet.Range", /is invalid/);
    await refused(subnet(`vpc-${ABSENT}`), "InvalidVpcID.NotFound", /does not exist/);
  });

  it("refuses rules that name no group, two ends, or what there is already", async () => {
    const vpcId = await vpc();
    const [one, other] = [await group(vpcId, "one"), await group(vpcId, "other")];
    const rule = { securityGroupId: one, ipProtocol: "tcp", fromPort: 443, toPort: 443 };
    await make(INGRESS, { ...rule, referencedSecurityGroupId: other }, "a");
    await refused(
      make(INGRESS, { ...rule, referencedSecurityGroupId: other }, "b"),
      "InvalidPermission.Duplicate",
      /exists/,
    );
    await refused(
      make(INGRESS, { ...rule, referencedSecurityGroupId: `sg-${ABSENT}` }, "c"),
      "InvalidGroup.NotFound",
      /does not exist/,
    );
    await refused(make(INGRESS, rule, "d"), "InvalidParameterCombination", /Exactly one/);
    await refused(
      make(INGRESS, { ...rule, cidrIpv4: "10.0.0.0/8", referencedSecurityGroupId: other }, "e"),
      "InvalidParameterCombination",
      /Exactly one/,
    );
    await refused(
      group(vpcId, "one").then(() => make(GROUP, { vpcId, name: "one" }, "twin")),
      "InvalidGroup.Duplicate",
      /already exists/,
    );
  });

  it("refuses an endpoint whose subnets are another network's, or whose names are taken or not answered", async () => {
    const [one, other] = [await vpc("one"), await vpc("other", { enableDnsHostnames: false })];
    const inOther = await subnet(other);
    const endpoint = {
      vpcId: one,
      vpcEndpointType: "Interface",
      serviceName: "com.amazonaws.us-east-1.sts",
      privateDnsEnabled: true,
    };
    await refused(
      make(ENDPOINT, { ...endpoint, subnetIds: [inOther] }, "a"),
      "InvalidParameterValue",
      /is not in VPC/,
    );
    await refused(
      make(ENDPOINT, { ...endpoint, vpcId: other }, "b"),
      "InvalidParameter",
      /enableDnsHostnames/,
    );
    await make(ENDPOINT, endpoint, "c");
    await refused(make(ENDPOINT, endpoint, "d"), "InvalidParameter", /conflicting DNS domain/);
    await refused(
      make(ENDPOINT, { ...endpoint, privateDnsEnabled: false, routeTableIds: [`rtb-${ABSENT}`] }, "e"),
      "InvalidRouteTableID.NotFound",
      /does not exist/,
    );
  });

  it("keeps what is still used: the network, its subnets and groups", async () => {
    const made = await make(VPC, { cidrBlock: "10.0.0.0/20", enableDnsHostnames: true }, "vpc");
    const sub = await make(SUBNET, { vpcId: made.id, cidrBlock: "10.0.0.0/22" }, "subnet");
    const sg = await make(GROUP, { vpcId: made.id, name: "group" }, "group");
    const other = await make(GROUP, { vpcId: made.id, name: "other" }, "other");
    const rule = await make(
      INGRESS,
      {
        securityGroupId: other.id,
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        referencedSecurityGroupId: sg.id,
      },
      "rule",
    );
    const endpoint = await make(
      ENDPOINT,
      {
        vpcId: made.id,
        vpcEndpointType: "Interface",
        serviceName: "com.amazonaws.us-east-1.sts",
        subnetIds: [sub.id],
        securityGroupIds: [other.id],
      },
      "endpoint",
    );
    await refused(harness.delete(VPC, "vpc", made), "DependencyViolation", /has dependencies/);
    await refused(harness.delete(SUBNET, "subnet", sub), "DependencyViolation", /has dependencies/);
    await refused(harness.delete(GROUP, "group", sg), "DependencyViolation", /dependent object/);
    await refused(harness.delete(GROUP, "other", other), "DependencyViolation", /dependent object/);
    await harness.delete(INGRESS, "rule", rule);
    await harness.delete(ENDPOINT, "endpoint", endpoint);
    for (const [type, each] of [
      [GROUP, sg],
      [GROUP, other],
      [SUBNET, sub],
      [VPC, made],
    ] as const)
      await harness.delete(type, "x", each);
    assert.equal(harness.gateway.account.resources().length, 0);
  });

  it("logs to a group that is there, by a role that flow logs may take on", async () => {
    const vpcId = await vpc();
    const role = await make("aws:iam/role:Role", { name: "flow-log", assumeRolePolicy: TRUST }, "role");
    const logs = await make("aws:cloudwatch/logGroup:LogGroup", { name: "/network" }, "logs");
    const log = { vpcId, trafficType: "REJECT", iamRoleArn: role.outputs["arn"] };
    await refused(
      make(FLOW_LOG, { ...log, logDestination: "arn:aws:logs:us-east-1:111122223333:log-group:/x" }, "a"),
      "InvalidParameter",
      /does not exist/,
    );
    harness.gateway.decide = () => ({ allowed: false, reason: "implicitDeny", detail: "no" }) as never;
    await refused(
      make(FLOW_LOG, { ...log, logDestination: logs.outputs["arn"] }, "b"),
      "InvalidParameter",
      /can't be assumed/,
    );
  });

  it("puts functions into subnets and groups that are there", async () => {
    const role = await make("aws:iam/role:Role", { name: "fn", assumeRolePolicy: TRUST }, "role");
    const fn = {
      name: "fn",
      role: role.outputs["arn"],
      runtime: "nodejs22.x",
      vpcConfig: { subnetIds: [`subnet-${ABSENT}`], securityGroupIds: [] },
    };
    await refused(
      make("aws:lambda/function:Function", fn, "fn"),
      "InvalidSubnetID.NotFound",
      /does not exist/,
    );
  });
});

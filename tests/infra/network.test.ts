/** The network as the program asks for it, without an engine: every way that settings shape it. */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { readSettings, settingsOf } from "../../infra/settings.ts";
import { SERVICES, type ServiceName } from "../../infra/documents/doors.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const PLACE = { environment: "dev", account: "111122223333", region: "us-east-1" };

interface Made {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

let made: Made[] = [];
const hosts = ["subnet-1", "subnet-2", "subnet-3"];

async function network(more: Record<string, string> = {}, pooled = true) {
  made = [];
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs: asked }) => {
      const inputs = asked as Made["inputs"];
      made.push({ type, name, inputs });
      const state =
        type === "awsx:ec2:Vpc"
          ? { ...inputs, vpcId: "vpc-1", isolatedSubnetIds: hosts, routeTables: [{ id: "rtb-1" }] }
          : { ...inputs, arn: `arn:${name}`, prefixListId: `pl-${name}` };
      return { id: `${name}-id`, state };
    },
    call: ({ inputs }) => inputs as Record<string, unknown>,
  });
  const { Network } = await import("../../infra/network.ts");
  const values = { deploymentRoleArns: '["arn:aws:iam::111122223333:role/deployer"]', ...more };
  const named = Object.entries(values).map(([key, value]) => [`bulkhead:${key}`, value]);
  const settings = readSettings(ROOT, settingsOf(Object.fromEntries(named) as Record<string, string>), "dev");
  const built = new Network("network", { place: PLACE, settings, pooled, keyArn: "arn:key" });
  const known = <T>(output: pulumi.Output<T>): Promise<T> =>
    new Promise((resolve) => {
      output.apply(resolve);
    });
  const placement = await known(built.functions.securityGroupIds);
  await pulumi.runtime.disconnect();
  return { built, known, placement };
}

const of = (type: string): Made[] => made.filter((each) => each.type === type);
const rules = (): Made[] => made.filter(({ type }) => type.startsWith("aws:vpc/securityGroup"));
const endpoints = (): string[] =>
  of("aws:ec2/vpcEndpoint:VpcEndpoint")
    .map(({ inputs }) => String(inputs["serviceName"]).slice("com.amazonaws.us-east-1.".length))
    .sort();

describe("the network", function () {
  this.timeout(240_000);

  it("is a VPC of isolated subnets, without NAT", async () => {
    const { placement } = await network();
    const [vpc] = of("awsx:ec2:Vpc");
    assert.equal(vpc?.name, "bulkhead-dev");
    assert.deepEqual(vpc.inputs["natGateways"], { strategy: "None" });
    assert.deepEqual(vpc.inputs["subnetSpecs"], [{ type: "Isolated" }]);
    assert.equal(vpc.inputs["numberOfAvailabilityZones"], 3);
    assert.deepEqual(placement, ["network-functions-id"]);
    const [closed] = of("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup");
    assert.deepEqual([closed?.inputs["ingress"], closed?.inputs["egress"]], [undefined, undefined]);
    assert.equal(of("aws:ec2/flowLog:FlowLog").length, 1);
  });

  it("has a door for every service of the table, and one to collections", async () => {
    await network();
    const wanted = (Object.keys(SERVICES) as ServiceName[]).filter((name) =>
      ["gateway", "interface"].includes(SERVICES[name].door),
    );
    assert.deepEqual(endpoints(), wanted.sort());
    for (const { inputs } of of("aws:ec2/vpcEndpoint:VpcEndpoint")) {
      const policy = JSON.parse(String(inputs["policy"])) as { Statement: { Sid: string }[] };
      assert.equal(policy.Statement[0]?.Sid, "OwnPrincipalsOwnResources");
      if (inputs["vpcEndpointType"] === "Gateway") assert.deepEqual(inputs["routeTableIds"], ["rtb-1"]);
      else
        assert.deepEqual(
          [inputs["privateDnsEnabled"], inputs["subnetIds"], inputs["securityGroupIds"]],
          [true, hosts, ["network-endpoints-id"]],
        );
    }
    assert.equal(of("aws:opensearch/serverlessVpcEndpoint:ServerlessVpcEndpoint").length, 1);
  });

  it("lets security groups reach each other by TLS, and names no address", async () => {
    await network();
    for (const { inputs } of rules()) {
      assert.deepEqual([inputs["ipProtocol"], inputs["fromPort"], inputs["toPort"]], ["tcp", 443, 443]);
      assert.ok(!("cidrIpv4" in inputs) && !("cidrIpv6" in inputs));
      assert.ok("referencedSecurityGroupId" in inputs || "prefixListId" in inputs);
    }
    const edges = rules()
      .filter(({ type }) => type.includes("Ingress"))
      .map(
        ({ inputs }) =>
          `${String(inputs["referencedSecurityGroupId"])} > ${String(inputs["securityGroupId"])}`,
      );
    assert.deepEqual(edges.sort(), [
      "network-agent-id > network-domain-id",
      "network-agent-id > network-endpoints-id",
      "network-functions-id > network-domain-id",
      "network-functions-id > network-endpoints-id",
    ]);
    for (const { inputs } of of("aws:ec2/securityGroup:SecurityGroup"))
      assert.deepEqual([inputs["ingress"], inputs["egress"]], [undefined, undefined]);
  });

  it("has nothing for parts that are left out, and for a domain that is not there", async () => {
    const { built } = await network({ omit: '["agent", "claims"]' }, false);
    assert.deepEqual([built.agent, built.database, built.domain], [undefined, undefined, undefined]);
    for (const absent of ["ecr.api", "ecr.dkr", "bedrock-agentcore", "rds-data", "secretsmanager", "sts"])
      assert.ok(!endpoints().includes(absent), absent);
    assert.deepEqual(
      of("aws:ec2/securityGroup:SecurityGroup").map(({ name }) => name),
      ["network-functions", "network-endpoints"],
    );
    assert.doesNotMatch(JSON.stringify(of("aws:ec2/vpcEndpoint:VpcEndpoint")), /starport/);
  });

  it("stands on an existing VPC, whose own things it leaves alone", async () => {
    const { built, known } = await network({
      vpcId: "vpc-0123456789abcdef0",
      privateSubnetIds: '["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]',
      privateRouteTableIds: '["rtb-0123456789abcdef0"]',
      poolInstanceCount: "2",
    });
    for (const type of [
      "awsx:ec2:Vpc",
      "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
      "aws:ec2/flowLog:FlowLog",
    ])
      assert.equal(of(type).length, 0, type);
    assert.equal(await known(built.vpcId), "vpc-0123456789abcdef0");
    const [s3] = of("aws:ec2/vpcEndpoint:VpcEndpoint").filter(({ name }) => name === "network-s3");
    assert.deepEqual(s3?.inputs["routeTableIds"], ["rtb-0123456789abcdef0"]);
  });

  it("takes the zones that are named", async () => {
    await network({
      networkZoneNames: '["us-east-1b", "us-east-1d"]',
      networkZones: "2",
      poolInstanceCount: "2",
    });
    const [vpc] = of("awsx:ec2:Vpc");
    assert.deepEqual(vpc?.inputs["availabilityZoneNames"], ["us-east-1b", "us-east-1d"]);
    assert.equal(vpc.inputs["numberOfAvailabilityZones"], undefined);
  });
});

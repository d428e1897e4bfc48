/** The network: what refers to what in it, and what AWS refuses. Traffic is not modelled. */
import { AwsError } from "../../gateway/contract.ts";
import type { Account, ResourceRecord } from "../../account/account.ts";
import type { Behaviour, Behaviours, Draft } from "../behaviour.ts";
import { blocksOverlap, blockWithin } from "../cidr.ts";
import { hex } from "../ids.ts";
import { mayAssume } from "../service-roles.ts";
import { isAbsent, text } from "../values.ts";
import type { Properties } from "../values.ts";

export const VPC = "aws:ec2/vpc:Vpc";
export const SUBNET = "aws:ec2/subnet:Subnet";
export const SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup";
const DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup";
const ROUTE_TABLE = "aws:ec2/routeTable:RouteTable";
const ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
const GATEWAY = "aws:ec2/internetGateway:InternetGateway";
const ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
const COLLECTIONS_ENDPOINT = "aws:opensearch/serverlessVpcEndpoint:ServerlessVpcEndpoint";
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

const generated =
  (prefix: string) =>
  (_inputs: Properties, seed: string): string =>
    `${prefix}-${hex(`${prefix}\n${seed}`, 17)}`;

const notFound = (code: string, kind: string, id: string) =>
  new AwsError(code, `The ${kind} '${id}' does not exist`, 400);

const strings = (properties: Properties, key: string): string[] => {
  const value = properties[key];
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
};

function vpcOf({ account, inputs }: Pick<Draft, "account" | "inputs">): ResourceRecord {
  const id = text(inputs, "vpcId");
  const vpc = account.resource(VPC, id);
  if (!vpc) throw notFound("InvalidVpcID.NotFound", "vpc ID", id);
  return vpc;
}

function groupVpc(account: Account, id: string): string {
  const group = account.resource(SECURITY_GROUP, id);
  if (group) return text(group.outputs, "vpcId");
  const vpc = account.find(VPC, "defaultSecurityGroupId", id);
  if (!vpc) throw notFound("InvalidGroup.NotFound", "security group", id);
  return vpc.id;
}

/** Refuses subnets and groups that are not there, or not of one network. @returns the network's id */
export function verifyPlacement(account: Account, placement: Properties, vpcId?: string): string | undefined {
  let network = vpcId;
  const same = (of: string, what: string): void => {
    network ??= of;
    if (of !== network)
      throw new AwsError("InvalidParameterValue", `${what} is not in VPC ${network}, but in ${of}`, 400);
  };
  for (const id of strings(placement, "subnetIds")) {
    const subnet = account.resource(SUBNET, id);
    if (!subnet) throw notFound("InvalidSubnetID.NotFound", "subnet ID", id);
    same(text(subnet.outputs, "vpcId"), `Subnet ${id}`);
  }
  for (const id of strings(placement, "securityGroupIds"))
    same(groupVpc(account, id), `Security group ${id}`);
  return network;
}

function verifySubnet(draft: Draft): void {
  const { account, id, inputs } = draft;
  const block = text(inputs, "cidrBlock");
  if (!blockWithin(block, text(vpcOf(draft).outputs, "cidrBlock")))
    throw new AwsError("InvalidSubnet.Range", `The CIDR '${block}' is invalid.`);
  const other = account
    .resources(SUBNET)
    .find(
      (each) =>
        each.id !== id &&
        each.outputs["vpcId"] === inputs["vpcId"] &&
        blocksOverlap(block, text(each.outputs, "cidrBlock")),
    );
  if (other)
    throw new AwsError("InvalidSubnet.Conflict", `The CIDR '${block}' conflicts with another subnet`);
}

function verifyRule(type: string) {
  return ({ account, id, inputs }: Draft): void => {
    groupVpc(account, text(inputs, "securityGroupId"));
    const ends = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"];
    const [end, ...more] = ends.filter((name) => !isAbsent(inputs[name]));
    if (end === undefined || more.length > 0)
      throw new AwsError("InvalidParameterCombination", `Exactly one of ${ends.join(", ")} must be given`);
    if (end === "referencedSecurityGroupId") groupVpc(account, text(inputs, end));
    const same = ["securityGroupId", "ipProtocol", "fromPort", "toPort", end];
    const twin = account
      .resources(type)
      .find((each) => each.id !== id && same.every((name) => each.inputs[name] === inputs[name]));
    if (twin)
      throw new AwsError("InvalidPermission.Duplicate", `the specified rule already exists (${twin.id})`);
  };
}

function verifyEndpoint(draft: Draft): void {
  const { account, id, inputs } = draft;
  const vpc = vpcOf(draft);
  verifyPlacement(account, inputs, vpc.id);
  for (const table of strings(inputs, "routeTableIds"))
    if (!account.resource(ROUTE_TABLE, table))
      throw notFound("InvalidRouteTableID.NotFound", "routeTable ID", table);
  const service = text(inputs, "serviceName");
  const others = account
    .resources(ENDPOINT)
    .filter((each) => each.id !== id && each.outputs["vpcId"] === vpc.id);
  const twin = others.find((each) => each.outputs["serviceName"] === service);
  if (inputs["privateDnsEnabled"] === true) {
    if (vpc.outputs["enableDnsSupport"] === false || vpc.outputs["enableDnsHostnames"] !== true)
      throw new AwsError(
        "InvalidParameter",
        "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true",
      );
    if (twin?.outputs["privateDnsEnabled"] === true)
      throw new AwsError(
        "InvalidParameter",
        `private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${service} in the VPC ${vpc.id}`,
      );
  }
  const routed = strings(twin?.outputs ?? {}, "routeTableIds");
  const both = strings(inputs, "routeTableIds").find((table) => routed.includes(table));
  if (both !== undefined)
    throw new AwsError("RouteAlreadyExists", `route table ${both} already has a route to ${service}`);
}

const rule = (type: string): Behaviour => ({
  id: generated("sgr"),
  verify: verifyRule(type),
  outputs: ({ id }) => ({ securityGroupRuleId: id }),
});

const owner = ({ place }: Draft): Properties => ({ ownerId: place.account });

export const ec2: Behaviours = {
  [VPC]: {
    defaults: { enableDnsSupport: true, enableDnsHostnames: false, instanceTenancy: "default" },
    id: generated("vpc"),
    outputs: (draft) => ({
      ...owner(draft),
      defaultSecurityGroupId: `sg-${hex(draft.id, 17)}`,
      defaultNetworkAclId: `acl-${hex(draft.id, 17)}`,
      defaultRouteTableId: `rtb-${hex(draft.id, 17)}`,
      mainRouteTableId: `rtb-${hex(draft.id, 17)}`,
    }),
  },
  [SUBNET]: {
    id: generated("subnet"),
    verify: verifySubnet,
    outputs: owner,
  },
  [ROUTE_TABLE]: {
    id: generated("rtb"),
    verify: vpcOf,
    outputs: owner,
  },
  [ASSOCIATION]: {
    id: generated("rtbassoc"),
    verify: ({ account, inputs }) => {
      const [table, subnet] = [text(inputs, "routeTableId"), text(inputs, "subnetId")];
      if (!account.resource(ROUTE_TABLE, table))
        throw notFound("InvalidRouteTableID.NotFound", "routeTable ID", table);
      if (subnet !== "") verifyPlacement(account, { subnetIds: [subnet] });
    },
  },
  [GATEWAY]: {
    id: generated("igw"),
    verify: (draft) => {
      const { account, id, inputs } = draft;
      if (isAbsent(inputs["vpcId"])) return;
      const other = account.find(GATEWAY, "vpcId", vpcOf(draft).id);
      if (other && other.id !== id)
        throw new AwsError(
          "InvalidParameterValue",
          `Network ${text(inputs, "vpcId")} already has an internet gateway attached`,
        );
    },
    outputs: owner,
  },
  [SECURITY_GROUP]: {
    defaults: { description: "Managed by Pulumi" },
    id: generated("sg"),
    verify: (draft) => {
      const { account, id, inputs } = draft;
      const vpc = vpcOf(draft).id;
      const twin = account
        .resources(SECURITY_GROUP)
        .find(
          (each) => each.id !== id && each.outputs["vpcId"] === vpc && each.inputs["name"] === inputs["name"],
        );
      if (twin)
        throw new AwsError(
          "InvalidGroup.Duplicate",
          `The security group '${text(inputs, "name")}' already exists for VPC '${vpc}'`,
        );
    },
    outputs: owner,
  },
  // Adopted, not created: what the network came with, with all its rules taken away.
  [DEFAULT_GROUP]: {
    id: (inputs) => `sg-${hex(text(inputs, "vpcId"), 17)}`,
    verify: vpcOf,
    outputs: (draft) => ({ ...owner(draft), name: "default", description: "default VPC security group" }),
  },
  [INGRESS]: rule(INGRESS),
  [EGRESS]: rule(EGRESS),
  [ENDPOINT]: {
    defaults: { vpcEndpointType: "Gateway" },
    id: generated("vpce"),
    verify: verifyEndpoint,
    outputs: (draft) => ({
      ...owner(draft),
      state: "available",
      requesterManaged: false,
      ...(draft.inputs["vpcEndpointType"] === "Gateway"
        ? { prefixListId: `pl-${hex(text(draft.inputs, "serviceName"), 8)}`, cidrBlocks: [] }
        : {
            networkInterfaceIds: strings(draft.inputs, "subnetIds").map(
              (id) => `eni-${hex(draft.id + id, 17)}`,
            ),
          }),
    }),
  },
  [COLLECTIONS_ENDPOINT]: {
    id: generated("vpce"),
    unique: "name",
    conflict: (inputs) =>
      new AwsError("ConflictException", `Vpc endpoint with name ${text(inputs, "name")} already exists`, 409),
    verify: (draft) => {
      verifyPlacement(draft.account, draft.inputs, vpcOf(draft).id);
    },
  },
  "aws:ec2/flowLog:FlowLog": {
    id: generated("fl"),
    verify: (draft) => {
      const { account, gateway, inputs } = draft;
      vpcOf(draft);
      const group = text(inputs, "logDestination");
      if (!account.find("aws:cloudwatch/logGroup:LogGroup", "arn", group))
        throw new AwsError("InvalidParameter", `LogDestination: ${group} does not exist`);
      const role = text(inputs, "iamRoleArn");
      const source = { "aws:SourceAccount": draft.place.account, "aws:SourceArn": flowLogArn(draft) };
      if (!mayAssume(gateway, role, "vpc-flow-logs.amazonaws.com", source))
        throw new AwsError("InvalidParameter", `Access denied for LogDestination: ${role} can't be assumed`);
    },
  },
};

const flowLogArn = ({ id, place }: Draft): string =>
  `arn:${place.partition}:ec2:${place.region}:${place.account}:vpc-flow-log/${id}`;

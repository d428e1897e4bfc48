/**
 * `awsx:ec2:Vpc` of @pulumi/awsx 3.9.0, as far as the program uses it: one private subnet in each zone, no NAT. The same
 * children under the same names and tags. Like the real one it makes an internet gateway in any case, to which no route leads.
 */
import { divided } from "../cidr.ts";
import { UNKNOWN, isAbsent, isObject, objects, text } from "../values.ts";
import type { Properties } from "../values.ts";

export interface VpcPlan {
  readonly vpc: Properties;
  readonly gateway: Properties;
  readonly subnets: readonly {
    /** Of the subnet, its route table and the association of both. */
    readonly name: string;
    readonly subnet: Properties;
    readonly routeTable: Properties;
  }[];
}

/** What is passed on to the VPC itself. */
const OF_VPC = ["cidrBlock", "enableDnsHostnames", "enableDnsSupport", "instanceTenancy"];
const TAKEN = [
  ...OF_VPC,
  ...[
    "availabilityZoneNames",
    "numberOfAvailabilityZones",
    "natGateways",
    "subnetSpecs",
    "subnetStrategy",
    "tags",
  ],
];
const ZONES = "abcdef";

/** @throws Error naming every argument that is not served, and what is */
export function plan(name: string, args: Properties, region: string): VpcPlan {
  const faults = faultsOf(args);
  if (faults.length > 0) throw new Error(`the embedded account's awsx:ec2:Vpc ${name}: ${faults.join("; ")}`);
  const cidrBlock = text(args, "cidrBlock") || "10.0.0.0/16";
  const zones = zonesOf(args, region);
  const [spec = {}] = objects(args, "subnetSpecs");
  const kind = text(spec, "type");
  const shared = { Name: name, ...(isObject(args["tags"]) ? args["tags"] : {}) };
  const blocks = divided(cidrBlock, zones.length);
  return {
    vpc: {
      ...Object.fromEntries(OF_VPC.filter((key) => !isAbsent(args[key])).map((key) => [key, args[key]])),
      cidrBlock,
      tags: shared,
    },
    gateway: { tags: shared },
    subnets: zones.map((availabilityZone, i) => {
      const named = `${name}-${text(spec, "name") || kind.toLowerCase()}-${i + 1}`;
      const tags = { ...shared, Name: named, SubnetType: kind };
      return {
        name: named,
        subnet: {
          availabilityZone,
          cidrBlock: blocks[i],
          mapPublicIpOnLaunch: false,
          assignIpv6AddressOnCreation: false,
          tags: { ...shared, ...(isObject(spec["tags"]) ? spec["tags"] : {}), ...tags },
        },
        routeTable: { tags },
      };
    }),
  };
}

function zonesOf(args: Properties, region: string): string[] {
  const names = args["availabilityZoneNames"];
  if (Array.isArray(names)) return names.map(String);
  const count = Number(args["numberOfAvailabilityZones"] ?? 3);
  return Array.from(ZONES.slice(0, count), (zone) => region + zone);
}

function faultsOf(args: Properties): string[] {
  const given = Object.entries(args).filter(([, value]) => !isAbsent(value));
  const faults = given
    .filter(([key]) => !TAKEN.includes(key))
    .map(([key]) => `${key} is not served, only ${TAKEN.join(", ")}`);
  for (const [key, value] of given)
    if (JSON.stringify(value).includes(UNKNOWN)) faults.push(`${key} must be known at preview`);
  const { natGateways, numberOfAvailabilityZones: count } = args;
  if (!isObject(natGateways) || natGateways["strategy"] !== "None")
    faults.push('natGateways.strategy must be "None": NAT gateways are not served');
  if (args["subnetStrategy"] !== "Auto") faults.push('subnetStrategy must be "Auto"');
  if (!isAbsent(count) && !isAbsent(args["availabilityZoneNames"]))
    faults.push("only one of availabilityZoneNames and numberOfAvailabilityZones can be given");
  if (!isAbsent(count) && !(Number(count) >= 1 && Number(count) <= ZONES.length))
    faults.push(`numberOfAvailabilityZones must be 1 to ${ZONES.length}`);
  const specs = objects(args, "subnetSpecs");
  const [spec = {}] = specs;
  const others = Object.keys(spec).filter((key) => !["type", "name", "tags"].includes(key));
  if (specs.length !== 1 || !["Isolated", "Private"].includes(text(spec, "type")) || others.length > 0)
    faults.push("subnetSpecs must be one of type Isolated or Private, with name and tags at most");
  return faults;
}

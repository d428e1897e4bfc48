/** What settings may be beside each other. */
import type { z } from "zod";
import { TRIAL } from "../trial.ts";
import { PARTS, type FIELDS, type Part } from "./fields.ts";

export type Fields = z.infer<z.ZodObject<typeof FIELDS>>;
type Key = keyof Fields;

/** A rule over several settings, told at one of them; it is asked when each of them is right by itself. */
export interface Rule {
  readonly of: readonly Key[];
  readonly at: Key;
  readonly message: string;
  readonly holds: (settings: Fields, stack: string) => boolean;
}

/** What only a trial may go without. */
const REQUIRED: readonly Part[] = ["edge", "network", "audit"];

export const RULES: readonly Rule[] = [
  {
    of: ["omit"],
    at: "omit",
    message: `only stack local may go without ${REQUIRED.join(", ")}; others without ${PARTS.filter((part) => !REQUIRED.includes(part)).join(", ")}`,
    holds: ({ omit }, stack) => stack === TRIAL || !REQUIRED.some((part) => omit.includes(part)),
  },
  {
    of: ["mfa"],
    at: "mfa",
    message: "must be ON or OPTIONAL; only stack local may go without",
    holds: ({ mfa }, stack) => stack === TRIAL || mfa !== "OFF",
  },
  {
    of: ["omit", "collectionVpcEndpointIds"],
    at: "collectionVpcEndpointIds",
    message: "must be empty unless omit names network, which has such an endpoint of its own",
    holds: (s) => s.omit.includes("network") || s.collectionVpcEndpointIds.length === 0,
  },
  {
    of: ["networkZoneNames", "networkZones"],
    at: "networkZoneNames",
    message: "must name as many zones as networkZones says, or none",
    holds: (s) => s.networkZoneNames.length === 0 || s.networkZoneNames.length === s.networkZones,
  },
  {
    of: ["vpcId", "privateSubnetIds"],
    at: "privateSubnetIds",
    message: "must name two or three subnets, each in a zone of its own, with vpcId, and none without it",
    holds: (s) =>
      s.vpcId === "" ? s.privateSubnetIds.length === 0 : [2, 3].includes(s.privateSubnetIds.length),
  },
  {
    of: ["vpcId", "privateRouteTableIds"],
    at: "privateRouteTableIds",
    message: "must name the subnets' route tables with vpcId, and none without it",
    holds: (s) => (s.vpcId === "") === (s.privateRouteTableIds.length === 0),
  },
  {
    of: ["claimsMinCapacity", "claimsMaxCapacity"],
    at: "claimsMinCapacity",
    message: "must not be above claimsMaxCapacity",
    holds: (s) => s.claimsMinCapacity <= s.claimsMaxCapacity,
  },
  {
    of: ["vpcId", "networkZones", "privateSubnetIds", "poolInstanceCount"],
    at: "poolInstanceCount",
    message: "must be 1, 2 or a multiple of the number of the network's zones",
    holds: (s) => poolZones(s) !== undefined,
  },
  {
    of: ["domainName", "certificateArn"],
    at: "certificateArn",
    message: "must name the certificate of domainName, and none without it",
    holds: (s) => (s.domainName === "") === (s.certificateArn === ""),
  },
  {
    of: ["domainName", "hostedZoneId"],
    at: "hostedZoneId",
    message: "must be empty without domainName, whose zone it is",
    holds: (s) => s.hostedZoneId === "" || s.domainName !== "",
  },
];

/** Over how many zones the domain's nodes are spread, equally; undefined if they can't be. */
export function poolZones(settings: {
  readonly vpcId: string;
  readonly networkZones: number;
  readonly privateSubnetIds: readonly string[];
  readonly poolInstanceCount: number;
}): number | undefined {
  const zones = settings.vpcId === "" ? settings.networkZones : settings.privateSubnetIds.length;
  const nodes = settings.poolInstanceCount;
  return nodes <= 2 ? nodes : [3, 2].find((n) => n <= zones && nodes % n === 0);
}

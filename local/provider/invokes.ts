/** Functions of the provider that a program may call. */
import { DEPLOYER_ROLE } from "../account/identity.ts";
import type { Place } from "./behaviour.ts";
import type { Properties } from "./values.ts";

type Invoke = (place: Place, args: Properties) => Properties;

const INVOKES: Readonly<Record<string, Invoke>> = {
  "aws:index/getCallerIdentity:getCallerIdentity": ({ account, partition }) => ({
    accountId: account,
    arn: `arn:${partition}:sts::${account}:assumed-role/${DEPLOYER_ROLE}/pulumi`,
    id: account,
    userId: `AROAEXAMPLEDEPLOYER00:pulumi`,
  }),
  "aws:index/getRegion:getRegion": ({ region }, args) => {
    const name = typeof args["region"] === "string" ? args["region"] : region;
    return { region: name, name, id: name, description: name, endpoint: `ec2.${name}.amazonaws.com` };
  },
  "aws:index/getPartition:getPartition": ({ partition }) => ({
    partition,
    id: partition,
    dnsSuffix: "amazonaws.com",
    reverseDnsPrefix: "com.amazonaws",
  }),
};

export function invoke(token: string, place: Place, args: Properties): Properties {
  const found = INVOKES[token];
  if (!found)
    throw new Error(
      `the embedded account doesn't serve function ${token}, only ${Object.keys(INVOKES).join(", ")}. To add it: local/provider/invokes.ts`,
    );
  return found(place, args);
}
